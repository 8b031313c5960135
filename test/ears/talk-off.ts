// How often ears hear in speech and music what is not there: keys and tones, an hour and more of sound through each detector.
import { AnswerToneDetector } from "../../media/dsp/cadence/answer-tone-detector.js";
import { NATIONAL_TONES, SPECIAL_TONES, TONE_COUNTRIES } from "../../media/dsp/cadence/national-tones.js";
import { ToneDetector, type Signal } from "../../media/dsp/cadence/tone-detector.js";
import { g729 } from "../../media/codec/g729/g729.js";
import { DtmfDetector } from "../../media/dsp/dtmf/dtmf-detector.js";
import type { Recording } from "./corpus.js";

export interface TalkOff {
  /** Of sound, by language or "music". */
  readonly seconds: ReadonlyMap<string, number>;
  /** What was heard where. */
  readonly falseHits: readonly { readonly ear: string; readonly heard: string; readonly in: string; readonly atMs: number }[];
}

interface Ear {
  readonly name: string;
  push(samples: Int16Array): string | undefined;
}

const FRAME = 160;
const CODED = 80;

/** The detector of a leg with G.729, behind the coder. */
function keysBehindG729(): Ear {
  const [codec, detector] = [g729(""), new DtmfDetector({ bent: true })];
  const [encoder, decoder] = [codec.createEncoder(), codec.createDecoder()];
  const [bytes, out] = [new Uint8Array((10 * FRAME) / CODED), new Int16Array(FRAME)];
  return {
    name: "DTMF behind G.729",
    push(samples) {
      let end = 0;
      for (let at = 0; at + CODED <= samples.length; at += CODED) end = encoder.encode(samples.subarray(at, at + CODED), bytes, end);
      return detector.push(out.subarray(0, decoder.decode(bytes, { start: 0, end }, out)));
    },
  };
}

function ears(): readonly Ear[] {
  const dtmf = new DtmfDetector();
  const answer = new AnswerToneDetector();
  return [
    { name: "DTMF", push: (samples) => dtmf.push(samples) },
    keysBehindG729(),
    { name: "answer tone", push: (samples) => answer.push(samples) },
    ...TONE_COUNTRIES.map((country) => {
      const signals: Signal[] = [...Object.entries(NATIONAL_TONES[country]).map(([name, cadence]) => ({ name, cadence })), { name: "sit", cadence: SPECIAL_TONES.sit }, { name: "cng", cadence: SPECIAL_TONES.cng }];
      const detector = new ToneDetector(signals);
      return { name: `tones of ${country}`, push: (samples: Int16Array) => detector.push(samples) };
    }),
  ];
}

/** One recording after the other through the same ears, half a second of silence between them. */
export function talkOff(recordings: Iterable<Recording>): TalkOff {
  const seconds = new Map<string, number>();
  const falseHits: TalkOff["falseHits"][number][] = [];
  const listening = ears();
  const silence = new Int16Array(25 * FRAME);
  for (const { group, name, samples } of recordings) {
    seconds.set(group, (seconds.get(group) ?? 0) + samples.length / 8000);
    const padded = new Int16Array(samples.length + silence.length);
    padded.set(samples);
    for (const ear of listening)
      for (let at = 0; at < padded.length; at += FRAME) {
        const heard = ear.push(padded.subarray(at, at + FRAME));
        if (heard !== undefined) falseHits.push({ ear: ear.name, heard, in: `${group}/${name}`, atMs: at / 8 });
      }
  }
  return { seconds, falseHits };
}

/** As lines for people. */
export function describe({ seconds, falseHits }: TalkOff): string {
  const total = [...seconds.values()].reduce((a, b) => a + b, 0);
  const lengths = [...seconds].map(([group, s]) => `${group} ${(s / 60).toFixed(1)}`).join(", ");
  return [`${(total / 60).toFixed(1)} minutes (${lengths}): ${falseHits.length} false`, ...falseHits.map((hit) => `  ${hit.ear}: ${hit.heard} in ${hit.in} at ${(hit.atMs / 1000).toFixed(2)} s`)].join("\n");
}
