/** A `sip:` or `sips:` URI (RFC 3261 section 19.1), parts decoded where escaping is allowed. */
export interface SipUri {
  readonly scheme: "sip" | "sips";
  readonly user?: string;
  readonly password?: string;
  /** Lower case; IPv6 with its brackets. */
  readonly host: string;
  readonly port?: number;
  /** Names in lower case; a parameter without a value is the empty string. */
  readonly params: ReadonlyMap<string, string>;
  /** What follows `?`, as received. */
  readonly headers?: string;
}
