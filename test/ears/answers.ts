// Calls that were picked up, made of voices: what a person says and what a machine says, over noise. Some voices are for tuning
// the classifier, others for measuring it, and a third part is held out: nobody looks at it to change the classifier.
import { AnswerClassifier, type AnswerVerdict, type WhoAnswered } from "../../media/dsp/answer/answer-classifier.js";
import { Tone } from "../../media/dsp/tone.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { fetched, speak, type Recording } from "./corpus.js";
import { join } from "node:path";
import { HELD_OUT_SAYINGS, HELD_OUT_VOICES } from "./held-out.js";
import type { Sayings } from "./sayings.js";

export interface Answer {
  readonly who: Exclude<WhoAnswered, "unknown">;
  readonly name: string;
  readonly samples: Int16Array;
}

/** `held`: voices, languages and words of neither of the others. */
type Part = "tuned" | "measured" | "held";

/** By espeak-ng's voice. */
const SAYINGS: Readonly<Record<Part, Readonly<Record<string, Sayings>>>> = {
  held: HELD_OUT_SAYINGS,
  tuned: {
    en: {
      human: ["Hello?", "Yes?", "Hello, this is Peter.", "Good morning, Miller speaking."],
      machine: ["Hello, you have reached the voicemail of Peter Miller. I can't take your call at the moment. Please leave a message after the tone.", "The person you are calling is not available. At the tone, please record your message."],
    },
    "cmn-latn-pinyin": {
      human: ["喂？", "喂，你好。", "你好，哪位？", "喂，请讲。"],
      machine: ["您好，您拨打的用户暂时无法接听，请在提示音后留言。", "您好，这里是王医生的语音信箱，我现在不方便接听电话，请留下您的姓名和电话，我会尽快给您回电。"],
    },
  },
  measured: {
    de: { human: ["Hallo?", "Ja bitte?", "Schmidt, guten Tag."], machine: ["Guten Tag, hier ist der Anrufbeantworter von Familie Schmidt. Wir sind zurzeit nicht zu Hause. Bitte hinterlassen Sie eine Nachricht nach dem Signalton."] },
    es: { human: ["¿Dígame?", "¿Sí?", "Hola, ¿quién es?"], machine: ["Hola, este es el buzón de voz de María. Ahora no puedo atenderte, deja tu mensaje después de la señal."] },
    ru: { human: ["Алло?", "Да, слушаю вас."], machine: ["Здравствуйте, абонент временно недоступен. Пожалуйста, оставьте сообщение после звукового сигнала."] },
    "cmn-latn-pinyin+f5": { human: ["喂？", "喂，您好。", "喂，哪位啊？"], machine: ["您好，我现在正在开会，不能接听您的电话，有事请留言，谢谢。", "对不起，您所拨打的电话正在通话中，请在嘀声后留言。"] },
    "fr+f2": { human: ["Allô?", "Oui, bonjour."], machine: ["Bonjour, vous êtes bien sur la messagerie de Claire. Laissez-moi un message après le bip sonore et je vous rappellerai."] },
  },
};
const VARIANTS: Readonly<Record<Part, readonly string[]>> = { tuned: ["", "+m3"], measured: ["", "+m7"], held: HELD_OUT_VOICES };
const RECORDED: Readonly<Record<Exclude<Part, "held">, readonly string[]>> = { tuned: ["en"], measured: ["fr", "it", "ru"] };
/** Of a group of recordings, by length: a word or two, and what a greeting of a machine lasts. */
const RECORDED_MAX = 40;

const BEEPS_HZ = [440, 1000, 1400];

/** Synthetic voices, in `folder`. */
export function* synthetic(part: Part, folder: string, { random, snrsDb = [40, 20], voices = 99 }: { readonly random: SimRandom; readonly snrsDb?: readonly number[]; readonly voices?: number }): Generator<Answer> {
  for (const [voice, sayings] of Object.entries(SAYINGS[part]))
    for (const variant of voice.includes("+") ? [""] : VARIANTS[part].slice(0, voices))
      for (const who of ["human", "machine"] as const)
        for (const [i, text] of sayings[who].entries()) {
          const said = speak(join(folder, `answer-${part === "held" ? "held-" : ""}${voice}${variant}-${who}-${i}.raw`), voice + variant, text);
          for (const snrDb of snrsDb) yield { who, name: `${voice}${variant} ${text.slice(0, 12)} ${snrDb} dB`, samples: line({ who, said, snrDb }, random) };
        }
}

/** Recorded voices, of what was fetched: short clips as a person's word, long ones as a machine's greeting. */
export function* recorded(half: keyof typeof RECORDED, random: SimRandom): Generator<Answer> {
  const taken = new Map<string, number>();
  for (const { group, name, samples } of fetched()) {
    if (!RECORDED[half].includes(group) || /silence|monkeys|beep|tone|\//.test(name.replace(/^sounds\/[^/]*\//, ""))) continue;
    const who = samples.length < 8 * 1500 && samples.length > 8 * 400 ? "human" : samples.length > 8 * 4000 && samples.length < 8 * 15_000 ? "machine" : undefined;
    const key = `${group} ${who}`;
    if (who === undefined || (taken.get(key) ?? 0) >= RECORDED_MAX) continue;
    taken.set(key, (taken.get(key) ?? 0) + 1);
    yield { who, name: `${group} ${name}`, samples: line({ who, said: samples, snrDb: 20 + 20 * random.next() }, random) };
  }
}

/** From the answer on: a moment, what is said, and for a machine its beep, then silence; noise under all of it. */
function line({ who, said, snrDb }: { readonly who: Answer["who"]; readonly said: Recording["samples"]; readonly snrDb: number }, random: SimRandom): Int16Array {
  const lead = Math.round(8 * (150 + 900 * random.next()));
  const beep = who === "machine" ? 8 * 400 : 0;
  const out = new Int16Array(lead + said.length + 8 * 600 + beep + 8 * 4000);
  out.set(said, lead);
  if (beep > 0) new Tone({ frequenciesHz: [BEEPS_HZ[Math.floor(random.next() * BEEPS_HZ.length)]!], levelDbm0: -15, rateHz: 8000 }).fill(out, lead + said.length + 8 * 600, lead + said.length + 8 * 600 + beep);
  let energy = 0;
  for (const sample of said) energy += sample * sample;
  const noise = Math.sqrt(energy / said.length) * 10 ** (-snrDb / 20) * Math.sqrt(3);
  return out.map((sample) => Math.max(-32_768, Math.min(32_767, sample + noise * (2 * random.next() - 1))));
}

export interface Confusion {
  /** How many of each were taken for what. */
  readonly counts: Readonly<Record<Answer["who"], Record<WhoAnswered, number>>>;
  readonly meanMs: Readonly<Record<Answer["who"], number>>;
  /** Nineteen of twenty are decided by then. */
  readonly p95Ms: Readonly<Record<Answer["who"], number>>;
  readonly wrong: readonly string[];
}

/** @param over what carries the sound to the ear; as it is unless told */
export function classify(answers: Iterable<Answer>, over: (samples: Int16Array) => Int16Array = (samples) => samples): Confusion {
  const row = (): Record<WhoAnswered, number> => ({ human: 0, machine: 0, unknown: 0 });
  const counts = { human: row(), machine: row() };
  const tookMs: Record<Answer["who"], number[]> = { human: [], machine: [] };
  const wrong: string[] = [];
  for (const { who, name, samples } of answers) {
    const verdict = verdictOf(over(samples));
    counts[who][verdict.who] += 1;
    tookMs[who].push(verdict.afterMs);
    if (verdict.who !== who) wrong.push(`${name}: ${who} taken for ${verdict.who} (${verdict.why}) after ${verdict.afterMs} ms`);
  }
  const mean = (who: Answer["who"]): number => Math.round(tookMs[who].reduce((a, b) => a + b, 0) / Math.max(1, tookMs[who].length));
  const p95 = (who: Answer["who"]): number => tookMs[who].sort((a, b) => a - b)[Math.ceil(0.95 * tookMs[who].length) - 1] ?? 0;
  return { counts, meanMs: { human: mean("human"), machine: mean("machine") }, p95Ms: { human: p95("human"), machine: p95("machine") }, wrong };
}

function verdictOf(samples: Int16Array): AnswerVerdict {
  const classifier = new AnswerClassifier();
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    const verdict = classifier.push(samples.subarray(at, at + 160));
    if (verdict !== undefined) return verdict;
  }
  return { who: "unknown", why: "limit", afterMs: samples.length / 8 };
}

/** Of the side that is judged worse, how many are judged wrongly, 0..1. */
export function worstShare({ counts }: Confusion): number {
  const share = (who: Answer["who"]): number => 1 - counts[who][who] / Math.max(1, counts[who].human + counts[who].machine + counts[who].unknown);
  return Math.max(share("human"), share("machine"));
}

/** As lines for people. */
export function describeConfusion({ counts, meanMs, p95Ms }: Confusion): string {
  return (["human", "machine"] as const).map((who) => `${who}: human ${counts[who].human}, machine ${counts[who].machine}, unknown ${counts[who].unknown}; decided after ${meanMs[who]} ms on the average, 95 % by ${p95Ms[who]}`).join("\n");
}
