import t from "tap";
import { SimRandom } from "../../base/sim-random.js";
import { createResponse } from "./build.js";
import { inspectRequest } from "./inspect.js";
import type { SipMessage } from "./message.js";
import { parseMessage } from "./parse.js";
import { serializeMessage } from "./serialize.js";
import { TORTURE_VECTORS } from "./torture/vectors.js";

const ROUNDS = 20_000;
/** The run ends here on a slow machine; what it covered until then is printed. */
const BUDGET_MS = 2000;
const OURS = { methods: ["INVITE", "ACK", "CANCEL", "BYE", "REGISTER", "OPTIONS"], extensions: [], contentTypes: ["application/sdp"] };
const PIECES = ["\r\n", "\r\n ", "\r", "\n", "\0", '"', "<", ">", ";", ",", ":", "=", "%", "@", "*", " ", "\t", "99999999999999999999", "-1", "SIP/2.0", "v:", "Content-Length: 1\r\n", "\\", "[", "\ufeff", "甲"].map((piece) => new TextEncoder().encode(piece));

/** All that the typed readers say; throws where one does. */
function readAll({ headers }: SipMessage): unknown {
  const { vias, topVia, from, to, cseq, callId, contacts, isContactStar, routes, recordRoutes, maxForwards, contentType, expires, allow, require, supported } = headers;
  return { vias, topVia, from, to, cseq, callId, contacts, isContactStar, routes, recordRoutes, maxForwards, contentType, expires, allow, require, supported };
}

const comparable = (message: SipMessage): unknown => ({
  line: message.kind === "request" ? [message.method, message.rawUri, message.uri] : [message.status, message.reason],
  fields: message.headers.fields.filter(({ key }) => key !== "content-length"),
  body: [...message.body],
  typed: readAll(message),
});

t.test("RFC 4475, mutated: no exception, and what is accepted reads the same after writing", async (t) => {
  const random = new SimRandom(4475);
  const below = (limit: number): number => Math.floor(random.next() * limit);
  const seeds = TORTURE_VECTORS.map((vector) => vector.bytes());
  const began = process.hrtime.bigint();
  let rounds = 0;
  let accepted = 0;
  let answered = 0;
  for (; rounds < ROUNDS && (rounds % 256 !== 0 || Number(process.hrtime.bigint() - began) / 1e6 < BUDGET_MS); rounds++) {
    let bytes = Array.from(seeds[below(seeds.length)]!);
    for (let n = below(4); n > 0; n--) {
      const at = below(bytes.length);
      const other = seeds[below(seeds.length)]!;
      const from = below(other.length);
      const piece = [PIECES[below(PIECES.length)]!, other.subarray(from, from + below(40)), [below(256)]][below(3)]!;
      bytes = [...bytes.slice(0, at), ...piece, ...bytes.slice(at + below(6))];
    }
    const where = `seed ${random.seed}, round ${rounds}`;
    try {
      const { message, fault } = parseMessage(Uint8Array.from(bytes));
      if (fault?.answer !== undefined) {
        answered++;
        serializeMessage(createResponse(fault.answer.request, fault.answer.status, { toTag: "t" }));
      }
      if (message === undefined) continue;
      accepted++;
      if (message.kind === "request") inspectRequest(message, OURS);
      const again = parseMessage(serializeMessage(message));
      if (again.message === undefined) t.fail(`${where}: our own writing is refused: ${again.fault.code} ${again.fault.detail}`);
      else if (JSON.stringify(comparable(again.message)) !== JSON.stringify(comparable(message))) t.same(comparable(again.message), comparable(message), where);
    } catch (error) {
      t.fail(`${where}: ${String(error)}`);
    }
  }
  t.ok(accepted > rounds / 20 && answered > rounds / 20, `${rounds} messages: ${accepted} accepted, ${answered} answered with a fault`);
});
