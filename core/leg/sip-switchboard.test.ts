import t from "tap";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { MediaHub } from "../media-port/media-hub.js";
import type { IncomingSession, InviteRequest } from "../signaling/session.js";
import { CallAdmission } from "../trunks/admission.js";
import { Trunks } from "../trunks/trunk.js";
import { COUNTERS, farSdp, ScriptedMedia, ScriptedSession, settle } from "./leg-rig.js";
import type { LegObservation } from "./observation.js";
import type { SipLeg } from "./sip-leg.js";
import { SipSwitchboard } from "./sip-switchboard.js";

class Rig {
  readonly clock = new SimClock();
  readonly media = new ScriptedMedia();
  readonly hub = new MediaHub({ media: this.media });
  readonly trunks = new Trunks([{ name: "carrier", sources: ["127.0.0.1"], maxCalls: 2 }]);
  readonly admission = new CallAdmission({ clock: this.clock, trunks: this.trunks, maxCalls: 100, emergencyNumbers: [], isVip: () => false });
  readonly invites: { readonly request: InviteRequest; readonly session: ScriptedSession }[] = [];
  readonly incoming: { readonly leg: SipLeg; readonly called: string }[] = [];
  readonly seen: LegObservation[] = [];
  readonly lost: string[] = [];
  readonly switchboard: SipSwitchboard;
  #call: (session: IncomingSession) => void = () => {};

  constructor(legsMax = 100) {
    const contacts: Record<string, readonly { uri: string; source: { address: string; port: number } }[]> = {
      "1001": [
        { uri: "sip:1001@10.0.0.2:5070?Route=%3Csip:evil.example%3E", source: { address: "203.0.113.5", port: 40000 } },
        { uri: "sip:1001@10.0.0.3;ob", source: { address: "203.0.113.6", port: 5060 } },
      ],
    };
    this.switchboard = new SipSwitchboard({
      clock: this.clock,
      random: new SimRandom(5),
      hub: this.hub,
      node: "n1",
      legsMax,
      whileHeld: [{ kind: "silence", durationMs: 1000 }],
      signaling: {
        onIncoming: (listener) => void (this.#call = listener),
        invite: (request) => {
          const session = new ScriptedSession("outgoing");
          this.invites.push({ request, session });
          return session.asOutgoing;
        },
        session: () => undefined, dialog: () => ({ state: "unknown" }),
      },
      contacts: { contacts: (extension) => contacts[extension] ?? [], lost: (extension, { uri }) => void this.lost.push(`${extension} ${uri}`) },
      parties: {
        phone: (extension) => (extension.startsWith("100") ? { nat: true, displayName: "Desk" } : undefined),
        trunk: (name) => this.trunks.get(name),
        admit: (call) => this.admission.admit(call), occupyTrunk: (name, number) => this.admission.occupy(name, number), restTrunk: (name, seconds) => this.admission.rest(name, seconds),
      },
      observe: (o) => void this.seen.push(o),
    });
  }

  /** A caller, and what its session was told. */
  call(origin: IncomingSession["origin"] = { kind: "trunk", name: "carrier" }, offer = farSdp()): ScriptedSession {
    const session = new ScriptedSession("incoming", offer, origin);
    this.#call(session.asIncoming);
    return session;
  }

  listen(): this {
    this.switchboard.onIncoming((leg, called) => void this.incoming.push({ leg, called }));
    return this;
  }

  openAll(): void {
    let port = 20000;
    for (const command of [...this.media.commands]) if (command.type === "leg.open") this.media.emit({ type: "leg.opened", leg: command.leg, address: "127.0.0.1", port: (port += 2) });
  }

  closeAll(): void {
    for (const command of [...this.media.commands]) if (command.type === "leg.close") this.media.emit({ type: "leg.closed", leg: command.leg, counters: COUNTERS });
  }

  async answeredCaller(): Promise<{ readonly leg: SipLeg; readonly session: ScriptedSession }> {
    const session = this.call();
    const { leg } = this.incoming.at(-1)!;
    this.openAll();
    const answered = leg.answer();
    session.events!.onConfirmed(undefined);
    await answered;
    return { leg, session };
  }
}

const PATIENT = { number: "13800000002" };

t.test("a caller becomes a leg with the number that was dialled; a full trunk answers 503", async (t) => {
  const rig = new Rig().listen();
  const [first, , third] = [rig.call(), rig.call(), rig.call()];
  t.same(rig.incoming.map(({ called }) => called), ["95001", "95001"]);
  t.match(rig.incoming[0]!.leg, { origin: { kind: "trunk", name: "carrier" }, direction: "incoming", remote: { number: "13800000002" } });
  t.same([first.done, third!.done], [[], ["503 cause=34"]]);
  t.equal(new Set(rig.switchboard.legs.map((leg) => leg.id)).size, 2);
  rig.openAll();
  first.events!.onEnded({ by: "remote", cause: "cancelled" });
  rig.closeAll();
  await settle();
  t.equal(rig.trunks.get("carrier")?.calls, 1, "its place is free again");
  t.same(rig.call().done, []);
});

t.test("nobody to take the call, too many legs, or going down: 503, and when to come back", async (t) => {
  t.same(new Rig().call().done, ["503 retryAfter=10"]);
  const full = new Rig(1).listen();
  full.call();
  t.same(full.call({ kind: "phone", name: "1001" }).done, ["503 retryAfter=10"]);
  const draining = new Rig().listen();
  draining.switchboard.drain();
  t.same(draining.call().done, ["503 retryAfter=10"]);
  t.same(draining.switchboard.dial({ kind: "phone", extension: "1001" }, { from: PATIENT, callId: "c" }), []);
});

t.test("a listener that throws costs that call a 500 and leaves nothing", async (t) => {
  const rig = new Rig();
  rig.switchboard.onIncoming(() => {
    throw new Error("boom");
  });
  const session = rig.call();
  t.same(session.done, ["500"]);
  rig.openAll();
  session.events!.onEnded({ by: "local", cause: "rejected" });
  rig.closeAll();
  await settle();
  t.same([rig.switchboard.legs.length, rig.trunks.get("carrier")?.calls, rig.hub.size, rig.clock.pending], [0, 0, 0, 0]);
  t.equal(rig.seen.filter((o) => o.type === "leg.listener-failed").length, 1);
});

t.test("RFC 5626 5.3: a contact that can't be connected to is told to be lost; one that does not answer is not", async (t) => {
  const rig = new Rig().listen();
  rig.switchboard.dial({ kind: "phone", extension: "1001" }, { from: PATIENT, callId: "call-9" });
  rig.openAll();
  t.same(rig.invites.map(({ request }) => request.registered), [true, true]);
  rig.invites[0]!.session.events!.onEnded({ by: "failure", cause: "transport", status: 430 });
  rig.invites[1]!.session.events!.onEnded({ by: "failure", cause: "timeout", status: 408 });
  rig.closeAll();
  await settle();
  t.same(rig.lost, ["1001 sip:1001@10.0.0.2:5070?Route=%3Csip:evil.example%3E"]);
});

t.test("dialling an extension rings every contact where it registered from", async (t) => {
  const rig = new Rig().listen();
  const caller = await rig.answeredCaller();
  const legs = rig.switchboard.dial({ kind: "phone", extension: "1001" }, { from: PATIENT, callId: "call-9", peer: caller.leg });
  t.equal(legs.length, 2);
  rig.openAll();
  t.same(
    rig.invites.map(({ request }) => [request.uri, request.to, request.from, request.callId]),
    [
      ["sip:1001@10.0.0.2:5070", { address: "203.0.113.5", port: 40000 }, PATIENT, "call-9"],
      ["sip:1001@10.0.0.3;ob", { address: "203.0.113.6", port: 5060 }, PATIENT, "call-9"],
    ],
    "RFC 3261 19.1.5: header fields that a contact asks for are not copied",
  );
  t.match(rig.invites[0]!.request.offer, /m=audio \d+ RTP\/AVP 0 8 101\r\n/, "what the caller speaks comes first, so that both can be relayed");
  t.match(legs[0], { direction: "outgoing", origin: { kind: "phone", name: "1001" }, remote: { number: "1001", displayName: "Desk" } });
  t.same(rig.switchboard.dial({ kind: "phone", extension: "1002" }, { from: PATIENT, callId: "c" }), [], "not registered");
  t.same(rig.switchboard.dial({ kind: "phone", extension: "9999" }, { from: PATIENT, callId: "c" }), [], "no such extension");
});

t.test("a caller who rings still gets the codec that the dialled phone chose, where the caller has it", async (t) => {
  for (const [offered, chosen] of [[["PCMU", "PCMA"], "PCMA"], [["PCMU"], "PCMU"]] as const) {
    const rig = new Rig().listen();
    const session = rig.call({ kind: "phone", name: "1003" }, farSdp({ codecs: offered }));
    const caller = rig.incoming[0]!.leg;
    rig.switchboard.dial({ kind: "phone", extension: "1001" }, { from: PATIENT, callId: "c", peer: caller });
    rig.openAll();
    rig.invites[0]!.session.events!.onAnswered(farSdp({ codecs: ["PCMA"] }));
    void caller.answer();
    t.match(session.answered[0], chosen === "PCMA" ? /RTP\/AVP 8 101\r\n/ : /RTP\/AVP 0 101\r\n/);
    t.equal(caller.codec, chosen);
  }
});

t.test("two answered legs are joined until told otherwise or one ends", async (t) => {
  const rig = new Rig().listen();
  const caller = await rig.answeredCaller();
  const [agent] = rig.switchboard.dial({ kind: "phone", extension: "1001" }, { from: PATIENT, callId: "c" }) as [SipLeg];
  t.throws(() => rig.switchboard.bridge(caller.leg, agent), { code: "LEG_NOT_ANSWERED" });
  rig.openAll();
  rig.invites[0]!.session.events!.onAnswered(farSdp());
  const count = (type: string): number => rig.media.types().filter((other) => other === type).length;
  const undo = rig.switchboard.bridge(caller.leg, agent);
  t.match(rig.media.commands.at(-1), { type: "bridge", legs: [caller.leg.id, agent.id] });
  undo();
  undo();
  t.equal(count("unbridge"), 1);
  const again = rig.switchboard.bridge(caller.leg, agent);
  caller.session.events!.onEnded({ by: "remote", cause: "bye" });
  again();
  t.equal(count("unbridge"), 1, "the end of a leg is the end of its bridge");
  t.throws(() => rig.switchboard.bridge(caller.leg, agent), { code: "LEG_ENDED" });
});

t.test("shutting down ends every leg and waits for the last, with or without an answer from below", async (t) => {
  const rig = new Rig().listen();
  await rig.answeredCaller();
  rig.switchboard.dial({ kind: "phone", extension: "1001" }, { from: PATIENT, callId: "c" });
  let done = false;
  const down = rig.switchboard.shutdown().then(() => (done = true));
  await settle();
  t.same([done, rig.switchboard.legs.length], [false, 3]);
  await rig.clock.runMs(5000);
  await down;
  t.same([rig.switchboard.legs.length, rig.hub.size, rig.clock.pending], [0, 0, 0]);
  t.same(rig.seen.flatMap((o) => (o.type === "leg.ended" ? [o.end.cause] : [])), ["shutdown", "shutdown", "shutdown"]);
  await rig.switchboard.shutdown();
});

t.test("RFC 3264 8.4: while one side holds the call the other hears that it waits, and hears the talk again afterwards", async (t) => {
  const rig = new Rig().listen();
  const [first, second] = [await rig.answeredCaller(), await rig.answeredCaller()];
  const undo = rig.switchboard.bridge(first.leg, second.leg);
  const plays = (): readonly string[] => rig.media.commands.flatMap((command) => (command.type === "play" ? [`${command.leg === first.leg.id ? "first" : "second"} hears ${command.items.length}, ${command.repeat ? "over and over" : "once"}`] : command.type === "play.stop" ? ["stop"] : []));
  second.session.events!.onOffer(farSdp({ direction: "inactive" }));
  t.same(plays(), ["first hears 1, over and over"]);
  second.session.events!.onOffer(farSdp());
  t.same(plays().slice(1), ["stop"]);
  first.session.events!.onOffer(farSdp({ direction: "sendonly" }));
  t.same(plays().slice(2), ["second hears 1, over and over"]);
  undo();
  t.same(plays().slice(3), ["stop"], "nobody waits for whom nobody talks to");
  rig.switchboard.bridge(first.leg, second.leg);
  t.same(plays().slice(4), ["second hears 1, over and over"], "a bridge to somebody who holds");
  first.session.events!.onEnded({ by: "remote", cause: "bye" });
  rig.closeAll();
  await settle();
  t.same(plays().slice(5), ["stop"]);
});
