import t from "tap";
import { G711, lawOf, toOtherLaw, type LawName } from "./g711.js";

const LAW_NAMES: readonly LawName[] = ["PCMA", "PCMU"];

t.test("G.711 tables 1a-2b: known pairs, both signs, both ends", async (t) => {
  for (const [name, byte, sample] of [
    ["PCMA", 0xd5, 8],
    ["PCMA", 0x55, -8],
    ["PCMA", 0xaa, 32_256],
    ["PCMA", 0x2a, -32_256],
    ["PCMU", 0xff, 0],
    ["PCMU", 0x80, 32_124],
    ["PCMU", 0x00, -32_124],
  ] as const)
    t.equal(lawOf(name).decode[byte], sample, `${name} 0x${byte.toString(16)}`);
  t.equal(lawOf("PCMA").encode[32_768], lawOf("PCMA").silence);
  t.equal(lawOf("PCMU").encode[32_768], lawOf("PCMU").silence);
});

t.test("G.711: a decoded byte encodes to itself, and no sample is further off than its step", async (t) => {
  for (const name of LAW_NAMES) {
    const law = lawOf(name);
    // µ-law has two bytes for zero.
    t.same([...law.decode.keys()].filter((byte) => law.encode[law.decode[byte]! + 32_768] !== byte), name === "PCMU" ? [0x7f] : []);
    let worst = 0;
    for (let sample = -32_000; sample <= 32_000; sample++) {
      const off = Math.abs(law.decode[law.encode[sample + 32_768]!]! - sample);
      worst = Math.max(worst, off / Math.max(16, Math.abs(sample) / 16));
    }
    t.ok(worst <= 1, `${name}: at most one 16th of the sample, or 16; saw ${worst.toFixed(2)}`);
  }
});

t.test("G.711 3.5: from law to law costs no more than a step", async (t) => {
  for (const name of LAW_NAMES) {
    const [from, to] = [lawOf(name), lawOf(name === "PCMA" ? "PCMU" : "PCMA")];
    for (let byte = 0; byte < 256; byte++) {
      const sample = from.decode[byte]!;
      const got = to.decode[toOtherLaw(name)[byte]!]!;
      if (Math.abs(got - sample) > Math.max(16, Math.abs(sample) / 16)) t.fail(`${name} ${byte}: ${sample} became ${got}`);
    }
  }
  t.pass("512 bytes");
});

t.test("RFC 3551 4.5.14: codec objects", async (t) => {
  t.same([G711.PCMU.format.payloadType, G711.PCMA.format.payloadType, G711.PCMA.format.clockRateHz], [0, 8, 8000]);
  const samples = Int16Array.from({ length: 160 }, (_, i) => 10_000 * Math.sin(i / 3));
  const bytes = new Uint8Array(170);
  t.equal(G711.PCMA.createEncoder().encode(samples, bytes, 5), 165);
  const out = new Int16Array(160);
  t.equal(G711.PCMA.createDecoder().decode(bytes, { start: 5, end: 165 }, out), 160);
  t.ok(out.every((sample, i) => Math.abs(sample - samples[i]!) <= 330));
  t.equal(G711.PCMA.createDecoder().decode(new Uint8Array(300), { start: 0, end: 300 }, out), 160, "never more than fits");
});
