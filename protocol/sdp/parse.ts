// Text of a session description to data (RFC 8866 sections 5 and 9). Lines may end in LF alone (section 5).
import type { SdpAttribute, SdpFault, SdpFaultCode, SdpMedia, SdpOrigin, SdpSession } from "./session.js";

/** Characters of a whole description; well above what a browser with many codecs sends. */
export const SDP_LENGTH_MAX = 32_768;
export const SDP_LINE_LENGTH_MAX = 2048;
export const SDP_LINES_MAX = 1024;
export const SDP_MEDIA_MAX = 16;
export const SDP_FORMATS_MAX = 64;

export type SdpResult = { readonly session: SdpSession; readonly fault?: never } | { readonly fault: SdpFault; readonly session?: never };

const TOKEN = /^[!#$%&'*+\-.^_`{|}~A-Za-z0-9]+$/;
const ORIGIN = /^([^ ]+) +(\d{1,40}) +(\d{1,40}) +IN +IP[46] +([^ ]+)$/;
const CONNECTION = /^IN +IP[46] +([^ /]+)(?:\/\d{1,10}){0,2}$/;
const MEDIA = /^([A-Za-z0-9-]+) +(\d{1,5})(?:\/\d{1,5})? +([A-Za-z0-9/-]+) +([^ ].*)$/;

interface MediaDraft {
  readonly kind: string;
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly string[];
  address: string | undefined;
  readonly attributes: SdpAttribute[];
}

/** Never throws. Asked for are `v=0` first and a readable `o=`; `s=` and `t=`, which no call reads, may be missing. */
export function parseSdp(text: string): SdpResult {
  if (text.length > SDP_LENGTH_MAX) return fault("sdp.limit", "too long");
  const lines = text.split(/\r\n|\n|\r/);
  while (lines.at(-1) === "") lines.pop();
  if (lines.length > SDP_LINES_MAX) return fault("sdp.limit", "too many lines");
  if (lines[0] !== "v=0") return fault(/^v=/.test(lines[0] ?? "") ? "sdp.version" : "sdp.syntax", "does not begin with v=0");
  let origin: SdpOrigin | undefined;
  let address: string | undefined;
  const attributes: SdpAttribute[] = [];
  const media: MediaDraft[] = [];
  for (const line of lines.slice(1)) {
    const value = line.slice(2);
    if (line.length > SDP_LINE_LENGTH_MAX) return fault("sdp.limit", "a line is too long");
    if (!/^[a-z]=/.test(line) || line.includes("\0")) return fault("sdp.syntax", "a line is not of the form type=value");
    const current = media.at(-1);
    switch (line[0]) {
      case "o": {
        const match = ORIGIN.exec(value);
        if (match === null || origin !== undefined) return fault("sdp.syntax", "o=");
        origin = { username: match[1]!, sessionId: match[2]!, version: match[3]!, address: match[4]! };
        break;
      }
      case "c": {
        const match = CONNECTION.exec(value);
        if (match === null) return fault("sdp.syntax", "c=");
        // A media description may name several addresses for layered multicast; the first one is enough to send to.
        if (current === undefined) address ??= match[1];
        else current.address ??= match[1];
        break;
      }
      case "a": {
        const attribute = readAttribute(value);
        if (attribute === undefined) return fault("sdp.syntax", "a=");
        (current?.attributes ?? attributes).push(attribute);
        break;
      }
      case "m": {
        const draft = readMedia(value);
        if (draft === undefined) return fault("sdp.syntax", "m=");
        if (media.push(draft) > SDP_MEDIA_MAX || draft.formats.length > SDP_FORMATS_MAX) return fault("sdp.limit", "too many media or formats");
        break;
      }
      case "v":
        return fault("sdp.syntax", "v= twice");
      default:
        break;
    }
  }
  if (origin === undefined) return fault("sdp.syntax", "no o=");
  return { session: { origin, address, attributes, media: media satisfies SdpMedia[] } };
}

function readAttribute(value: string): SdpAttribute | undefined {
  const colon = value.indexOf(":");
  const name = colon < 0 ? value.trimEnd() : value.slice(0, colon);
  return TOKEN.test(name) ? { name, value: colon < 0 ? "" : value.slice(colon + 1).trim() } : undefined;
}

function readMedia(value: string): MediaDraft | undefined {
  const match = MEDIA.exec(value);
  if (match === null) return undefined;
  const port = Number(match[2]);
  return port > 65_535 ? undefined : { kind: match[1]!.toLowerCase(), port, protocol: match[3]!.toUpperCase(), formats: match[4]!.trim().split(/ +/), address: undefined, attributes: [] };
}

const fault = (code: SdpFaultCode, detail: string): SdpResult => ({ fault: { code, detail } });
