import t from "tap";
import { SimClock } from "../../base/sim-clock.js";
import { SimRandom } from "../../base/sim-random.js";
import { createResponse } from "../message/build.js";
import type { SipMessage } from "../message/message.js";
import { TransactionLayer } from "./layer.js";
import { serverKey } from "./match.js";
import { sampleRequest, sampleResponse } from "./rig.js";
import type { SavedTransaction } from "./saved.js";

const PEER = { address: "10.0.0.2", port: 5060 };
const NOW_DEAD_MS = 700;

interface Case {
  readonly rfc: string;
  readonly side: "client" | "server";
  readonly method: "INVITE" | "BYE";
  /** Responses to ours, or our answers to theirs, before it is written down. */
  readonly before: readonly number[];
  /** The same after it was read back. */
  readonly after: readonly number[];
  readonly cutMs: number;
}

const CASES: readonly Case[] = [
  { rfc: "3261 17.1.1: timers A and B go on", side: "client", method: "INVITE", before: [], after: [], cutMs: 1600 },
  { rfc: "3261 17.1.1: a provisional answer came", side: "client", method: "INVITE", before: [180], after: [200, 200], cutMs: 1600 },
  { rfc: "3261 17.1.1: refused after it", side: "client", method: "INVITE", before: [180], after: [486, 486], cutMs: 100 },
  { rfc: "6026 7.2: the 2xx comes again", side: "client", method: "INVITE", before: [180, 200], after: [200], cutMs: 100 },
  { rfc: "3261 17.1.1: an ACK again", side: "client", method: "INVITE", before: [486], after: [486], cutMs: 100 },
  { rfc: "3261 17.1.2: timers E and F go on", side: "client", method: "BYE", before: [], after: [], cutMs: 1600 },
  { rfc: "3261 17.1.2: answered after it", side: "client", method: "BYE", before: [100], after: [200], cutMs: 1600 },
  { rfc: "3261 17.2.1: rings", side: "server", method: "INVITE", before: [100, 180], after: [200], cutMs: 5000 },
  { rfc: "3261 17.2.1: timers G and H go on", side: "server", method: "INVITE", before: [486], after: [], cutMs: 1600 },
  { rfc: "6026 7.1: answered", side: "server", method: "INVITE", before: [200], after: [200], cutMs: 1600 },
  { rfc: "3261 17.2.2: the answer again", side: "server", method: "BYE", before: [200], after: [], cutMs: 1600 },
];

class Rig {
  readonly clock = new SimClock();
  readonly log: string[] = [];
  #layer = this.#build();

  #build(): TransactionLayer {
    return new TransactionLayer({
      clock: this.clock,
      random: new SimRandom(1),
      local: { address: "10.0.0.1", port: 5060 },
      send: (message, to) => void this.#say(`send ${described(message)} to ${to.port}`),
      user: {
        onRequest: (transaction) => void this.#say(`request ${transaction.request.method}`),
        onMerged: () => void this.#say("merged"),
        onAck: () => void this.#say("ack"),
        onAckMissing: () => void this.#say("no ack"),
        onOverflow: () => undefined,
      },
    });
  }

  get size(): number {
    return this.#layer.size;
  }

  readonly #user = { onResponse: ({ status }: { readonly status: number }) => void this.#say(`tu ${status}`), onTimeout: () => void this.#say("timeout") };
  readonly request;

  constructor(readonly test: Case) {
    this.request = sampleRequest(test.method);
  }

  run(): void {
    if (this.test.side === "client") this.#layer.request(this.request, PEER, this.#user);
    else this.#layer.receive(sampleRequest(this.test.method), PEER);
    this.take(this.test.before);
    this.clock.advanceMs(this.test.cutMs);
  }

  take(statuses: readonly number[]): void {
    for (const status of statuses) {
      if (this.test.side === "client") this.#layer.receive(sampleResponse(this.request, status), PEER);
      else this.#layer.server(serverKey(this.request))!.respond(createResponse(this.request, status, { toTag: "ours" }));
    }
  }

  /** A retransmission of theirs. */
  again(): void {
    if (this.test.side === "server") this.#layer.receive(sampleRequest(this.test.method), PEER);
  }

  /** Another process, as long after as nothing happened in. */
  restart(downMs: number): void {
    const saved = JSON.parse(JSON.stringify(this.#layer.save())) as readonly SavedTransaction[];
    this.#layer.close();
    this.clock.advanceMs(downMs);
    this.#layer = this.#build();
    for (const one of saved) {
      if (one.kind === "client") this.#layer.restoreClient(one, downMs, this.#user);
      else this.#layer.restoreServer(one, downMs);
    }
  }

  #say(what: string): void {
    this.log.push(`${what} @${this.clock.monoMs()}`);
  }
}

const described = (message: SipMessage): string => (message.kind === "request" ? `${message.method} ${message.headers.cseq.sequence}` : String(message.status));

for (const test of CASES)
  t.test(`RFC ${test.rfc}: a ${test.side}'s ${test.method} goes on from what was written down`, async (t) => {
    const logs = [false, true].map((restarted) => {
      const rig = new Rig(test);
      rig.run();
      if (restarted) rig.restart(0);
      rig.again();
      rig.take(test.after);
      rig.clock.advanceMs(100_000);
      t.same([rig.size, rig.clock.pending], [0, 0], "nothing is left");
      return rig.log;
    });
    t.same(logs[1], logs[0]);
  });

t.test("what fell due while no process ran is done at once, the rest at its time", async (t) => {
  const rig = new Rig({ ...CASES[0]!, cutMs: 400 });
  rig.run();
  rig.restart(NOW_DEAD_MS);
  rig.clock.advanceMs(100_000);
  t.same(rig.log.slice(0, 3), ["send INVITE 314159 to 5060 @0", `send INVITE 314159 to 5060 @${400 + NOW_DEAD_MS}`, `send INVITE 314159 to 5060 @${400 + NOW_DEAD_MS + 1000}`]);
  t.equal(rig.log.at(-1), "timeout @32000");
});

t.test("a request that nobody answered yet is not kept: its retransmission is new", async (t) => {
  const rig = new Rig({ rfc: "", side: "server", method: "BYE", before: [], after: [], cutMs: 100 });
  rig.run();
  rig.restart(0);
  rig.again();
  t.equal(rig.log.filter((line) => line.startsWith("request")).length, 2);
});
