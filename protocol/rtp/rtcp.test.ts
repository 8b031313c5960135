import t from "tap";
import { SimRandom } from "../base/sim-random.js";
import { readRtcp, writeRtcp, type ReportBlock, type RtcpPacket } from "./rtcp.js";

const hex = (text: string): Uint8Array => Uint8Array.from(text.replace(/\s/g, "").match(/../g) ?? [], (byte) => parseInt(byte, 16));
const BLOCK: ReportBlock = { ssrc: 0x80000001, fractionLost: 255, lost: -5, highestSeq: 0x1ffff, jitter: 77, lastReport: 0xfedcba98, lastReportDelay: 65_536 };
const SENDER = { ntpSeconds: 0xe0000000, ntpFraction: 0x80000000, rtpTime: 0xfffffff0, packets: 1000, octets: 160_000 };
const COMPOUND: readonly RtcpPacket[] = [
  { type: "sr", ssrc: 0xdeadbeef, sender: SENDER, blocks: [BLOCK, { ...BLOCK, lost: 0x7fffff }] },
  { type: "sdes", chunks: [{ ssrc: 0xdeadbeef, cname: "ringward@192.0.2.1" }, { ssrc: 7, cname: undefined }, { ssrc: 8, cname: "甲" }] },
  { type: "bye", ssrcs: [0xdeadbeef, 7], reason: "done" },
];

t.test("RFC 3550 6.4 to 6.6: what is written is read", async (t) => {
  const out = new Uint8Array(300);
  const end = writeRtcp(out, 0, COMPOUND)!;
  t.equal(end % 4, 0);
  t.same(readRtcp(out, end), { packets: COMPOUND });
  const rr: RtcpPacket = { type: "rr", ssrc: 1, blocks: [] };
  t.same(readRtcp(out, writeRtcp(out, 0, [rr, { type: "bye", ssrcs: [1], reason: undefined }])!), { packets: [rr, { type: "bye", ssrcs: [1], reason: undefined }] });
  t.same(out.subarray(0, 8), hex("80c90001 00000001"));
  t.equal(writeRtcp(new Uint8Array(20), 0, COMPOUND), undefined, "a buffer too small");
  const clamped = readRtcp(out, writeRtcp(out, 0, [{ type: "rr", ssrc: 1, blocks: [{ ...BLOCK, lost: 1e9 }] }])!);
  t.match(clamped, { packets: [{ blocks: [{ lost: 0x7fffff }] }] }, "loss beyond 24 bits stays at the most");
  const many = readRtcp(new Uint8Array(2000), 2000).fault;
  t.equal(many, "rtcp.version");
  const big = new Uint8Array(1000);
  const bigEnd = writeRtcp(big, 0, [{ type: "rr", ssrc: 1, blocks: Array<ReportBlock>(40).fill(BLOCK) }])!;
  t.match(readRtcp(big, bigEnd), { packets: [{ blocks: { length: 31 } }] }, "a report has room for 31 blocks");
});

t.test("RFC 3550 A.2: what is refused, and what is skipped", async (t) => {
  for (const [what, bytes, want] of [
    ["nothing", "", "rtcp.short"],
    ["four bytes", "80c90000", "rtcp.short"],
    ["version 1", "40c90001 00000001", "rtcp.version"],
    ["begins with SDES", "80ca0001 00000000", "rtcp.first"],
    ["an RTP packet", "8008 0001 00000002 00000003", "rtcp.first"],
    ["longer than the datagram", "80c90002 00000001", "rtcp.length"],
    ["a report without its SSRC", "80c90000 80c90001 00000001", "rtcp.length"],
    ["a block that is not there", "81c90001 00000001", "rtcp.length"],
    ["sender info cut", "80c80001 00000001", "rtcp.length"],
    ["a second packet cut", "80c90001 00000001 80ca", "rtcp.short"],
    ["an SDES item beyond its packet", "80c90001 00000001 81ca0002 00000001 01ff6161", "rtcp.length"],
    ["SDES without an end", "80c90001 00000001 81ca0002 00000001 01026161", "rtcp.length"],
    ["a BYE reason beyond its packet", "80c90001 00000001 80cb0001 05616263", "rtcp.length"],
    ["BYE with fewer sources than it says", "80c90001 00000001 82cb0001 00000001", "rtcp.length"],
    ["padding before the last packet", "a0c90002 00000001 00000004 80c90001 00000001", "rtcp.padding"],
    ["padding of zero", "a0c90002 00000001 00000000", "rtcp.padding"],
    ["padding of no whole word", "a0c90002 00000001 00000003", "rtcp.padding"],
    ["padding longer than the packet", "a0c90002 00000001 0000000c", "rtcp.padding"],
    ["too many packets", "80c90001 00000001".repeat(33), "rtcp.limit"],
  ] as const) {
    const packet = hex(bytes);
    t.equal(readRtcp(packet, packet.length).fault, want, what);
  }
  const skipped = hex("80c90001 00000001 80cc0002 00000001 41424344 81cd0002 00000001 00000002");
  t.same(readRtcp(skipped, skipped.length), { packets: [{ type: "rr", ssrc: 1, blocks: [] }] }, "APP and feedback");
  const padding = hex("80c90001 00000001 a1cb0002 00000001 00000004");
  t.match(readRtcp(padding, padding.length), { packets: [{ type: "rr" }, { type: "bye", ssrcs: [1] }] });
  t.equal(readRtcp(new Uint8Array(8), 9).fault, "rtcp.short", "a length beyond the buffer");
});

t.test("RFC 3550 6: mutated compounds are a fault or packets, never an exception", async (t) => {
  const random = new SimRandom(3550);
  const whole = new Uint8Array(300);
  const end = writeRtcp(whole, 0, COMPOUND)!;
  let read = 0;
  for (let i = 0; i < 20_000; i++) {
    const bytes = whole.slice(0, random.next() < 0.5 ? end : Math.floor(random.next() * end));
    for (let n = 0; n < 3 && bytes.length > 0; n++) bytes[Math.floor(random.next() * bytes.length)] = random.next() * 256;
    if (readRtcp(bytes, bytes.length).packets !== undefined) read++;
  }
  t.ok(read > 1000, `seed ${random.seed}: ${read} of 20000 were read`);
});
