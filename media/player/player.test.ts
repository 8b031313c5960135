import t from "tap";
import { strongestTone } from "../dsp/goertzel.js";
import type { PlayId, PlayItem } from "../engine/command.js";
import { Player } from "./player.js";

const prompts = new Map([
  ["up", Int16Array.from({ length: 250 }, (_, i) => i + 1)],
  ["down", Int16Array.from({ length: 70 }, (_, i) => -i - 1)],
  ["empty", new Int16Array(0)],
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
  const up = [...prompts.get("up")!];
  const down = [...prompts.get("down")!];
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
