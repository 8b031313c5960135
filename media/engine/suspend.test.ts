import t, { type Test } from "tap";
import { seqDiff16, tsDiff32 } from "../../protocol/base/sequence.js";
import { strongestTone } from "../dsp/goertzel.js";
import { createSystemSha256 } from "../worker/system-sha256.js";
import type { BridgeId, RecordingId, SuspendedMedia } from "./command.js";
import { leg, SimMedia } from "./testing/sim-media.js";
import type { SimPhone } from "./testing/sim-phone.js";

const DOWN_MS = 1500;
const bridge = "b1" as BridgeId;

function checkTone(t: Test, sound: Int16Array, frequencyHz: number): void {
  t.ok(Math.abs(strongestTone(sound, 8000).frequencyHz - frequencyHz) <= 1, `${frequencyHz} Hz`);
}

/** One SSRC, no number left out or told twice, and the timestamps of the pause are those of its length. */
function checkStream(t: Test, phone: SimPhone, clockPerMs: number): void {
  const { heard } = phone;
  t.equal(new Set(heard.map((packet) => packet.ssrc)).size, 1, "one SSRC");
  const steps = heard.slice(1).map((packet, i) => ({ seq: seqDiff16(packet.seq, heard[i]!.seq), units: tsDiff32(packet.rtpTime, heard[i]!.rtpTime), ms: packet.atMs - heard[i]!.atMs }));
  t.same(steps.filter(({ seq }) => seq !== 1), []);
  const pause = steps.reduce((longest, step) => (step.ms > longest.ms ? step : longest));
  t.ok(pause.ms >= DOWN_MS, "a pause");
  t.ok(Math.abs(pause.units / clockPerMs - pause.ms) <= 20, `${pause.ms} ms are ${pause.units / clockPerMs} ms in timestamps`);
}

const suspended = async (media: SimMedia, names: readonly string[]): Promise<readonly (SuspendedMedia | undefined)[]> => {
  for (const name of names) media.engine.send({ type: "leg.suspend", leg: leg(name) });
  await media.clock.runMs(0);
  const events = media.eventsOf("leg.suspended");
  return names.map((name) => JSON.parse(JSON.stringify(events.find((event) => event.leg === name)!.media ?? null)) as SuspendedMedia);
};

for (const [codec, clockPerMs] of [["PCMA", 8], ["L16/16000", 16]] as const)
t.test(`RFC 3550 5.1: a bridged pair (${codec}) goes on in another process, on the same ports and in the same streams`, async (t) => {
  const first = new SimMedia({ createSha256: createSystemSha256 });
  const [caller, agent] = [await first.call("a", "10.0.0.2", { codec }), await first.call("b", "10.0.0.3", { codec })];
  caller.phone.sing(440);
  agent.phone.sing(1000);
  first.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  first.engine.send({ type: "record.start", leg: leg("a"), recording: "r1" as RecordingId });
  await first.clock.runMs(1000);
  const written = await suspended(first, ["a", "b"]);
  t.match(first.eventsOf("record.closed"), [{ recording: "r1", durationMs: 1000 }]);
  t.same([first.eventsOf("leg.closed"), first.engine.snapshot().legs, first.engine.snapshot().ports.used], [[], 0, 0]);
  await first.clock.runMs(DOWN_MS);

  const second = new SimMedia({ createSha256: createSystemSha256, beside: first, seed: 9 });
  for (const [i, { phone }] of [caller, agent].entries()) {
    second.engine.send({ type: "leg.open", leg: leg("ab"[i]!), from: written[i]! });
    await second.clock.runMs(0);
    second.engine.send({ type: "leg.media", leg: leg("ab"[i]!), settings: second.settings(phone) });
  }
  t.same(second.eventsOf("leg.opened").map(({ port }) => port), [caller.at.port, agent.at.port]);
  second.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  await second.clock.runMs(1500);
  for (const [{ phone }, frequencyHz] of [
    [caller, 1000],
    [agent, 440],
  ] as const) {
    checkStream(t, phone, clockPerMs);
    if (codec === "PCMA") checkTone(t, phone.sound(phone.heard.at(-1)!.atMs - 800), frequencyHz);
  }
  t.same([first.faults, second.faults], [[], []]);
});

t.test("behind NAT, sound goes at once to where it came from before, until another offer names another address", async (t) => {
  const first = new SimMedia({ createSha256: createSystemSha256 });
  const { phone } = await first.call("a", "10.0.0.2");
  await first.clock.runMs(200);
  const [from] = await suspended(first, ["a"]);
  t.same(from?.source, phone.local);
  const second = new SimMedia({ createSha256: createSystemSha256, beside: first });
  second.engine.send({ type: "leg.open", leg: leg("a"), from: from! });
  await second.clock.runMs(0);
  phone.hush();
  const before = phone.heard.length;
  second.engine.send({ type: "leg.media", leg: leg("a"), settings: second.settings(phone, { remote: { address: "192.168.1.7", port: 9 } }) });
  await second.clock.runMs(200);
  t.ok(phone.heard.length > before + 5);
  second.engine.send({ type: "leg.media", leg: leg("a"), settings: second.settings(phone, { remote: { address: "192.168.1.7", port: 9 } }) });
  await second.clock.runMs(100);
  const stopped = phone.heard.length;
  await second.clock.runMs(200);
  t.equal(phone.heard.length, stopped);
});

t.test("a leg that is not open has nothing to go on with; a port that somebody took is said", async (t) => {
  const first = new SimMedia({ createSha256: createSystemSha256 });
  await first.call("a", "10.0.0.2");
  const [strange, from] = await suspended(first, ["strange", "a"]);
  t.same([strange, from?.port], [null, 20_000]);
  const second = new SimMedia({ createSha256: createSystemSha256, beside: first });
  await second.open("other");
  second.engine.send({ type: "leg.open", leg: leg("a"), from: from! });
  await second.clock.runMs(0);
  t.same(second.eventsOf("leg.failed"), [{ type: "leg.failed", leg: "a", reason: "no-port" }]);
});
