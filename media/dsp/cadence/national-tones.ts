// What exchanges of a country sound like (ITU-T E.180 Supplement 2; China: GB 3380, YD/T 1090), and what sounds alike everywhere.
import { cadence, type Cadence } from "./cadence.js";

export type ToneCountry = "cn" | "na" | "eu";
export type CallProgressTone = "dial" | "ringback" | "busy" | "congestion";

const set = (dial: string, ringback: string, busy: string, congestion: string): Readonly<Record<CallProgressTone, Cadence>> => ({ dial: cadence(dial), ringback: cadence(ringback), busy: cadence(busy), congestion: cadence(congestion) });

/** `cn` China, `na` the North American plan, `eu` most of Europe. */
export const NATIONAL_TONES: Readonly<Record<ToneCountry, Readonly<Record<CallProgressTone, Cadence>>>> = {
  cn: set("450~25@-10", "450~25@-10/1000,0/4000", "450~25@-10/350,0/350", "450~25@-10/700,0/700"),
  na: set("350+440@-13", "440+480@-19/2000,0/4000", "480+620@-24/500,0/500", "480+620@-24/250,0/250"),
  eu: set("425~15@-10", "425~15@-10/1000,0/4000", "425~15@-10/500,0/500", "425~15@-10/250,0/250"),
};

export const TONE_COUNTRIES = Object.keys(NATIONAL_TONES) as readonly ToneCountry[];

export const SPECIAL_TONES = {
  /** Special information tone, before "the number you have dialled": E.180 section 6. */
  sit: cadence("950~50@-14/330,1400~50@-14/330,1800~50@-14/330*1"),
  /** A fax that calls: T.30 section 4.2. */
  cng: cadence("1100~38@-12/500,0/3000"),
  /** A beep before a recording. */
  beep: cadence("1000@-14/300*1"),
  /** Two short ones: a key was wrong, a line is joined. */
  warning: cadence("1400@-16/100,0/100*2"),
} as const satisfies Record<string, Cadence>;
