import t from "tap";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { copyBlock, copyBytes, createByteBlock } from "./byte-block.js";

t.test("bytes arrive as they were, wherever they stand, and nothing beside them is touched", (t) => {
  const random = new SimRandom(7);
  const below = (n: number): number => Math.floor(random.next() * n);
  const block = createByteBlock(203);
  for (let round = 0; round < 3000; round++) {
    const memory = Uint8Array.from({ length: 260 }, () => below(256));
    const from = memory.subarray(below(9), 250);
    const [start, at] = [below(20), below(20)];
    const end = start + below(180);
    const before = block.bytes.slice();
    copyBytes(block, at, from, { start, end });
    const expected = before.slice();
    expected.set(from.subarray(start, end), at);
    if (!Buffer.from(expected).equals(Buffer.from(block.bytes))) t.fail(`round ${round}: ${start}..${end} of ${from.byteOffset} to ${at}`);
    const other = createByteBlock(from.length);
    other.bytes.set(from);
    block.bytes.set(before);
    copyBlock(block, at, other, { start, end });
    if (!Buffer.from(expected).equals(Buffer.from(block.bytes))) t.fail(`round ${round}: ${start}..${end} of a block to ${at}`);
  }
  t.equal(block.words.byteLength, 200);
  t.end();
});
