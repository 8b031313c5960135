import t from "tap";
import { randomBelow } from "../../protocol/base/random.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import type { Call } from "../sdk/call.js";
import { CallEnded, OperatorWanted } from "../sdk/control.js";
import { CallRig } from "./call-rig.js";
import type { ScriptedLeg } from "./scripted-leg.js";

const EXTENSIONS = ["1001", "1002", "1003"];
const KEYS = "0123456789*#";
const CALLS = 6;

/** A world of a few callers, phones and a handler that all do as the dice say. */
class Storm {
  readonly random: SimRandom;
  readonly rig: CallRig;
  readonly callers: ScriptedLeg[] = [];

  constructor(seed: number) {
    this.random = new SimRandom(seed);
    this.rig = new CallRig({
      contacts: { "1001": 1, "1002": 2, "1003": 1 },
      leg: { endDelayMs: this.below(3) * 100 },
      manager: { callMsMax: 120_000, openCallsMax: CALLS - 1 },
      queues: { operators: (call) => this.#dial(call).then((answered) => (answered ? "served" : "nobody-there")) },
      handler: (call) => this.#handle(call),
      operator: (call) => call.answer().then(() => call.enqueue("operators").then(() => undefined)),
    });
  }

  below(bound: number): number {
    return randomBelow(this.random, bound);
  }

  pick<T>(from: ArrayLike<T>): T {
    return from[this.below(from.length)]!;
  }

  async run(): Promise<void> {
    for (let turn = 0; turn < 300; turn++) {
      this.#happen();
      await this.rig.runMs(this.pick([0, 0, 1, 20, 300, 2000]));
    }
    for (const caller of this.callers) caller.farLeaves();
    await this.rig.runMs(130_000);
  }

  #happen(): void {
    const { switchboard } = this.rig;
    const dice = this.below(20);
    if (dice < 2 && this.callers.length < 2 * CALLS) this.callers.push(this.rig.call("95001", this.below(3) === 0 ? { origin: { kind: "phone", name: this.pick(EXTENSIONS) } } : {}));
    else if (dice < 9 && this.callers.length > 0) this.pick(this.callers).press(this.pick(KEYS), { late: this.below(4) === 0 });
    else if (dice === 9 && this.callers.length > 0) this.pick(this.callers).farLeaves();
    else if (switchboard.legs.length === 0) return;
    else if (dice < 13) this.pick(switchboard.legs).farRings();
    else if (dice < 16) this.pick(switchboard.legs.slice(-3)).farAnswers({ crossing: true });
    else if (dice < 18) this.pick(switchboard.legs.slice(-3)).farLeaves(this.pick([undefined, 480, 486, 603]));
    else if (dice === 18) this.pick(switchboard.legs.slice(-3)).farFails();
  }

  async #handle(call: Call): Promise<void> {
    if (this.below(10) === 0) return call.reject("busy");
    await call.ring();
    await call.answer();
    for (let step = 0; step < 12; step++) {
      try {
        await this.#step(call);
      } catch (error) {
        if (error instanceof OperatorWanted && this.below(2) === 0) throw error;
        // Sometimes it swallows the end.
        if (error instanceof CallEnded && this.below(3) > 0) throw error;
      }
    }
    if (this.below(6) === 0) throw new RangeError("on purpose");
  }

  async #step(call: Call): Promise<unknown> {
    switch (this.below(7)) {
      case 0:
        return call.play("test/words", { bargeIn: this.below(2) === 0 });
      case 1:
        return call.collect({ prompt: "test/digits", minDigits: 1, maxDigits: 1 + this.below(4), secret: this.below(2) === 0 });
      case 2:
        return call.sleep(this.below(1000));
      case 3:
        return call.enqueue("operators");
      case 4:
        return this.#dial(call);
      case 5:
        return this.below(8) === 0 ? call.hangup() : call.forgetKeys();
      default:
        return call.menu({ prompt: "test/menu", keys: ["1", "2", "3"] });
    }
  }

  async #dial(call: Call): Promise<boolean> {
    const dialled = await call.dial({ targets: EXTENSIONS.slice(this.below(3)), strategy: this.pick(["ring-all", "sequential"] as const), timeoutMs: 3000 });
    if (dialled.outcome === "answered") await dialled.talk;
    return dialled.outcome === "answered";
  }
}

const wrongWith = ({ rig }: Storm): string[] => {
  const wrong = [...rig.leftOver];
  const same = (what: string, a: readonly unknown[], b: readonly unknown[]): void => {
    if (JSON.stringify([...a].sort()) !== JSON.stringify([...b].sort())) wrong.push(`${what}: ${a.length} and ${b.length}`);
  };
  const subjects = (type: string): string[] => rig.entries.filter((entry) => entry.type === type).map((entry) => entry.subject.id);
  same("calls started and ended", subjects("call.started"), subjects("call.ended"));
  same("recordings begun and closed", rig.data("call.recording-started").map((data) => data["recording"]), rig.data("call.recording-closed").map((data) => data["recording"]));
  same("legs dialled and ended", rig.data("call.dialled").map((data) => data["leg"]), rig.data("call.leg-ended").map((data) => data["leg"]));
  same("legs bridged and parted", ...bridges(rig.steps));
  same("masks on and off", rig.steps.filter((step) => step.endsWith("mask on")).map((step) => step.split(" ")[0]), rig.steps.filter((step) => step.endsWith("mask off")).map((step) => step.split(" ")[0]));
  const faults = rig.faults.filter((fault) => !(fault instanceof RangeError));
  if (faults.length > 0) wrong.push(`faults: ${faults.map(String).join(", ")}`);
  for (const id of new Set(subjects("call.started"))) {
    const types = rig.entries.filter((entry) => entry.subject.id === id).map((entry) => entry.type);
    const behind = types.slice(types.indexOf("call.ended") + 1).filter((type) => type !== "call.failed");
    if (behind.length > 0) wrong.push(`${id}: ${behind.join(", ")} behind its end`);
  }
  return wrong;
};

const bridges = (steps: readonly string[]): [string[], string[]] => {
  const of = (verb: string): string[] => steps.filter((step) => step.startsWith(`${verb} `)).map((step) => step.slice(verb.length + 1));
  return [of("bridge"), of("unbridge")];
};

t.test("100 seeds of keys, answers, refusals and hang-ups at random: every call, leg, timer and recording comes to its end", async (t) => {
  const wrong: string[] = [];
  const seen = { calls: 0, bridges: 0, refused: 0, failed: 0 };
  for (let seed = 1; seed <= 100; seed++) {
    const storm = new Storm(seed);
    await storm.run();
    wrong.push(...wrongWith(storm).map((what) => `seed ${seed}: ${what}`));
    seen.calls += storm.rig.manager.counters.started;
    seen.bridges += bridges(storm.rig.steps)[0].length;
    seen.refused += storm.rig.manager.counters.refused;
    seen.failed += storm.rig.manager.counters.failed;
  }
  t.strictSame(wrong, []);
  t.comment(JSON.stringify(seen));
  t.ok(seen.calls > 500 && seen.bridges > 100 && seen.refused > 10 && seen.failed > 10, "enough happened");
});

t.test("one seed twice gives one trace", async (t) => {
  const [a, b] = [new Storm(7), new Storm(7)];
  await a.run();
  await b.run();
  t.strictSame([a.rig.steps, a.rig.entries], [b.rig.steps, b.rig.entries]);
});
