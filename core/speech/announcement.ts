// From what a plugin says to what a leg plays: grammar first, then the library's recording for each name.
import type { PlayedSound } from "../../media/player/played-sound.js";
import type { ToneCountry } from "../../media/dsp/cadence/national-tones.js";
import type { PlayItem } from "../../media/engine/command.js";
import { ENGLISH } from "./english.js";
import { checkDate, checkDigits, checkNumber, checkOrdinal, checkSilence, checkSpelling, checkSum, checkTime, type Grammar } from "./grammar.js";
import { MANDARIN } from "./mandarin.js";
import { soundTone, type Sounded } from "./signal.js";
import type { Language, SpeechPart } from "./part.js";

/** A recording by its prompt name, a text to be read, a pause or a tone. */
export type SpokenItem = { readonly kind: "prompt"; readonly name: string; readonly text?: string } | { readonly kind: "text"; readonly text: string } | Sounded;

/** Gives the media engine's id of a prompt in a language, or in one it falls back to. */
export interface PromptResolver {
  resolve(language: Language, name: string): string;
}

export interface Voice extends PromptResolver {
  /** Whether the name has a recording in the language itself; taken as yes where nobody can say. */
  has?(language: Language, name: string): boolean;
  /** Of a text that was read before: 8000 Hz, in shared memory. */
  sound?(text: string, language: Language): PlayedSound | undefined;
  /** Whose dial, ringback and busy tones are sounded; China's unless told. */
  readonly country?: ToneCountry;
}

export const LANGUAGES: readonly Language[] = ["zh-CN", "en"];

const GRAMMARS: { readonly [L in Language]: Grammar } = { "zh-CN": MANDARIN, en: ENGLISH };
/** Between the groups of a long digit string, so that it can be written down. */
const GROUP_PAUSE_MS = 250;

/**
 * The recordings and pauses that `parts` are in `language`.
 * @throws SpeechError where a value can't be spoken (a plugin's fault, not a caller's).
 */
export function speak(parts: readonly SpeechPart[], language: Language, country: ToneCountry = "cn"): SpokenItem[] {
  return parts.flatMap((part) => (part.say === "tone" ? soundTone(part, country) : speakPart(part, GRAMMARS[language])));
}

/** As `speak`, resolved to what a leg plays. A string is one prompt's name. */
export function announce(what: string | readonly SpeechPart[], language: Language, voice: Voice): PlayItem[] {
  const parts: readonly SpeechPart[] = typeof what === "string" ? [{ say: "prompt", name: what }] : what;
  return speak(parts, language, voice.country).flatMap((item) => playable(item, language, voice));
}

/** The texts in `what` that have to be read before it can be played. */
export function textsToRead(what: string | readonly SpeechPart[], language: Language, voice: Pick<Voice, "has">): string[] {
  if (typeof what === "string") return [];
  return what.flatMap((part) => (part.say === "text" ? [part.text] : part.say === "prompt" && part.text !== undefined && voice.has?.(language, part.name) === false ? [part.text] : []));
}

/** What could not be read is not heard. */
function playable(item: SpokenItem, language: Language, voice: Voice): PlayItem[] {
  const read = item.kind === "text" || (item.kind === "prompt" && item.text !== undefined && voice.has?.(language, item.name) === false) ? voice.sound?.(item.text!, language) : undefined;
  if (read !== undefined) return [{ kind: "sound", ...read }];
  if (item.kind === "text") return [];
  return [item.kind === "prompt" ? { kind: "prompt", prompt: voice.resolve(language, item.name) } : item];
}

function speakPart(part: Exclude<SpeechPart, { readonly say: "tone" }>, grammar: Grammar): SpokenItem[] {
  switch (part.say) {
    case "prompt":
      return [{ kind: "prompt", name: part.name, ...(part.text === undefined ? {} : { text: part.text }) }];
    case "text":
      return [{ kind: "text", text: part.text }];
    case "silence":
      return [{ kind: "silence", durationMs: checkSilence(part.durationMs) }];
    case "number":
      return recordings(grammar.number(checkNumber(part.value)));
    case "ordinal":
      return recordings(grammar.ordinal(checkOrdinal(part.value)));
    case "spelled":
      return spell(checkSpelling(part.text));
    case "money":
      return recordings(grammar.money(checkSum(part.fen)));
    case "date":
      return recordings(grammar.date(checkDate(part.date)));
    case "time":
      return recordings(grammar.time(checkTime(part.time)));
    case "digits":
      return inGroups(digitGroups(checkDigits(part.digits)));
    default:
      return part satisfies never;
  }
}

/** Pauses where a hyphen stands, and within a run of six and more as digits have them. */
const spell = (text: string): SpokenItem[] => inGroups(text.split("-").flatMap((run) => (run.length < 6 ? run : (run.match(/.{1,4}/g) ?? []))).filter((run) => run !== ""));

const inGroups = (groups: readonly string[]): SpokenItem[] => groups.flatMap((group, i) => [...(i > 0 ? [{ kind: "silence", durationMs: GROUP_PAUSE_MS } as const] : []), ...recordings([...group].map(characterName))]);

/** As people write them down: eleven digits (a mobile number) are 3-4-4, others from six on are fours; shorter ones stay whole. */
function digitGroups(text: string): string[] {
  if (text.length < 6) return text === "" ? [] : [text];
  const first = text.length === 11 ? 3 : 4;
  return [text.slice(0, first), ...(text.slice(first).match(/.{1,4}/g) ?? [])];
}

const characterName = (character: string): string => (/[a-z]/.test(character) ? `letter-${character}` : `digit-${character === "*" ? "star" : character === "#" ? "hash" : character}`);

const recordings = (names: readonly string[]): SpokenItem[] => names.map((name) => ({ kind: "prompt", name: `speech/${name}` }));
