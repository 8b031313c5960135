import t from "tap";
import { SimClock } from "../../base/sim-clock.js";
import { SimRandom } from "../../base/sim-random.js";
import type { Endpoint } from "../../base/endpoint.js";
import { createResponse } from "../message/build.js";
import type { SipMessage, SipRequest } from "../message/message.js";
import { parseMessage } from "../message/parse.js";
import { readVia } from "../message/via.js";
import { createCancel } from "./derived-request.js";
import { responseEndpoint, TransactionLayer, type ServerTransaction } from "./layer.js";
import { sampleRequest } from "./rig.js";

const SOURCE: Endpoint = { address: "10.0.0.2", port: 5060 };

function create(transactionsMax = 100) {
  const clock = new SimClock();
  const sent: { message: SipMessage; to: Endpoint }[] = [];
  const log: string[] = [];
  const transactions: ServerTransaction[] = [];
  const layer = new TransactionLayer({
    clock,
    random: new SimRandom(7),
    local: { address: "10.0.0.1", port: 5060 },
    transactionsMax,
    send: (message, to) => void sent.push({ message, to }),
    user: {
      onRequest: (transaction) => {
        transactions.push(transaction);
        log.push(`request ${transaction.request.method}`);
      },
      onMerged: () => void log.push("merged"),
      onAck: () => void log.push("ack"),
      onAckMissing: () => void log.push("ack missing"),
      onOverflow: () => void log.push("overflow"),
    },
  });
  return { clock, sent, log, transactions, layer };
}

/** A message of before RFC 3261: no magic cookie, perhaps no branch. */
function old(method: string, options: { toTag?: string; sequence?: number } = {}): SipRequest {
  const text = [`${method} sip:95001@10.0.0.1 SIP/2.0`, "Via: SIP/2.0/UDP 10.0.0.2:5060", "From: <sip:a@10.0.0.2>;tag=old", `To: <sip:95001@10.0.0.1>${options.toTag === undefined ? "" : `;tag=${options.toTag}`}`, "Call-ID: old-1", `CSeq: ${options.sequence ?? 1} ${method}`, "Contact: <sip:a@10.0.0.2>", "", ""].join("\r\n");
  return parseMessage(new TextEncoder().encode(text)).message as SipRequest;
}

t.test("RFC 3261 17.2.3: same branch and sent-by is a retransmission, another sent-by is not", async (t) => {
  const { layer, log, transactions } = create();
  layer.receive(sampleRequest("OPTIONS"), SOURCE);
  layer.receive(sampleRequest("OPTIONS"), SOURCE);
  t.same(log, ["request OPTIONS"]);
  const elsewhere = sampleRequest("OPTIONS");
  elsewhere.headers.set("Via", "SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bKnashds8").set("Call-ID", "another");
  layer.receive(elsewhere, { address: "10.0.0.3", port: 5060 });
  t.same([log.length, transactions.length, layer.size], [2, 2, 2]);
});

t.test("RFC 3261 17.2.3: the ACK of a rejection finds its INVITE, that of a 2xx is the core's", async (t) => {
  const { layer, log, transactions } = create();
  layer.receive(sampleRequest("INVITE"), SOURCE);
  transactions[0]!.respond(createResponse(transactions[0]!.request, 486, { toTag: "x" }));
  layer.receive(sampleRequest("ACK"), SOURCE);
  t.equal(transactions[0]!.state, "confirmed");
  layer.receive(sampleRequest("ACK", "z9hG4bKother"), SOURCE);
  t.same(log, ["request INVITE", "ack"]);
});

t.test("RFC 3261 17.2.3: a request of RFC 2543 is told by its other fields", async (t) => {
  const { layer, log, transactions } = create();
  layer.receive(old("INVITE"), SOURCE);
  layer.receive(old("INVITE"), SOURCE);
  layer.receive(old("INVITE", { sequence: 2 }), SOURCE);
  t.same(log, ["request INVITE", "request INVITE"]);
  transactions[0]!.respond(createResponse(transactions[0]!.request, 486, { toTag: "ours" }));
  layer.receive(old("ACK", { toTag: "not-ours" }), SOURCE);
  t.same([transactions[0]!.state, log.at(-1)], ["completed", "ack"]);
  layer.receive(old("ACK", { toTag: "ours" }), SOURCE);
  t.equal(transactions[0]!.state, "confirmed");
});

t.test("RFC 3261 9.2: a CANCEL has a transaction of its own and names the INVITE's", async (t) => {
  const { layer, log, transactions } = create();
  const invite = sampleRequest("INVITE");
  layer.receive(invite, SOURCE);
  const cancel = createCancel(invite);
  layer.receive(cancel, SOURCE);
  t.same(log, ["request INVITE", "request CANCEL"]);
  t.equal(layer.cancelledBy(cancel), transactions[0]);
  t.equal(layer.cancelledBy(createCancel(sampleRequest("INVITE", "z9hG4bKunknown"))), undefined);
});

t.test("RFC 3261 8.2.2.2: the same request by two ways is merged, a new one of the same call is not", async (t) => {
  const { layer, log } = create();
  layer.receive(sampleRequest("INVITE", "z9hG4bKway1"), SOURCE);
  layer.receive(sampleRequest("INVITE", "z9hG4bKway2"), SOURCE);
  const next = sampleRequest("INVITE", "z9hG4bKway3");
  next.headers.set("CSeq", "314160 INVITE");
  layer.receive(next, SOURCE);
  t.same(log, ["request INVITE", "merged", "request INVITE"]);
});

t.test("RFC 3261 17.1.3: a response belongs to the request of its branch and method", async (t) => {
  const { layer, sent, clock } = create();
  const heard: number[] = [];
  const request = sampleRequest("BYE");
  request.headers.remove("Via");
  layer.request(request, SOURCE, { onResponse: (response) => void heard.push(response.status), onTimeout: () => void heard.push(0) });
  const out = sent[0]!.message as SipRequest;
  t.match(out.headers.get("via"), /^SIP\/2\.0\/UDP 10\.0\.0\.1:5060;branch=z9hG4bK[a-z2-7]{20};rport$/);
  const answer = createResponse(out, 200);
  const strange = createResponse(sampleRequest("BYE", "z9hG4bKelse"), 200);
  layer.receive(strange, SOURCE);
  layer.receive(answer, SOURCE);
  layer.receive(answer, SOURCE);
  t.same([heard, layer.counts().stray, layer.counts().unanswered], [[200], 1, 0]);
  clock.advanceMs(10_000);
  t.same([layer.size, clock.pending], [0, 0]);
});

t.test("a full table takes nothing more, in either direction, and says so", async (t) => {
  const { layer, log, sent, clock } = create(2);
  layer.receive(sampleRequest("OPTIONS", "z9hG4bKa"), SOURCE);
  const other = sampleRequest("OPTIONS", "z9hG4bKb");
  other.headers.set("Call-ID", "b");
  layer.receive(other, SOURCE);
  const third = sampleRequest("OPTIONS", "z9hG4bKc");
  third.headers.set("Call-ID", "c");
  layer.receive(third, SOURCE);
  t.equal(layer.request(sampleRequest("BYE"), SOURCE, { onResponse: () => undefined, onTimeout: () => undefined }), undefined);
  t.same([log, sent.length, layer.size, layer.counts().overflow], [["request OPTIONS", "request OPTIONS", "overflow"], 0, 2, 2]);
  layer.close();
  t.same([layer.size, clock.pending], [0, 0]);
});

t.test("RFC 3261 18.2.2 and RFC 3581 4: where a response goes", async (t) => {
  const source = { address: "198.51.100.7", port: 31337 };
  for (const [via, port] of [
    ["SIP/2.0/UDP 10.0.0.2:5080;branch=z9hG4bKa", 5080],
    ["SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKa", 5060],
    ["SIP/2.0/UDP 10.0.0.2:5080;rport;branch=z9hG4bKa", 31337],
    ["SIP/2.0/UDP 10.0.0.2;rport=9;branch=z9hG4bKa", 31337],
    ["SIP/2.0/UDP 10.0.0.2;maddr=203.0.113.9;branch=z9hG4bKa", 5060],
  ] as const) t.same(responseEndpoint(readVia(via)!, source), { address: source.address, port }, via);
});

t.test("RFC 3261 18.1.1: what TCP refuses goes to UDP under the same branch; only where it came from there", async (t) => {
  const TCP: Endpoint = { ...SOURCE, protocol: "TCP" };
  for (const [method, timer] of [["INVITE", 500], ["OPTIONS", 500]] as const)
    for (const [title, to, moves] of [["moved to TCP for its size", SOURCE, true], ["meant for TCP", TCP, false]] as const) {
      const clock = new SimClock();
      const sent: string[] = [];
      let lose = (): void => undefined;
      let timeouts = 0;
      const layer = new TransactionLayer({
        clock,
        random: new SimRandom(7),
        local: { address: "10.0.0.1", port: 5060 },
        route: () => TCP,
        send: (message, hop, onLost) => {
          const via = message.headers.topVia;
          sent.push(`${hop.protocol ?? "UDP"} ${via.protocol} ${via.branch!}`);
          lose = onLost;
        },
        user: { onRequest: () => undefined, onMerged: () => undefined, onAck: () => undefined, onAckMissing: () => undefined, onOverflow: () => undefined },
      });
      const request = sampleRequest(method);
      request.headers.remove("via");
      layer.request(request, to, { onResponse: () => undefined, onTimeout: () => void timeouts++ });
      clock.advanceMs(10_000);
      t.equal(sent.length, 1, `${method} ${title}: reliable, sent once`);
      lose();
      clock.advanceMs(timer);
      const branch = sent[0]!.split(" ")[2]!;
      t.same(sent, [`TCP TCP ${branch}`, ...(moves ? [`UDP UDP ${branch}`, `UDP UDP ${branch}`] : [])], `${method} ${title}`);
      t.equal(timeouts, moves ? 0 : 1);
      clock.advanceMs(40_000);
      t.same([timeouts, layer.size, clock.pending], [1, 0, 0]);
    }
});

t.test("RFC 3261 17: transactions of a TCP client are reliable: a lost ACK is not waited for by sending the 486 again", async (t) => {
  const { layer, transactions, sent, clock } = create();
  layer.receive(sampleRequest("INVITE"), { ...SOURCE, protocol: "TCP" });
  transactions[0]!.respond(createResponse(transactions[0]!.request, 486, { toTag: "x" }));
  clock.advanceMs(31_000);
  t.same(sent.map(({ to }) => to), [{ ...SOURCE, protocol: "TCP" }]);
});
