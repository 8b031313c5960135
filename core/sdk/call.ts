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
  /** What the caller hears meanwhile, over and over; ringback tone unless told. */
  readonly whileRinging?: Announcement;
}

export type DialOutcome =
  | { readonly outcome: "answered"; readonly target: string; /** Resolves when the two no longer talk because the dialled side left. */ readonly talk: Promise<void> }
  | { readonly outcome: "unreachable" | "no-answer" | "busy" | "rejected" };

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
