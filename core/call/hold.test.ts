import t from "tap";
import { CallRig } from "./call-rig.js";

t.test("a handler puts the caller on hold and takes it back: its phone is told, tones are heard meanwhile", async (t) => {
  const agreed: boolean[] = [];
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      agreed.push(await call.hold());
      await call.sleep(10_000);
      await call.resume();
      await call.play("test/bye");
    },
  });
  const caller = rig.call();
  await rig.runMs(5000);
  t.same([agreed, rig.steps.slice(1)], [[true], ["caller1 hold", "caller1 play tone silence tone silence repeat"]]);
  t.equal(caller.playing, true);
  await rig.runMs(6000);
  t.same(rig.steps.slice(3, 5), ["caller1 resume", "caller1 play test/bye"]);
  await rig.runMs(2000);
  t.same(rig.leftOver, []);
});

t.test("a phone that will not be held hears the tones all the same; a caller who leaves ends the hold", async (t) => {
  const agreed: boolean[] = [];
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      agreed.push(await call.hold("test/music"));
      await call.sleep(60_000);
      agreed.push(false);
    },
  });
  const caller = rig.call();
  caller.agreesToHold = false;
  await rig.runMs(1000);
  t.same([agreed, rig.steps.at(-1)], [[false], "caller1 play test/music repeat"]);
  caller.farLeaves();
  await rig.runMs(1000);
  t.same([agreed, rig.leftOver], [[false], []]);
});

t.test("who holds the call, the caller or an agent, is in the journal", async (t) => {
  const rig = new CallRig({ contacts: { "1001": 1 }, handler: async (call) => void (await call.dial({ targets: ["1001"] })) });
  const caller = rig.call();
  await rig.runMs(10);
  rig.switchboard.leg("1001-1").farAnswers();
  await rig.runMs(10);
  rig.switchboard.leg("1001-1").farHolds(true);
  caller.farHolds(true);
  await rig.runMs(2000);
  caller.farHolds(false);
  t.match(rig.data("call.held"), [{ leg: "1001-1", held: true }, { leg: "caller1", held: true }, { leg: "caller1", held: false }]);
});
