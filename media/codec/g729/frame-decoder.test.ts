import { createHash } from "node:crypto";
import t from "tap";
import { FRAME_BYTES } from "./bitstream.js";
import { FRAME_SAMPLES, FrameDecoder } from "./frame-decoder.js";
import { readFirstDelay, readSecondDelay } from "./excitation.js";

/** A frame of bits that no random generator's change can alter. */
const bitsOf = (frame: number): Uint8Array => createHash("sha256").update(`frame ${frame}`).digest().subarray(0, FRAME_BYTES);

function soundOf(decoder: FrameDecoder, lost: (frame: number) => boolean): string {
  const out = new Int16Array(FRAME_SAMPLES);
  const hash = createHash("sha256");
  for (let frame = 0; frame < 300; frame++) {
    if (lost(frame)) decoder.conceal(out, 0);
    else decoder.decode(bitsOf(frame), 0, out, 0);
    hash.update(Buffer.from(out.buffer));
  }
  return hash.digest("hex").slice(0, 16);
}

t.test("G.729 section 4: bits at random give the samples that libbcg729 gives", async (t) => {
  const decoder = new FrameDecoder();
  t.equal(soundOf(decoder, () => false), "8ea596c58fa5543f");
  decoder.reset();
  t.equal(soundOf(decoder, () => false), "8ea596c58fa5543f", "the same after a reset");
  t.equal(soundOf(new FrameDecoder(), (frame) => frame % 7 === 3 || frame > 280), "c12650552a509943", "section 4.4: with frames lost");
});

t.test("G.729 section 4.1.3: delay codes", async (t) => {
  for (const [code, samples, thirds] of [[0, 19, 1], [1, 20, -1], [2, 20, 0], [196, 85, -1], [197, 85, 0], [255, 143, 0]] as const) {
    const delay = { samples: 0, thirds: 0 };
    readFirstDelay(code, delay);
    t.equal(3 * delay.samples + delay.thirds, 3 * samples + thirds, `P1 ${code}`);
  }
  for (const [code, first, samples, thirds] of [[0, 60, 55, -2], [2, 60, 55, 0], [31, 60, 64, 2], [2, 20, 20, 0], [2, 143, 134, 0]] as const) {
    const delay = { samples: 0, thirds: 0 };
    readSecondDelay(code, first, delay);
    t.equal(3 * delay.samples + delay.thirds, 3 * samples + thirds, `P2 ${code} after ${first}`);
  }
});

t.test("G.729 section 4.4: a long loss fades to silence and a new frame is heard again", async (t) => {
  const decoder = new FrameDecoder();
  const out = new Int16Array(FRAME_SAMPLES);
  const peak = (): number => out.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  for (let frame = 0; frame < 50; frame++) decoder.decode(bitsOf(frame), 0, out, 0);
  const before = peak();
  for (let frame = 0; frame < 300; frame++) decoder.conceal(out, 0);
  t.ok(peak() < before / 50, `${before} falls to ${peak()}`);
  for (let frame = 0; frame < 50; frame++) decoder.decode(bitsOf(frame), 0, out, 0);
  t.ok(peak() > 100);
});
