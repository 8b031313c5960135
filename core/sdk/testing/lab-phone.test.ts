import t from "tap";
import { definePlugin } from "../index.js";
import { createLab, type Lab } from "./index.js";

const PHONES = ["1001", "1002"];

const reception = definePlugin({
  name: "reception",
  sdk: 1,
  setup({ calls }) {
    calls.onIncoming("95001", async (call) => {
      await call.answer();
      const dialled = await call.dial({ targets: calls.phones(PHONES, "free") });
      if (dialled.outcome === "answered") await dialled.talk;
      await call.play(dialled.outcome === "answered" ? "reception/thanks" : `reception/${dialled.outcome}`);
    });
  },
});
const lab = (): Promise<Lab> => createLab({ plugins: [reception], phones: PHONES });

t.test("phones ring, one answers, the other stops, both talk", async (t) => {
  const world = await lab();
  const patient = world.call("95001");
  const [first, second] = [world.phone("1001"), world.phone("1002")];
  await first.rings();
  await second.answers();
  await patient.talksTo("1002");
  await first.isFree();
  await second.hangsUp();
  await patient.hears("reception/thanks");
  await patient.isReleased();
  await world.passes(200);
  t.equal(world.clock.pending, 0);
});

t.test("a phone that talks is busy and not free, one that is off the network is nowhere", async (t) => {
  const world = await lab();
  world.phone("1002").registered = false;
  const first = world.call("95001");
  await world.phone("1001").answers();
  await first.talksTo("1001");
  const second = world.call("95001");
  await second.hears("reception/unreachable");
  t.equal(world.phone("1001").leg?.bridgedTo, first.leg, "the first call goes on");
  await first.hangsUp();
  await world.phone("1001").isFree();
});

t.test("a phone refuses", async () => {
  const world = await lab();
  world.phone("1002").registered = false;
  const patient = world.call("95001");
  await world.phone("1001").rejects(603);
  await patient.hears("reception/rejected");
});

t.test("phones call each other by number", async (t) => {
  const world = await lab();
  const caller = world.call("1002", { phone: "1001" });
  await world.phone("1002").answers();
  await caller.talksTo("1002");
  await world.phone("1002").hangsUp();
  await caller.isReleased();
  const stranger = world.call("1002");
  t.match(stranger.end, { status: 404 }, "a trunk reaches no extension");
});

for (const { title, fails, says } of [
  {
    title: "a prompt that is not heard",
    fails: async (world: Lab) => {
      world.phone("1001").registered = world.phone("1002").registered = false;
      await world.call("95001").hears("reception/thanks");
    },
    says: /"reception\/thanks" was not heard \(instead: reception\/unreachable; the call is ended\) within 60000 ms/,
  },
  { title: "a phone that does not ring", fails: (world: Lab) => world.phone("1001").rings(1000), says: /phone 1001 never rang within 1000 ms/ },
  { title: "a call that goes on", fails: (world: Lab) => world.call("95001").isReleased(1000), says: /the call is not over \(answered; heard nothing\)/ },
  { title: "a phone that was not named", fails: async (world: Lab) => void world.phone("1009"), says: /the lab has no phone 1009/ },
  { title: "a route that is not there", fails: (world: Lab) => world.request("GET", "/cards"), says: /no plugin has the route GET \/cards/ },
])
  t.test(`a failing test reads: ${title}`, async (t) => {
    await t.rejects(fails(await lab()), { message: says });
  });

t.test("one lab twice gives one journal", async (t) => {
  const play = async (): Promise<unknown> => {
    const world = await lab();
    const patient = world.call("95001", { from: "13800000002" });
    await world.phone("1001").answers();
    await world.passes(7000);
    await patient.hangsUp();
    return world.journal();
  };
  t.strictSame(await play(), await play());
});
