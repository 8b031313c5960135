// The SIP of calls as it crossed the wire, kept in memory for whoever asks why: all dialogs under the one id of their call.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { formatEndpoint } from "../../protocol/base/endpoint.js";
import { messageText } from "./message-text.js";
import type { SavedDialog } from "./saved-dialog.js";
import type { SipMessage } from "../../protocol/sip/message/message.js";

export interface TracedMessage {
  readonly utcMs: number;
  readonly direction: "received" | "sent";
  /** `address:port`, with `/TCP` where it was one. */
  readonly remote: string;
  /** As on the wire. */
  readonly bytes: Uint8Array;
}

export interface TracedDialog {
  readonly sipCallId: string;
  /** Whose hand began it: the far side's (the caller's leg) or ours. */
  readonly direction: "incoming" | "outgoing";
  /** User part of the INVITE's From where incoming, of its Request-URI where outgoing. */
  readonly party: string;
  /** In order; in the middle of a long dialog `omitted` ones are missing, behind the first `KEPT_FIRST`. */
  readonly messages: readonly TracedMessage[];
  readonly omitted: number;
}

export interface SipTraceOptions {
  readonly utcMs: () => number;
  /** Of the calls that were taken, and of all the rest (scanners, refused ones); the oldest dialog goes first. 32 and 4 MiB unless told. */
  readonly bytesMax?: number;
  readonly strayBytesMax?: number;
}

export interface SipTraceCounters {
  readonly dialogs: number;
  readonly bytes: number;
  /** Dialogs that went to make room. */
  readonly evicted: number;
}

const BYTES_MAX = 32 * 1024 * 1024;
const STRAY_BYTES_MAX = 4 * 1024 * 1024;
/** Of one dialog; what is between the first and the last of them goes. */
const MESSAGES_MAX = 100;
export const KEPT_FIRST = 40;
/** A longer message is cut: nobody reads it as text. */
const MESSAGE_BYTES_MAX = 8192;
/** What a kept message costs besides its bytes. */
const OVERHEAD_BYTES = 200;
const SAVED_BYTES_MAX = 8 * 1024 * 1024;
const CALL_HEADER = "x-ringward-call";

interface Dialog {
  readonly sipCallId: string;
  readonly direction: TracedDialog["direction"];
  readonly party: string;
  readonly messages: TracedMessage[];
  omitted: number;
  bytes: number;
  call: string | undefined;
}

/** Dialogs in the order of their last message, up to a number of bytes. */
class Shelf {
  readonly dialogs = new Map<string, Dialog>();
  bytes = 0;
  constructor(readonly bytesMax: number) {}

  put(dialog: Dialog): void {
    this.take(dialog);
    this.dialogs.set(dialog.sipCallId, dialog);
    this.bytes += dialog.bytes;
  }

  take(dialog: Dialog): void {
    if (this.dialogs.delete(dialog.sipCallId)) this.bytes -= dialog.bytes;
  }
}

export class SipTrace {
  readonly #utcMs: () => number;
  readonly #taken: Shelf;
  readonly #stray: Shelf;
  readonly #byCall = new Map<string, Set<Dialog>>();
  #evicted = 0;

  constructor(options: SipTraceOptions) {
    this.#utcMs = options.utcMs;
    this.#taken = new Shelf(options.bytesMax ?? BYTES_MAX);
    this.#stray = new Shelf(options.strayBytesMax ?? STRAY_BYTES_MAX);
  }

  get counters(): SipTraceCounters {
    return { dialogs: this.#taken.dialogs.size + this.#stray.dialogs.size, bytes: this.#taken.bytes + this.#stray.bytes, evicted: this.#evicted };
  }

  /** As a `MessageObserver`. Only what belongs to an INVITE's dialog is kept. `bytes` stay the caller's. */
  observe(direction: "received" | "sent", message: SipMessage, at: { readonly endpoint: Endpoint; readonly bytes: Uint8Array }): void {
    const sipCallId = message.headers.get("call-id");
    if (sipCallId === undefined) return;
    const dialog = this.#find(sipCallId) ?? this.#begin(direction, message, sipCallId);
    if (dialog === undefined) return;
    const shelf = this.#shelfOf(dialog);
    shelf.take(dialog);
    add(dialog, { utcMs: this.#utcMs(), direction, remote: `${formatEndpoint(at.endpoint)}${at.endpoint.protocol === "TCP" ? "/TCP" : ""}`, bytes: at.bytes.slice(0, MESSAGE_BYTES_MAX) });
    shelf.put(dialog);
    const call = direction === "sent" && message.kind === "request" ? message.headers.get(CALL_HEADER) : undefined;
    if (call !== undefined) this.join(sipCallId, call);
    this.#makeRoom(shelf);
  }

  /** The dialog belongs to this call of ours. */
  join(sipCallId: string, call: string): void {
    const dialog = this.#find(sipCallId);
    if (dialog === undefined || dialog.call !== undefined) return;
    this.#stray.take(dialog);
    dialog.call = call;
    const dialogs = this.#byCall.get(call) ?? new Set();
    this.#byCall.set(call, dialogs.add(dialog));
    this.#taken.put(dialog);
    this.#makeRoom(this.#taken);
  }

  /** What the next process is to know of these calls, up to 8 MiB of it: the dialogs that were last heard of first. */
  save(calls: ReadonlySet<string>): readonly SavedDialog[] {
    const saved: SavedDialog[] = [];
    let bytes = 0;
    for (const dialog of [...this.#taken.dialogs.values()].reverse()) {
      if (dialog.call === undefined || !calls.has(dialog.call)) continue;
      bytes += dialog.bytes;
      if (bytes > SAVED_BYTES_MAX) break;
      const { sipCallId, direction, party, call, omitted } = dialog;
      saved.push({ sipCallId, direction, party, call, omitted, messages: dialog.messages.map(({ bytes: whole, ...message }) => ({ ...message, text: messageText(whole).text })) });
    }
    return saved.reverse();
  }

  /** What another process saved: further messages follow it. */
  restore(saved: readonly SavedDialog[]): void {
    for (const { messages, call, ...rest } of saved) {
      const dialog: Dialog = { ...rest, messages: [], bytes: 0, call: undefined };
      for (const { text, ...message } of messages) add(dialog, { ...message, bytes: Buffer.from(text, "latin1") });
      this.#stray.put(dialog);
      this.join(dialog.sipCallId, call);
    }
  }

  /** The dialogs of a call, or the one of a Call-ID, the first begun first; empty where nothing is kept. */
  of(id: string): readonly TracedDialog[] {
    const one = this.#find(id);
    const dialogs = [...(this.#byCall.get(id) ?? (one === undefined ? [] : [one]))];
    return dialogs.sort((a, b) => a.messages[0]!.utcMs - b.messages[0]!.utcMs);
  }

  #find(sipCallId: string): Dialog | undefined {
    return this.#taken.dialogs.get(sipCallId) ?? this.#stray.dialogs.get(sipCallId);
  }

  #shelfOf(dialog: Dialog): Shelf {
    return dialog.call === undefined ? this.#stray : this.#taken;
  }

  #begin(direction: "received" | "sent", message: SipMessage, sipCallId: string): Dialog | undefined {
    if (message.kind !== "request" || message.method !== "INVITE") return undefined;
    const incoming = direction === "received";
    const party = incoming ? userOf(message.headers.get("from") ?? "") : userOf(message.rawUri);
    return { sipCallId, direction: incoming ? "incoming" : "outgoing", party, messages: [], omitted: 0, bytes: 0, call: undefined };
  }

  #makeRoom(shelf: Shelf): void {
    while (shelf.bytes > shelf.bytesMax) {
      const [oldest] = shelf.dialogs.values();
      if (oldest === undefined) return;
      shelf.take(oldest);
      this.#evicted += 1;
      const dialogs = oldest.call === undefined ? undefined : this.#byCall.get(oldest.call);
      dialogs?.delete(oldest);
      if (dialogs?.size === 0) this.#byCall.delete(oldest.call!);
    }
  }
}

function add(dialog: Dialog, message: TracedMessage): void {
  dialog.messages.push(message);
  dialog.bytes += message.bytes.length + OVERHEAD_BYTES;
  if (dialog.messages.length <= MESSAGES_MAX) return;
  const [gone] = dialog.messages.splice(KEPT_FIRST, 1);
  dialog.bytes -= gone!.bytes.length + OVERHEAD_BYTES;
  dialog.omitted += 1;
}

const userOf = (text: string): string => /sips?:([^@;>\s]*)@/i.exec(text)?.[1] ?? "";
