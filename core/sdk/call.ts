// A call as a plugin sees it. Every step rejects with CallEnded once the caller is gone.
import type { Language, SpeechPart } from "../speech/part.js";

/** What is said: a prompt's name, or parts in a row. */
export type Announcement = string | readonly SpeechPart[];

/** `*` in a menu, `**` while collecting: the caller wants the question before this one. */
export const BACK = "*";

export interface Caller {
  /** As the network gave it; empty where it is not known. */
  readonly number: string;
  /** The caller asked that number and name be shown to nobody (RFC 3323): they are for records, emergencies and the finding of a card. */
  readonly withheld?: boolean;
  readonly displayName?: string;
  readonly from: { readonly kind: "trunk" | "phone"; readonly name: string };
}

export interface MenuOptions<K extends string> {
  readonly prompt: Announcement;
  /** Keys 1-9 that are answers. 0 (operator), * (back) and # (repeat) are the menu's own. */
  readonly keys: readonly K[];
  /** How long after the prompt a key is waited for; 6000 unless told. */
  readonly timeoutMs?: number;
  /** What `*` means here is nothing: it is an invalid key (the first menu has no back). */
  readonly noBack?: boolean;
}

export interface CollectOptions {
  readonly prompt: Announcement;
  readonly minDigits: number;
  /** Ends by itself when reached, unless `terminatorOnly`. */
  readonly maxDigits: number;
  /** Masked in journal, log and trace, cut from the recording. */
  readonly secret?: boolean;
  readonly terminatorOnly?: boolean;
  /** Between the prompt's end and the first key, and between keys; 6000 unless told. */
  readonly timeoutMs?: number;
}

export interface DialOptions {
  /** Extensions. */
  readonly targets: readonly string[];
  /** All at once, or one after the other; ring-all unless told. */
  readonly strategy?: "ring-all" | "sequential";
  /** Per attempt; 20000 unless told. */
  readonly timeoutMs?: number;
  /** What the caller hears meanwhile, over and over. Unless told: a ringback tone, or what the far side itself lets hear before it answers (early media). */
  readonly whileRinging?: Announcement;
  /**
   * Whose exchange tones are listened for on the dialled side: `cn` China, `na` North America, `eu` Europe. Busy tone before
   * the answer is `busy`, as 486 is; congestion and special information tones are `unreachable`. After the answer a busy tone
   * ends the talk, as lines without another sign of hanging up need it. Not listened for unless told.
   */
  readonly tones?: "cn" | "na" | "eu";
  /**
   * Finds out who picked up before the two are joined; the caller goes on hearing `whileRinging` meanwhile, at most 6 s. A
   * person, and who can't be told, is joined; a fax is let go. So is a machine, and the next target is tried; with
   * `onMachine: "join"` the machine's beep is waited for, at most `beepMs` (30000 unless told), and the two are joined then.
   * Busy tone after the answer is `busy`. Exchange tones are `cn`'s unless `tones` tells.
   */
  readonly answeringMachine?: boolean | { readonly onMachine?: "skip" | "join"; readonly beepMs?: number };
}

/** Who picked up, judged by sound within 6 s. */
export interface AnsweredBy {
  readonly who: "human" | "machine" | "fax" | "unknown";
  /** `pause`: greeted and waited; `greeting`, `words`: talked on; `beep`, `tone`: heard one; `silence`: nobody spoke; `limit`: not clear in time. */
  readonly why: "pause" | "greeting" | "words" | "beep" | "silence" | "limit" | "tone";
  /** When that was clear, in ms since the answer. */
  readonly afterMs: number;
  /** Where a machine's beep was waited for: whether it came. */
  readonly beep?: boolean;
}

export interface RecordOptions {
  /** Said before the beep. */
  readonly prompt?: Announcement;
  /** Whether a beep says that it begins; true unless told. */
  readonly beep?: boolean;
  /** The longest message, ms. */
  readonly maxMs: number;
  /** A pause of so long is its end, and is left out of it; 2000 unless told, 30000 at most. */
  readonly endSilenceMs?: number;
  /** How long the first word is waited for; 5000 unless told. */
  readonly beginMs?: number;
}

/** `nothing`: not a word was said; `failed`: the sound was lost. `recording` names the message in `/recordings/{call}/messages/{message}`. */
export type RecordOutcome =
  | { readonly ended: "silence" | "key" | "length"; readonly recording: string; readonly durationMs: number }
  | { readonly ended: "nothing" | "failed" };

export interface ShapeOptions {
  /** The caller unless told; else the extension that rings or talks in this call. */
  readonly of?: string;
  /** Brings the voice to one level. Off unless told. */
  readonly gainControl?: boolean;
  /** Lowers the room behind it while nobody speaks. Off unless told. */
  readonly noiseGate?: boolean;
  /**
   * Takes the tones of pressed keys out, of the recording too; the keys themselves still come. What is said is heard 60 to
   * 80 ms later. As `media.keyTones` says unless told.
   */
  readonly removeKeys?: boolean;
}

export interface DetectOptions {
  /** The caller unless told; else the extension that rings or talks in this call. */
  readonly of?: string;
  /** The exchange's dial, ringback, busy, congestion and special information tones: of China, North America, Europe. */
  readonly tones?: "cn" | "na" | "eu";
  /** A fax that calls or answers, or a modem. */
  readonly fax?: boolean;
  /** When somebody begins to speak, and when they end. */
  readonly voice?: boolean;
  /** How loud it is, every so many ms (100-60000). */
  readonly levelEveryMs?: number;
}

/** Something that was listened for, `afterMs` after that began. */
export type Sound = { readonly afterMs: number } & (
  | { readonly kind: "tone"; readonly tone: "dial" | "ringback" | "busy" | "congestion" | "sit" }
  /** `cng`: a fax calls; the answer tone is a fax's or a modem's, with reversals where echo cancellers have to go. */
  | { readonly kind: "fax"; readonly tone: "cng" | "answer-tone" | "answer-tone-reversals" }
  | { readonly kind: "voice"; readonly speaking: boolean }
  /** Since the last one, in dBm0 (0 is a sine of about the loudest); -96 for all that is softer. */
  | { readonly kind: "level"; readonly rmsDbm0: number; readonly peakDbm0: number }
);

export interface Detection {
  /** The next sound, at once where one waits (64 at most, the oldest are dropped); undefined after `timeoutMs`, or when it was stopped. */
  next(timeoutMs: number): Promise<Sound | undefined>;
  stop(): Promise<void>;
}

export type DialOutcome =
  | { readonly outcome: "answered"; readonly target: string; /** Resolves when the two no longer talk because the dialled side left. */ readonly talk: Promise<void>; /** With `answeringMachine`. */ readonly answeredBy?: AnsweredBy }
  /** Picked up by what nobody was to talk to, and let go. */
  | { readonly outcome: "machine" | "fax"; readonly target: string; readonly answeredBy: AnsweredBy }
  | { readonly outcome: "unreachable" | "no-answer" | "busy" | "rejected" };

export interface TransferOptions {
  /** An extension, one of the hospital's numbers, or a queue. Outside numbers can't be reached: those cost money, and phones dial them. */
  readonly to: string | { readonly queue: string; readonly priority?: number };
  /** How long the extension rings; 20000 unless told. */
  readonly timeoutMs?: number;
  /** What the caller hears meanwhile, over and over; a ringback tone unless told, and on hold what `hold` plays. */
  readonly whileRinging?: Announcement;
  /**
   * Whom the caller talks to speaks with the target first, an extension, while the caller is on hold; the handler says by
   * `consultation` how it goes on.
   */
  readonly attended?: boolean;
}

/**
 * Two who speak about a caller who is on hold. Whoever hangs up decides it as well: where the target leaves, the caller is back
 * with whom it talked to; where that side leaves, the caller is put through to the target.
 */
export interface Consultation {
  /** How it ended. */
  readonly over: Promise<"joined" | "cancelled" | "target-left" | "asker-left">;
  /** The caller talks to the target; whom it talked to is let go. Does nothing once it is over. */
  join(): Promise<void>;
  /** The target is let go; the caller talks to whom it talked to before. Does nothing once it is over. */
  cancel(): Promise<void>;
}

export type TransferOutcome =
  /** `talk` resolves when the caller talks to nobody any more, as does the `talk` of the `dial` before. */
  | { readonly outcome: "transferred"; readonly target: string; readonly talk: Promise<void> }
  /** With `attended`: the target has answered, and nothing is decided. */
  | { readonly outcome: "consulting"; readonly target: string; readonly consultation: Consultation }
  /** `back`: the caller and whom it talked to hear each other again; else that side has hung up meanwhile. */
  | { readonly outcome: "unreachable" | "no-answer" | "busy" | "rejected"; readonly back: boolean };

export type QueueOutcome = "served" | "nobody-there" | "timeout";

export interface Call {
  readonly id: string;
  readonly hospital: string;
  readonly caller: Caller;
  /** The number that was dialled. */
  readonly called: string;
  language: Language;
  /** Aborts when the caller is gone: hand it to whatever else the handler waits for. */
  readonly signal: AbortSignal;
  /** Who rings or talks in this call; a handler that begins anew after the server was restarted `dial`s them to go on with them. */
  readonly others: readonly { readonly extension: string; readonly state: "ringing" | "talking" }[];
  ring(): Promise<void>;
  answer(): Promise<void>;
  /** `busy` 486, `unavailable` 480, `declined` 603, `not-found` 404. */
  reject(why: "busy" | "unavailable" | "declined" | "not-found"): Promise<void>;
  /** Resolves when it was heard to the end, or at a key (unless `bargeIn: false`); the key waits for the next question. */
  play(what: Announcement, options?: { readonly bargeIn?: boolean }): Promise<void>;
  /** Resolves with one of `keys` or BACK. Three wrong or missing answers, or 0, throw OperatorWanted. */
  menu<K extends string>(options: MenuOptions<K>): Promise<K | typeof BACK>;
  /** Resolves with the digits or BACK. Three failures, or `*0`, throw OperatorWanted. */
  collect(options: CollectOptions): Promise<string>;
  /** Rings; where one answers the two are bridged and recorded. The losers are cancelled. */
  dial(options: DialOptions): Promise<DialOutcome>;
  /**
   * Puts the caller through from whom it talks to to somebody else, who is let go when the target answers: the caller keeps its
   * call, recording and journal. Until then that side waits and hears that it does; a target that does not answer brings it
   * back. A queue or number takes the caller at once. Phones do the same with their transfer key.
   */
  transfer(options: TransferOptions): Promise<TransferOutcome>;
  /**
   * Records what the caller says, from the first word to the last, until they pause, press a key (which is dropped) or reach
   * the longest length; beside the recording of the call, and whether calls are recorded or not. A caller who hangs up has
   * left what they said until then: it stands in the journal (`call.message-recorded`), while this step rejects.
   */
  record(options: RecordOptions): Promise<RecordOutcome>;
  /**
   * Changes what others hear of a side of the call, and replaces what was changed before. It holds until that side's leg ends,
   * over a restart of the server too.
   */
  shape(options: ShapeOptions): Promise<void>;
  /**
   * Listens to a side of the call; the two go on hearing each other as they do. Replaces what that side was listened to for
   * before. Tones and faxes stand in the journal too. After a restart of the server the listening begins anew, and so does the
   * handler: it asks again.
   */
  detect(options: DetectOptions): Promise<Detection>;
  /**
   * Puts the caller on hold: its phone is told to listen only, and hears `whileHeld` (soft tones unless told) until
   * `resume`. Resolves with whether the phone agreed; one that did not hears it all the same. Keys still come.
   */
  hold(whileHeld?: Announcement): Promise<boolean>;
  /** Takes the caller off hold. */
  resume(): Promise<void>;
  /** Waits in a queue until served and the talk is over, or the queue gives up. */
  enqueue(queue: string, options?: { readonly priority?: number }): Promise<QueueOutcome>;
  hangup(): Promise<void>;
  /** Drops keys typed ahead: after an error, what follows was meant for another question. */
  forgetKeys(): void;
  sleep(durationMs: number): Promise<void>;
  /** Appends to the call's journal. `type` begins with the plugin's name. */
  note(type: string, data: Readonly<Record<string, unknown>>): void;
}
