import t from "tap";
import type { PlayedSound } from "../../media/player/played-sound.js";
import type { PlayId } from "../../media/engine/command.js";
import { Player } from "../../media/player/player.js";
import { announce, LANGUAGES } from "../speech/announcement.js";
import { date, digits, money, number, ordinal, spelled, time, type SpeechPart } from "../speech/part.js";
import { coreSources, loadPrompts } from "./prompt-folder.js";

const FRAME = 160;
/** Softer than this, 45 dB below the loudest 5 ms, is a gap. */
const GAP = 10 ** (-45 / 20);
/** By design: 50 ms behind a recording and 20 ms before the next; what is softer at a voice's edges comes on top. */
const GAP_MS_MAX = 80;
const SPAN = 40;

/** Everything that a leg would play, frame by frame. */
function rendered(parts: readonly SpeechPart[], sound: { readonly recordings: ReadonlyMap<string, PlayedSound>; readonly items: Parameters<typeof Player.of>[0]["items"] }): Int16Array {
  const player = Player.of({ play: "p" as PlayId, items: sound.items, bargeIn: false, repeat: false }, sound.recordings);
  if (player === undefined) throw new Error(`a recording lacks of ${JSON.stringify(parts)}`);
  const frames: Int16Array[] = [];
  while (!player.finished) {
    const frame = new Int16Array(FRAME);
    player.fill(frame);
    frames.push(frame);
  }
  return Int16Array.from(frames.flatMap((frame) => [...frame]));
}

function longestGapMs(sound: Int16Array): number {
  const levels = Array.from({ length: Math.floor(sound.length / SPAN) }, (_, i) => sound.subarray(i * SPAN, (i + 1) * SPAN).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0));
  const limit = Math.max(...levels) * GAP;
  const [first, last] = [levels.findIndex((level) => level > limit), levels.findLastIndex((level) => level > limit)];
  let [longest, here] = [0, 0];
  for (const level of levels.slice(first, last)) {
    here = level > limit ? 0 : here + 1;
    longest = Math.max(longest, here);
  }
  return (longest * SPAN) / 8;
}

t.test("parts follow each other without a gap beyond the designed one, and join where nothing sounds", async (t) => {
  const library = await loadPrompts({ sources: coreSources() });
  const recordings = new Map(library.loadCommands().flatMap((command) => (command.type === "prompt.load" ? [[command.prompt, command] as const] : [])));
  const spoken: readonly SpeechPart[] = [number(987_654_321), number(220_022), number(111), ordinal(345), money(123_456), date("2027-03-28"), time("17:48"), digits("95001"), spelled("KMX7"), spelled("BCPT")];
  for (const language of LANGUAGES)
    for (const part of spoken) {
      const items = announce([part], language, library);
      const gapMs = longestGapMs(rendered([part], { recordings, items }));
      t.ok(gapMs <= GAP_MS_MAX, `${language} ${JSON.stringify(part)}: a gap of ${gapMs} ms`);
    }
  const edges = [...recordings].filter(([name]) => name.includes("/speech/"));
  t.ok(edges.length > 250, `${edges.length} parts`);
  // 40 dB below the speech that stands at -16 dBm0.
  for (const [name, { samples }] of edges) t.ok(Math.abs(samples[0]!) < 40 && Math.abs(samples.at(-1)!) < 40, `${name} begins at ${samples[0]} and ends at ${samples.at(-1)}`);
});
