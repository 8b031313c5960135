// When nobody speaks: sound that is not sent, and the comfort noise that tells of it (RFC 3389; DTX).
import { VoiceDetector } from "../dsp/voice/voice-detector.js";
import { levelOf } from "../dsp/voice/level-meter.js";
import { RateConverter } from "../dsp/resampler/rate-converter.js";
import type { SampleRateHz } from "../dsp/resampler/resampler.js";
import { NoiseAnalyser } from "../codec/noise/noise-analyser.js";
import { createNoiseModel, NOISE_BYTES_MAX, writeNoise } from "../codec/noise/noise-model.js";
import { FRAME_MS } from "./rtp-sender.js";

const VOICE_RATE_HZ = 8000;
/** Louder than that is sent as it is: a noisy street, music, a steady tone. */
const PAUSE_DBM0_MAX = -35;
/** The detector waits for a second frame before it calls it speech; so much above the noise, the first is sent too. */
const ONSET_DB = 5;
/** Told again when the level has changed so far, and in any case so often: who joins late and NATs live on it. */
const CHANGE_DB = 2;
const CHANGE_FRAMES_MIN = 100 / FRAME_MS;
const UPDATE_FRAMES = 500 / FRAME_MS;

export class PauseEncoder {
  readonly payload = new Uint8Array(NOISE_BYTES_MAX);
  readonly #voice = new VoiceDetector();
  readonly #narrow = new RateConverter(VOICE_RATE_HZ);
  readonly #wide: RateConverter;
  readonly #analyser: NoiseAnalyser;
  readonly #model = createNoiseModel();
  #pausing = false;
  #sentDb = 0;
  #frames = 0;

  /** @param clockRateHz of the codec: the noise has its bandwidth */
  constructor(clockRateHz: SampleRateHz) {
    this.#wide = new RateConverter(clockRateHz);
    this.#analyser = new NoiseAnalyser((clockRateHz * FRAME_MS) / 1000);
  }

  /**
   * Takes 20 ms. -1: they are sound, to be sent. Else they are not, and so many bytes of `payload` are: 0 where what was told
   * still holds.
   */
  push(samples: Int16Array, rateHz: SampleRateHz): number {
    const speaks = this.#voice.push(this.#narrow.convert(samples, rateHz));
    const { levelDbm0, voiceDbm0, floorDbm0 } = this.#voice;
    const loud = levelDbm0 > PAUSE_DBM0_MAX || voiceDbm0 > floorDbm0 + ONSET_DB;
    if (loud) this.#analyser.reset();
    else this.#analyser.push(this.#wide.convert(samples, rateHz));
    if (speaks || loud) {
      this.#pausing = false;
      return -1;
    }
    return this.#tell();
  }

  #tell(): number {
    this.#analyser.describe(this.#model);
    const db = levelOf(this.#model.rms ** 2);
    const changed = Math.abs(db - this.#sentDb) >= CHANGE_DB && this.#frames >= CHANGE_FRAMES_MIN;
    this.#frames += 1;
    if (this.#pausing && !changed && this.#frames < UPDATE_FRAMES) return 0;
    this.#pausing = true;
    this.#frames = 0;
    this.#sentDb = db;
    return writeNoise(this.#model, this.payload, 0);
  }
}
