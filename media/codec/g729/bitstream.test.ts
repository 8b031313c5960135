import t from "tap";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { C1, FRAME_BYTES, GB2, L0, P0, P1, parity, PARAMETERS, readFrame, writeFrame } from "./bitstream.js";

t.test("G.729 table 8: what is written is read back, from any byte on", async (t) => {
  const random = new SimRandom(8);
  const [bytes, again, parameters] = [new Uint8Array(FRAME_BYTES + 3), new Uint8Array(FRAME_BYTES + 3), new Int32Array(PARAMETERS)];
  for (let round = 0; round < 200; round++) {
    for (let i = 0; i < FRAME_BYTES; i++) bytes[3 + i] = random.next() * 256;
    readFrame(bytes, 3, parameters);
    writeFrame(parameters, again, 3);
    if (!Buffer.from(bytes).equals(Buffer.from(again))) t.fail(Buffer.from(bytes).toString("hex"));
  }
  t.pass();
});

t.test("G.729 table 8: each parameter stands at its bits", async (t) => {
  const parameters = new Int32Array(PARAMETERS);
  for (const c of [
    { hex: "80000000000000000000", at: L0, value: 1 },
    { hex: "00003fc0000000000000", at: P1, value: 0xff },
    { hex: "00000020000000000000", at: P0, value: 1 },
    { hex: "0000001fff0000000000", at: C1, value: 0x1fff },
    { hex: "0000000000000000000f", at: GB2, value: 15 },
  ]) {
    readFrame(Buffer.from(c.hex, "hex"), 0, parameters);
    t.equal(parameters[c.at], c.value, c.hex);
    t.equal(parameters.filter((value) => value !== 0).length, 1, `${c.hex}: nothing else`);
  }
});

t.test("G.729 section 3.7.2: odd parity over the delay's six upper bits", async (t) => {
  for (const [code, bit] of [[0, 1], [3, 1], [4, 0], [0xff, 1], [0x80, 0], [0xc0, 1]] as const) t.equal(parity(code), bit, String(code));
});
