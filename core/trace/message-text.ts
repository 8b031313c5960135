// A message as a person may read it: what proves a password, and keys in bodies, are cut.

const decoder = new TextDecoder("latin1");
/** Their values answer or pose a riddle about a password. */
const CREDENTIALS = /^((?:proxy-)?authorization|(?:www|proxy)-authenticate|authentication-info)\s*:\s*(\S+)?.*(?:\r?\n[ \t].*)*/gim;
const SDP = /^application\/sdp\b/i;
/** A body that was cut already. */
const CUT = /^\(\d+ bytes of [^)]*\)$/;

export interface MessageText {
  /** The whole of it without secrets. */
  readonly text: string;
  /** `INVITE SDP`, `200 OK (INVITE) SDP`. */
  readonly summary: string;
}

/** @param bytes of a SIP message, maybe cut at its end */
export function messageText(bytes: Uint8Array): MessageText {
  const whole = decoder.decode(bytes);
  const gap = /\r?\n\r?\n/.exec(whole);
  const head = whole.slice(0, gap?.index ?? whole.length);
  const body = gap === null ? "" : whole.slice(gap.index + gap[0].length);
  const type = header(head, "content-type", "c") ?? "";
  const shown = body === "" || SDP.test(type) || CUT.test(body) ? body : `(${body.length} bytes of ${type || "something"})`;
  return { text: `${head.replace(CREDENTIALS, "$1: $2 ***")}\r\n\r\n${shown}`, summary: summarize(head, body !== "" && SDP.test(type)) };
}

function summarize(head: string, sdp: boolean): string {
  const [first = ""] = head.split(/\r?\n/, 1);
  const status = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(first);
  const method = /^\d+\s+(\S+)/.exec(header(head, "cseq") ?? "")?.[1] ?? "";
  const what = status === null ? first.split(" ", 1)[0]! : `${status[1]} ${status[2]} (${method})`;
  return sdp ? `${what} SDP` : what;
}

function header(head: string, name: string, short?: string): string | undefined {
  const line = head.split(/\r?\n/).find((one) => new RegExp(`^(${name}${short === undefined ? "" : `|${short}`})\\s*:`, "i").test(one));
  return line?.slice(line.indexOf(":") + 1).trim();
}
