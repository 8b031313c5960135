// The header fields of one message: an ordered multimap with typed, cached readers (RFC 3261 section 7.3).
import { isToken, readNumber, readParams, skipSpace, splitList, trimSpace, VALUES_MAX, type SipParams } from "./grammar.js";
import { headerKey, isListHeader, knownHeader } from "./header-name.js";
import { readNameAddr, type NameAddr } from "./name-addr.js";
import { readVia, type Via } from "./via.js";

export interface CSeq {
  /** 0 to 2^31 - 1. */
  readonly sequence: number;
  readonly method: string;
}

export interface ContentType {
  /** `application/sdp`: lower case. */
  readonly type: string;
  readonly params: SipParams;
}

export interface HeaderField {
  /** Lower-case long name. */
  readonly key: string;
  /** As written on the wire. */
  readonly name: string;
  /** Unfolded, without white space around it. */
  readonly value: string;
}

/** A bug, never a message's fault: code read a header that `parseMessage` and `createRequest` would have insisted on. */
export class SipHeaderError extends Error {
  override readonly name = "SipHeaderError";
  readonly code = "SIP_HEADER_MISSING";
  constructor(readonly header: string) {
    super(`the message has no valid ${header} header`);
  }
}

export const CSEQ_MAX = 0x7fffffff;
const UINT32_MAX = 0xffffffff;
const EXPIRES_DEFAULT_S = 3600;

interface Typed {
  vias?: readonly Via[] | undefined;
  from?: NameAddr | undefined;
  to?: NameAddr | undefined;
  cseq?: CSeq | undefined;
  contacts?: readonly NameAddr[] | undefined;
  routes?: readonly NameAddr[] | undefined;
  recordRoutes?: readonly NameAddr[] | undefined;
}

/**
 * Names are matched without case and in compact or long form. Typed readers parse once and keep the result until the
 * headers change; what is absent or malformed reads as undefined or an empty list, except the five that every message
 * must have (`topVia`, `from`, `to`, `callId`, `cseq`), which throw `SipHeaderError`.
 */
export class SipHeaders {
  #fields: HeaderField[];
  #typed: Typed = {};

  constructor(fields: Iterable<readonly [name: string, value: string]> = []) {
    this.#fields = [];
    for (const [name, value] of fields) this.add(name, value);
  }

  /** Takes over fields that are clean already (the parser's). */
  static fromFields(fields: HeaderField[]): SipHeaders {
    const headers = new SipHeaders();
    headers.#fields = fields;
    return headers;
  }

  get fields(): readonly HeaderField[] {
    return this.#fields;
  }

  clone(): SipHeaders {
    const copy = new SipHeaders();
    copy.#fields = this.#fields.slice();
    copy.#typed = { ...this.#typed };
    return copy;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** The first field's whole value. */
  get(name: string): string | undefined {
    const key = headerKey(name);
    const fields = this.#fields;
    for (let i = 0; i < fields.length; i++) if (fields[i]!.key === key) return fields[i]!.value;
    return undefined;
  }

  /** Every value in order; fields that hold lists are split at their commas. */
  getAll(name: string): string[] {
    const key = headerKey(name);
    const list = isListHeader(key);
    const values: string[] = [];
    for (const field of this.#fields) {
      if (field.key !== key) continue;
      if (!list) values.push(field.value);
      else if (field.value !== "") for (const value of splitList(field.value)) values.push(value);
    }
    return values;
  }

  /** Adds a field at the end. Line breaks in `value` become spaces, so that nothing put in here can forge a header. */
  add(name: string, value: string): this {
    this.#fields.push(field(name, value));
    this.#typed = {};
    return this;
  }

  /** Adds a field before all others of its name: a Via or a Record-Route on top. */
  prepend(name: string, value: string): this {
    const added = field(name, value);
    const at = this.#fields.findIndex((present) => present.key === added.key);
    this.#fields.splice(at < 0 ? 0 : at, 0, added);
    this.#typed = {};
    return this;
  }

  /** Replaces all fields of that name by one, where the first stood. */
  set(name: string, value: string): this {
    const added = field(name, value);
    const at = this.#fields.findIndex((present) => present.key === added.key);
    if (at < 0) return this.add(name, value);
    this.#fields[at] = added;
    this.#fields = this.#fields.filter((present, i) => i <= at || present.key !== added.key);
    this.#typed = {};
    return this;
  }

  remove(name: string): this {
    const key = headerKey(name);
    this.#fields = this.#fields.filter((present) => present.key !== key);
    this.#typed = {};
    return this;
  }

  /** Takes off the first value (not field) and returns it: the topmost Via or Route. */
  removeFirst(name: string): string | undefined {
    const values = this.getAll(name);
    if (values.length === 0) return undefined;
    const first = values.shift()!;
    this.#setAll(name, values);
    return first;
  }

  /** Replaces the first value (not field), or adds it. */
  replaceFirst(name: string, value: string): this {
    const values = this.getAll(name);
    values[0] = value;
    this.#setAll(name, values);
    return this;
  }

  get vias(): readonly Via[] {
    return (this.#typed.vias ??= all(this.getAll("via"), readVia)) ?? [];
  }

  get topVia(): Via {
    return this.vias[0] ?? missing("Via");
  }

  get from(): NameAddr {
    return this.tryFrom() ?? missing("From");
  }

  get to(): NameAddr {
    return this.tryTo() ?? missing("To");
  }

  get cseq(): CSeq {
    return this.tryCSeq() ?? missing("CSeq");
  }

  /** As `from`, for a message that may be broken. */
  tryFrom(): NameAddr | undefined {
    return (this.#typed.from ??= readOne(this.get("from")));
  }

  tryTo(): NameAddr | undefined {
    return (this.#typed.to ??= readOne(this.get("to")));
  }

  tryCSeq(): CSeq | undefined {
    return (this.#typed.cseq ??= readCSeq(this.get("cseq")));
  }

  get callId(): string {
    return this.get("call-id") ?? missing("Call-ID");
  }

  /** Without `*`, which is `isContactStar`. */
  get contacts(): readonly NameAddr[] {
    if (this.#typed.contacts !== undefined) return this.#typed.contacts;
    return (this.#typed.contacts = this.isContactStar ? [] : (all(this.getAll("contact"), readNameAddr) ?? []));
  }

  /** The first contact: the remote target of a dialog. */
  get contact(): NameAddr | undefined {
    return this.contacts[0];
  }

  /** `Contact: *`: remove all bindings (RFC 3261 section 10.2.2). */
  get isContactStar(): boolean {
    return this.get("contact") === "*";
  }

  get routes(): readonly NameAddr[] {
    return (this.#typed.routes ??= all(this.getAll("route"), readNameAddr)) ?? [];
  }

  get recordRoutes(): readonly NameAddr[] {
    return (this.#typed.recordRoutes ??= all(this.getAll("record-route"), readNameAddr)) ?? [];
  }

  /** 0-255. */
  get maxForwards(): number | undefined {
    return readNumber(this.get("max-forwards") ?? "", 255);
  }

  get contentLength(): number | undefined {
    return readNumber(this.get("content-length") ?? "", UINT32_MAX);
  }

  /** Seconds, see `readExpires`. */
  get expires(): number | undefined {
    const value = this.get("expires");
    return value === undefined ? undefined : readExpires(value);
  }

  /** Seconds; a comment and parameters may stand behind (RFC 3261 section 20.33). Undefined where absent or no number below 10^9. */
  get retryAfterS(): number | undefined {
    const digits = /^(\d{1,9})(?![\d.])/.exec(this.get("retry-after") ?? "")?.[1];
    return digits === undefined ? undefined : Number(digits);
  }

  get contentType(): ContentType | undefined {
    const value = this.get("content-type");
    return value === undefined ? undefined : readContentType(value);
  }

  /** Methods that the far side takes, as written. */
  get allow(): readonly string[] {
    return this.#tokens("allow");
  }

  /** Option tags, lower case. */
  get require(): readonly string[] {
    return this.#tokens("require").map((tag) => tag.toLowerCase());
  }

  /** Option tags, lower case. */
  get supported(): readonly string[] {
    return this.#tokens("supported").map((tag) => tag.toLowerCase());
  }

  #tokens(name: string): readonly string[] {
    return this.getAll(name).filter(isToken);
  }

  #setAll(name: string, values: readonly string[]): void {
    const key = headerKey(name);
    const at = this.#fields.findIndex((present) => present.key === key);
    const kept = this.#fields.filter((present) => present.key !== key);
    kept.splice(at < 0 ? kept.length : at, 0, ...values.map((value) => field(name, value)));
    this.#fields = kept;
    this.#typed = {};
  }
}

/** `1*DIGIT method`, the number below 2^31 (RFC 3261 section 8.1.1.5). */
export function readCSeq(text: string | undefined): CSeq | undefined {
  if (text === undefined) return undefined;
  let end = text.indexOf(" ");
  const tab = text.indexOf("\t");
  if (tab >= 0 && (end < 0 || tab < end)) end = tab;
  const sequence = end < 0 ? undefined : readNumber(text.slice(0, end), CSEQ_MAX);
  const method = text.slice(skipSpace(text, end));
  return sequence === undefined || !isToken(method) ? undefined : { sequence, method };
}

/** Seconds, at most 2^32 - 1; what is no number counts as 3600 (RFC 3261 section 20.10). */
export function readExpires(text: string): number {
  if (!/^\d+$/.test(text)) return EXPIRES_DEFAULT_S;
  return Math.min(Number(text), UINT32_MAX);
}

/** `type/subtype;params`; undefined where malformed. */
export function readContentType(text: string): ContentType | undefined {
  const semicolon = text.indexOf(";");
  const type = (semicolon < 0 ? text : text.slice(0, semicolon)).replace(/[ \t]/g, "").toLowerCase();
  const slash = type.indexOf("/");
  if (!isToken(type.slice(0, slash)) || !isToken(type.slice(slash + 1))) return undefined;
  const params = readParams(text, semicolon < 0 ? text.length : semicolon);
  return params && { type, params };
}

function field(name: string, value: string): HeaderField {
  const known = knownHeader(name);
  return { key: known?.key ?? name.toLowerCase(), name: known?.display ?? name, value: trimSpace(/[\r\n]/.test(value) ? value.replace(/[\r\n]+/g, " ") : value) };
}

const readOne = (text: string | undefined): NameAddr | undefined => (text === undefined ? undefined : readNameAddr(text));

/** All values or, where one is malformed, undefined. */
function all<T>(values: readonly string[], read: (text: string) => T | undefined): readonly T[] | undefined {
  if (values.length > VALUES_MAX) return undefined;
  const out: T[] = [];
  for (const value of values) {
    const item = read(value);
    if (item === undefined) return undefined;
    out.push(item);
  }
  return out;
}

function missing(header: string): never {
  throw new SipHeaderError(header);
}
