import t from "tap";
import { SimRandom } from "../base/sim-random.js";
import { createRtpView, isRtcp, readRtp, rtpMarker, rtpPayloadType, rtpSeq, rtpSsrc, rtpTime, setRtpMarker, setRtpPayloadType, setRtpSeq, setRtpSsrc, setRtpTime, writeRtp } from "./packet.js";

const hex = (text: string): Uint8Array => Uint8Array.from(text.replace(/\s/g, "").match(/../g) ?? [], (byte) => parseInt(byte, 16));

t.test("RFC 3550 5.1: lengths of CSRCs, extension and padding", async (t) => {
  for (const [what, bytes, want] of [
    ["header alone", "8008 0001 00000002 00000003", [12, 12]],
    ["payload", "8008 0001 00000002 00000003 aabb", [12, 14]],
    ["two CSRCs", "8208 0001 00000002 00000003 11111111 22222222 aa", [20, 21]],
    ["extension of one word", "9008 0001 00000002 00000003 bede0001 01020304 aa", [20, 21]],
    ["empty extension", "9008 0001 00000002 00000003 bede0000", [16, 16]],
    ["padding", "a008 0001 00000002 00000003 aa 000003", [12, 13]],
    ["padding only", "a008 0001 00000002 00000003 00000004", [12, 12]],
    ["nothing", "", "rtp.short"],
    ["11 bytes", "8008 0001 00000002 000000", "rtp.short"],
    ["version 1", "4008 0001 00000002 00000003", "rtp.version"],
    ["CSRC cut", "8108 0001 00000002 00000003 1111", "rtp.short"],
    ["extension header cut", "9008 0001 00000002 00000003 bede", "rtp.short"],
    ["extension cut", "9008 0001 00000002 00000003 bede0002 01020304", "rtp.short"],
    ["padding of zero", "a008 0001 00000002 00000003 aa00", "rtp.padding"],
    ["padding longer than the payload", "a008 0001 00000002 00000003 aa04", "rtp.padding"],
  ] as const) {
    const view = createRtpView();
    const packet = hex(bytes);
    const fault = readRtp(view, packet, packet.length);
    t.same(fault ?? [view.payloadStart, view.payloadEnd], want, what);
  }
  t.equal(readRtp(createRtpView(), new Uint8Array(12), 13), "rtp.short", "a length beyond the buffer");
});

t.test("RFC 3550 5.1: what is written is read, and rewritten in place", async (t) => {
  const out = new Uint8Array(32);
  t.equal(writeRtp(out, 0, { marker: true, payloadType: 101, seq: 0xfffe, rtpTime: 0xfffffff0, ssrc: 0xdeadbeef }), 12);
  const view = createRtpView();
  t.equal(readRtp(view, out, 14), undefined);
  t.same([rtpMarker(view), rtpPayloadType(view), rtpSeq(view), rtpTime(view), rtpSsrc(view)], [true, 101, 0xfffe, 0xfffffff0, 0xdeadbeef]);
  setRtpMarker(view, false);
  setRtpPayloadType(view, 8);
  setRtpSeq(view, 0);
  setRtpTime(view, 160);
  setRtpSsrc(view, 0x80000001);
  t.same([rtpMarker(view), rtpPayloadType(view), rtpSeq(view), rtpTime(view), rtpSsrc(view)], [false, 8, 0, 160, 0x80000001]);
});

t.test("RFC 5761 4: RTCP on the RTP port is told apart", async (t) => {
  t.ok(isRtcp(hex("80c8"), 2));
  t.notOk(isRtcp(hex("8088"), 2));
  t.notOk(isRtcp(hex("80"), 1));
});

t.test("RFC 3550 5.1: random bytes are a fault or a payload inside the packet", async (t) => {
  const random = new SimRandom(20_260_105);
  const view = createRtpView();
  let read = 0;
  for (let i = 0; i < 20_000; i++) {
    const packet = random.bytes(Math.floor(random.next() * 60));
    if (packet.length > 0) packet[0] = 0x80 | (packet[0]! & 0x3f);
    if (readRtp(view, packet, packet.length) !== undefined) continue;
    read++;
    if (!(view.payloadStart >= 12 && view.payloadStart <= view.payloadEnd && view.payloadEnd <= packet.length)) t.fail(`seed ${random.seed}, packet ${i}`);
  }
  t.ok(read > 1000, `${read} of 20000 were packets`);
});
