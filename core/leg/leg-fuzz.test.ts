import t from "tap";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { randomBelow } from "../../protocol/base/random.js";
import type { RecordingId } from "../../media/engine/command.js";
import type { SessionEnd } from "../signaling/session.js";
import { farSdp, LegRig, settle } from "./leg-rig.js";

const CAUSES: readonly SessionEnd["cause"][] = ["bye", "cancelled", "rejected", "timeout", "no-ack", "transport", "shutdown"];
const recording = "r" as RecordingId;

/** Everything that can happen to a leg, at any moment, sensible or not. */
const STEPS: readonly ((rig: LegRig, random: SimRandom) => unknown)[] = [
  (rig) => rig.opened(),
  (rig) => rig.opened(),
  (rig) => rig.media.emit({ type: "leg.failed", leg: rig.leg.id, reason: "worker" }),
  (rig) => rig.leg.ring(),
  (rig) => void rig.leg.answer().catch(() => undefined),
  (rig) => void rig.leg.answer().catch(() => undefined),
  (rig) => rig.session.events?.onConfirmed(undefined),
  (rig) => rig.session.events?.onConfirmed(farSdp()),
  (rig) => rig.session.events?.onProgress(180, undefined),
  (rig) => rig.session.events?.onAnswered(farSdp()),
  (rig) => rig.session.events?.onAnswered("v=1"),
  (rig) => rig.session.events?.onOffer(farSdp({ direction: "sendonly" })),
  (rig) => rig.session.events?.onOffer(undefined),
  (rig) => rig.leg.reject(486),
  (rig) => rig.leg.hangup(),
  (rig) => rig.leg.shutdown(),
  (rig) => rig.media.emit({ type: "dtmf", leg: rig.leg.id, digit: "5" }),
  (rig) => rig.media.emit({ type: "media.silent", leg: rig.leg.id, expected: "a", received: 0, foreign: 0 }),
  (rig) => (rig.leg.state === "answered" ? rig.leg.startRecording(recording) : undefined),
  (rig) => rig.media.emit({ type: "record.closed", leg: rig.leg.id, recording, durationMs: 1, sha256: "0" }),
  (rig) => (rig.leg.state === "answered" ? rig.leg.play([], { bargeIn: true, repeat: true }) : undefined),
  (rig) => rig.leg.mask(true),
  (rig) => rig.closed(),
  (rig, random) => rig.clock.advanceMs(randomBelow(random, 3000)),
];

t.test("whatever happens in whatever order, a leg ends once and gives back what it took", async (t) => {
  let answered = 0;
  for (let seed = 1; seed <= 2000; seed++) {
    const random = new SimRandom(seed);
    const rig = new LegRig({ direction: seed % 2 === 0 ? "incoming" : "outgoing", offer: seed % 6 === 0 ? "none" : farSdp() });
    if (seed % 3 === 0 && seed % 6 !== 0) await rig.talk();
    const steps = 1 + randomBelow(random, 25);
    for (let i = 0; i < steps; i++) {
      STEPS[randomBelow(random, STEPS.length)]!(rig, random);
      if (randomBelow(random, 2) === 0) await settle();
    }
    rig.leg.hangup();
    rig.session.events?.onEnded({ by: "remote", cause: CAUSES[randomBelow(random, CAUSES.length)]! });
    await settle();
    rig.clock.advanceMs(20_000);
    await settle();
    const events = rig.told.filter((event) => /^end/.test(event));
    const ends = rig.seen.filter((observation) => observation.type === "leg.ended").length;
    if (rig.told.includes("answered")) answered += 1;
    // Who was told of a port closes it, unless the media plane has taken it back.
    const closed = !rig.heard.includes("leg.opened") || rig.heard.includes("leg.failed") || rig.heard.includes("leg.closed") || rig.media.types().includes("leg.close");
    const left = { ends, closed, told: events.map((event) => event.split(" ")[0]), last: rig.told.at(-1)?.split(" ")[0], answers: rig.told.filter((event) => event === "answered").length <= 1, timers: rig.clock.pending, listeners: rig.hub.size, state: rig.leg.state };
    const good = { ends: 1, closed: true, told: ["ending", "ended"], last: "ended", answers: true, timers: 0, listeners: 0, state: "ended" };
    if (JSON.stringify(left) !== JSON.stringify(good)) t.same(left, good, `seed ${seed}`);
  }
  t.comment(`2000 seeds, ${answered} legs were answered`);
  t.ok(answered > 300);
});
