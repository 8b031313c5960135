import t from "tap";
import { strongestTone } from "../dsp/goertzel.js";
import type { PlayId, PlayItem } from "../engine/command.js";
import { Player } from "./player.js";

const prompts = new Map([
  ["up", { samples: Int16Array.from({ length: 250 }, (_, i) => i + 1) }],
  ["down", { samples: Int16Array.from({ length: 70 }, (_, i) => -i - 1) }],
  ["empty", { samples: new Int16Array(0) }],
  ["fine", { samples: new Int16Array(100).fill(5), wide: Int16Array.from({ length: 200 }, (_, i) => i + 1) }],
]);
const say = (...names: string[]): PlayItem[] => names.map((prompt) => ({ kind: "prompt", prompt }));
const playerOf = (items: readonly PlayItem[], repeat = false): Player | undefined => Player.of({ play: "p" as PlayId, items, bargeIn: false, repeat }, prompts);

/** All frames of 20 ms until it is finished, at most `max`. */
function run(player: Player, max = 100): number[] {
  const [all, frame] = [[] as number[], new Int16Array(160)];
  for (let i = 0; i < max && !player.finished; i++) {
    player.fill(frame);
    all.push(...frame);
  }
  return all;
}

t.test("pieces follow each other to the sample, whatever their length; the last frame is filled up with silence", async (t) => {
  const up = [...prompts.get("up")!.samples];
  const down = [...prompts.get("down")!.samples];
  const silence = (count: number): number[] => new Array<number>(count).fill(0);
  for (const { title, items, expected } of [
    { title: "one", items: say("down"), expected: [...down, ...silence(90)] },
    { title: "two", items: say("up", "down"), expected: [...up, ...down] },
    { title: "an empty one between", items: say("up", "empty", "down", "down"), expected: [...up, ...down, ...down, ...silence(90)] },
    { title: "a pause between", items: [...say("down"), { kind: "silence", durationMs: 10 }, ...say("down")] as PlayItem[], expected: [...down, ...silence(80), ...down, ...silence(100)] },
    { title: "nothing", items: [], expected: [] },
    { title: "a pause of less than nothing", items: [{ kind: "silence", durationMs: -5 }] as PlayItem[], expected: [] },
  ])
    t.same(run(playerOf(items)!), expected, title);
});

t.test("repeats without a seam until it is stopped; what has no length is not repeated", async (t) => {
  const player = playerOf(say("down"), true)!;
  const sound = run(player, 7);
  t.same(sound, Array.from({ length: 7 * 160 }, (_, i) => -(i % 70) - 1));
  t.notOk(player.finished);
  t.ok(playerOf(say("empty"), true)!.finished);
});

t.test("a tone has its frequency, level and length; a prompt that is not loaded is told", async (t) => {
  const sound = run(playerOf([{ kind: "tone", frequenciesHz: [450], levelDbm0: -12, durationMs: 400 }])!);
  t.equal(sound.length, 3200);
  const got = strongestTone(Int16Array.from(sound), 8000);
  t.ok(Math.abs(got.frequencyHz - 450) < 1 && Math.abs(got.levelDbm0 + 12) < 0.2, JSON.stringify(got));
  t.equal(playerOf(say("up", "no/such")), undefined);
});

t.test("at 16 kHz where all of it was recorded so, else at 8 kHz; a place in it is the same one at either rate", async (t) => {
  const of = (items: readonly PlayItem[], wide: boolean): Player => Player.of({ play: "p" as PlayId, items, bargeIn: false, repeat: false }, prompts, wide)!;
  const pause = { kind: "silence", durationMs: 10 } as const;
  const tone = { kind: "tone", frequenciesHz: [450], levelDbm0: -12, durationMs: 40 } as const;
  t.equal(of(say("fine"), false).rateHz, 8000);
  t.equal(of([...say("fine"), tone, ...say("up")], true).rateHz, 8000, "a piece has 8 kHz only");
  const fine = of([pause, ...say("fine"), tone], true);
  t.equal(fine.rateHz, 16_000);
  const frame = new Int16Array(320);
  fine.fill(frame);
  t.same([...frame], [...new Array<number>(160).fill(0), ...Array.from({ length: 160 }, (_, i) => i + 1)]);
  t.match(fine.position, { index: 1, offset: 80 });
  const [again, narrow] = [of([pause, ...say("fine"), tone], true), of([pause, ...say("fine"), tone], false)];
  again.position = narrow.position = fine.position;
  again.fill(frame);
  t.same([...frame.subarray(0, 40)], Array.from({ length: 40 }, (_, i) => 161 + i));
  const rest = new Int16Array(160);
  narrow.fill(rest);
  t.same([...rest.subarray(0, 20)], new Array<number>(20).fill(5));
  t.ok(rest.subarray(60).some((sample) => Math.abs(sample) > 1000), "then the tone");
});
