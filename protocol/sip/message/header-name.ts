// Names of header fields: case, compact forms (RFC 3261 section 7.3.3), and which may stand once or hold a list.

/** Canonical spelling and compact form; what is not here is an extension header and keeps its own spelling. */
const KNOWN: readonly (readonly [name: string, compact?: string])[] = [
  ["Accept"], ["Accept-Contact", "a"], ["Accept-Encoding"], ["Accept-Language"], ["Alert-Info"], ["Allow"], ["Allow-Events", "u"],
  ["Authentication-Info"], ["Authorization"], ["Call-ID", "i"], ["Call-Info"], ["Contact", "m"], ["Content-Disposition"],
  ["Content-Encoding", "e"], ["Content-Language"], ["Content-Length", "l"], ["Content-Type", "c"], ["CSeq"], ["Date"], ["Diversion"],
  ["Error-Info"], ["Event", "o"], ["Expires"], ["From", "f"], ["History-Info"], ["In-Reply-To"], ["Max-Forwards"], ["MIME-Version"],
  ["Min-Expires"], ["Min-SE"], ["Organization"], ["P-Asserted-Identity"], ["P-Preferred-Identity"], ["Path"], ["Priority"], ["Privacy"],
  ["Proxy-Authenticate"], ["Proxy-Authorization"], ["Proxy-Require"], ["RAck"], ["RSeq"], ["Reason"], ["Record-Route"], ["Refer-To", "r"],
  ["Referred-By", "b"], ["Reject-Contact", "j"], ["Replaces"], ["Reply-To"], ["Request-Disposition", "d"], ["Require"], ["Retry-After"],
  ["Route"], ["Server"], ["Service-Route"], ["Session-Expires", "x"], ["Subject", "s"], ["Subscription-State"], ["Supported", "k"],
  ["Timestamp"], ["To", "t"], ["Unsupported"], ["User-Agent"], ["Via", "v"], ["WWW-Authenticate"], ["Warning"],
];

const LISTS = new Set(
  ("accept accept-contact accept-encoding accept-language alert-info allow allow-events call-info contact content-encoding content-language diversion " +
    "error-info history-info in-reply-to p-asserted-identity p-preferred-identity path proxy-require reason record-route reject-contact " +
    "request-disposition require route service-route supported unsupported via warning").split(" "),
);

const SINGLE = "call-id content-disposition content-length content-type cseq date event expires from max-forwards mime-version min-expires rack refer-to replaces rseq session-expires subject subscription-state to".split(" ");

export interface KnownHeader {
  readonly key: string;
  readonly display: string;
  readonly list: boolean;
  /** A bit of its own where a message with two of these is malformed (RFC 3261 section 7.3.1), else 0. */
  readonly single: number;
}

const known = new Map<string, KnownHeader>();
for (const [display, compact] of KNOWN) {
  const key = display.toLowerCase();
  const header: KnownHeader = { key, display, list: LISTS.has(key), single: SINGLE.includes(key) ? 1 << SINGLE.indexOf(key) : 0 };
  for (const name of [display, key, ...(compact === undefined ? [] : [compact, compact.toUpperCase()])]) known.set(name, header);
}

/** What is known of a header by its name in any case and form. */
export const knownHeader = (name: string): KnownHeader | undefined => known.get(name) ?? known.get(name.toLowerCase());

/** The lower-case long name that a header is kept under: `v`, `VIA` and `Via` are `via`. */
export const headerKey = (name: string): string => knownHeader(name)?.key ?? name.toLowerCase();

/** Whether commas separate values; elsewhere (Date, Subject, challenges) they belong to the value. */
export const isListHeader = (key: string): boolean => known.get(key)?.list ?? false;
