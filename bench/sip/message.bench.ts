// Parsing a message from its bytes, reading all that a call reads, and writing it to bytes again; beside the `sip` package.
import { createRequire } from "node:module";
import { readNameAddr, type NameAddr } from "../../protocol/sip/message/name-addr.js";
import { parseMessage } from "../../protocol/sip/message/parse.js";
import { serializeMessage } from "../../protocol/sip/message/serialize.js";
import type { SipUri } from "../../protocol/sip/message/uri.js";
import { measureNs, type BenchRow } from "../measure.js";
import { SAMPLES } from "./samples.js";

interface PeerUri {
  user?: string;
  host: string;
  port: number;
  params: Record<string, string | null>;
}
interface PeerAddress {
  name?: string;
  uri: string | PeerUri;
  params: Record<string, string | null>;
}
interface PeerVia {
  protocol: string;
  host: string;
  port?: number;
  params: Record<string, string | null>;
}
interface PeerMessage {
  method?: string;
  uri?: string;
  status?: number;
  content: string;
  headers: {
    via: PeerVia[];
    from: PeerAddress;
    to: PeerAddress;
    contact?: PeerAddress[];
    route?: PeerAddress[];
    "record-route"?: PeerAddress[];
    "call-id": string;
    cseq: { seq: number; method: string };
    "content-length": number;
    [name: string]: unknown;
  };
}
interface Peer {
  parse(message: string): PeerMessage | undefined;
  parseUri(uri: string | PeerUri): PeerUri | undefined;
  parseAOR(data: { s: string; i: number }): PeerAddress;
  stringify(message: PeerMessage): string;
}

/** Everything that a call reads of a message, as one text so that both ways can be compared, and none left out. */
type Reads = (string | number | undefined)[];

export function run(): BenchRow[] {
  const peer = createRequire(import.meta.url)("sip") as Peer;
  return Object.entries(SAMPLES).map(([name, bytes]) => {
    const buffer = Buffer.from(bytes);
    const ours = (): number => {
      const message = parseMessage(bytes).message!;
      return weigh(readOurs(message)) + serializeMessage(message).length;
    };
    const theirs = (): number => {
      const message = peer.parse(buffer.toString("latin1"))!;
      const reads = readTheirs(peer, message);
      return weigh(reads) + Buffer.from(peer.stringify(message), "latin1").length;
    };
    const [a, b] = [JSON.stringify(readOurs(parseMessage(bytes).message!)), JSON.stringify(readTheirs(peer, peer.parse(buffer.toString("latin1"))!))];
    if (a !== b) throw new Error(`${name}: the two read different things\n${a}\n${b}`);
    const [oursNs, theirsNs] = measureNs([{ name: "ringward", once: ours }, { name: "sip", once: theirs }]);
    return { name: `${name}, ${bytes.length} bytes: parse, read, serialize`, ours: oursNs!, reference: { name: "sip 0.0.6", value: theirsNs! }, unit: "ns" };
  });
}

/** Depends on every value that was read. */
function weigh(reads: Reads): number {
  let sum = 0;
  for (const value of reads) sum += typeof value === "string" ? value.length : (value ?? 0);
  return sum;
}

function readOurs(message: NonNullable<ReturnType<typeof parseMessage>["message"]>): Reads {
  const { headers } = message;
  const via = headers.topVia;
  const reads: Reads = [headers.vias.length, via.protocol, via.host, via.port, via.branch, via.received, headers.callId, headers.cseq.sequence, headers.cseq.method, headers.maxForwards, headers.contentLength, headers.expires];
  if (message.kind === "request") reads.push(message.method, ...uri(message.uri));
  else reads.push(message.status);
  reads.push(...address(headers.from), headers.from.tag, ...address(headers.to), headers.to.tag);
  for (const contact of headers.contacts) reads.push(...address(contact), contact.params.get("expires"));
  for (const route of headers.routes) reads.push(...address(route));
  for (const route of headers.recordRoutes) reads.push(...address(route), route.uri!.params.get("lr"));
  reads.push(...headers.allow, ...headers.supported, ...headers.require, headers.contentType?.type);
  const identity = headers.get("p-asserted-identity");
  if (identity !== undefined) reads.push(...address(readNameAddr(identity)!));
  reads.push(message.body.length);
  return reads;
}

const uri = (value: SipUri | undefined): Reads => [value!.user, value!.host, value!.port];
const address = (value: NameAddr): Reads => [value.displayName, ...uri(value.uri)];

function readTheirs(peer: Peer, message: PeerMessage): Reads {
  const { headers } = message;
  const via = headers.via[0]!;
  const number = (name: string): number | undefined => (headers[name] === undefined ? undefined : Number(headers[name]));
  const reads: Reads = [headers.via.length, via.protocol, via.host, via.port, via.params["branch"] ?? undefined, via.params["received"] ?? undefined, headers["call-id"], headers.cseq.seq, headers.cseq.method, number("max-forwards"), headers["content-length"], number("expires")];
  const uriOf = (value: string | PeerUri): Reads => {
    const parsed = peer.parseUri(value)!;
    return [parsed.user, parsed.host, Number.isNaN(parsed.port) ? undefined : parsed.port];
  };
  const addressOf = (value: PeerAddress): Reads => [value.name?.replace(/^"|"$/g, ""), ...uriOf(value.uri)];
  if (message.method !== undefined) reads.push(message.method, ...uriOf(message.uri!));
  else reads.push(message.status);
  reads.push(...addressOf(headers.from), headers.from.params["tag"] ?? undefined, ...addressOf(headers.to), headers.to.params["tag"] ?? undefined);
  for (const contact of headers.contact ?? []) reads.push(...addressOf(contact), contact.params["expires"] ?? undefined);
  for (const route of headers.route ?? []) reads.push(...addressOf(route));
  for (const route of headers["record-route"] ?? []) reads.push(...addressOf(route), (route.uri as PeerUri).params["lr"] ?? "");
  const list = (name: string): string[] => (headers[name] === undefined ? [] : (headers[name] as string).split(/\s*,\s*/));
  reads.push(...list("allow"), ...list("supported"), ...list("require"), headers["content-type"] as string | undefined);
  const identity = headers["p-asserted-identity"] as string | undefined;
  if (identity !== undefined) reads.push(...addressOf(peer.parseAOR({ s: identity, i: 0 })));
  reads.push(message.content.length);
  return reads;
}
