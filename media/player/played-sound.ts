/** Sound that legs play, mono, 16 bits, in memory that threads share. */
export interface PlayedSound {
  /** At 8000 Hz. */
  readonly samples: Int16Array;
  /** The same at 16000 Hz, twice as many samples, for wideband codecs; absent where it was not recorded so finely. */
  readonly wide?: Int16Array;
}
