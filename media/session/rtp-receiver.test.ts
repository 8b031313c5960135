import t from "tap";
import { SimRandom } from "../../protocol/base/sim-random.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { rtpSeq, writeRtp } from "../../protocol/rtp/packet.js";
import { RtpReceiver } from "./rtp-receiver.js";

const FAR: Endpoint = { address: "10.0.0.2", port: 4000 };

function rig() {
  const told: string[] = [];
  const receiver = new RtpReceiver({
    onSound: (view) => void told.push(`sound ${rtpSeq(view)}`),
    onNoise: (view) => void told.push(`noise ${rtpSeq(view)}`),
    onBreak: () => void told.push("break"),
    onKey: (key) => void told.push(`key ${key}`),
    onLocked: (from) => void told.push(`locked ${from.port}`),
  });
  receiver.expect({ expectAddress: FAR.address, payloadType: 8, dtmfPayloadType: 101 });
  const hear = (changed: { seq?: number; rtpTime?: number; ssrc?: number; payloadType?: number; payload?: Uint8Array; from?: Endpoint } = {}): void => {
    const { payload = new Uint8Array(160), from = FAR, ...header } = changed;
    const bytes = new Uint8Array(12 + payload.length);
    bytes.set(payload, writeRtp(bytes, 0, { marker: false, payloadType: 8, seq: 0, rtpTime: 0, ssrc: 1, ...header }));
    receiver.receive(bytes, bytes.length, from, 0);
  };
  return { receiver, told, hear };
}

t.test("RFC 3550 5.1: sequence and timestamp 0 are a packet like any; a repeated one is heard once", async (t) => {
  const { receiver, told, hear } = rig();
  hear();
  hear();
  hear({ seq: 1, rtpTime: 160 });
  t.same(told, ["locked 4000", "sound 0", "sound 1"]);
  t.match(receiver.counters, { received: 3, foreign: 0 });
  t.equal(receiver.sequence.duplicates, 1);
});

t.test("RFC 3550 8: another SSRC takes over after three packets in a row, one that strays in between doesn't", async (t) => {
  const { receiver, told, hear } = rig();
  hear({ seq: 1 });
  hear({ seq: 70, ssrc: 2 });
  hear({ seq: 2 });
  for (const seq of [71, 72, 73, 74]) hear({ seq, ssrc: 2 });
  t.same(told, ["locked 4000", "sound 1", "sound 2", "break", "sound 73", "sound 74"]);
  t.equal(receiver.counters.foreign, 3);
  receiver.expect({ expectAddress: FAR.address, payloadType: 8 });
  hear({ seq: 9, ssrc: 3 });
  t.same(told.slice(6), ["break", "locked 4000", "sound 9"], "after an offer/answer the first one is it");
});

t.test("RFC 4733 2.5: keys count whatever SSRC they come with, once each; cut short they are malformed", async (t) => {
  const { receiver, told, hear } = rig();
  const key = (event: number, rtpTime: number, ssrc: number): void => hear({ payloadType: 101, payload: Uint8Array.of(event, 0x0a, 0, 160), rtpTime, ssrc });
  hear({ seq: 500 });
  for (let i = 0; i < 3; i++) key(5, 1000, 9);
  key(5, 1000, 1);
  key(11, 3000, 1);
  hear({ payloadType: 101, payload: Uint8Array.of(5, 0, 0) });
  key(16, 9000, 1);
  t.same(told, ["locked 4000", "sound 500", "key 5", "key 5", "key #"]);
  t.match(receiver.counters, { malformed: 1, received: 7 });
});

t.test("RFC 3389 4: comfort noise is of the same stream: its numbers count, and it is told apart", async (t) => {
  const { receiver, told, hear } = rig();
  receiver.expect({ expectAddress: FAR.address, payloadType: 8, noisePayloadType: 13 });
  hear({ seq: 1 });
  hear({ seq: 2, rtpTime: 160, payloadType: 13, payload: Uint8Array.of(40) });
  hear({ seq: 3, rtpTime: 8000 });
  t.same(told, ["locked 4000", "sound 1", "noise 2", "sound 3"]);
  t.same([receiver.sequence.lost, receiver.counters.unexpectedType], [0, 0]);
});

t.test("a jump of the numbers is a new beginning", async (t) => {
  const { told, hear } = rig();
  hear({ seq: 1 });
  hear({ seq: 30_000 });
  t.same(told, ["locked 4000", "sound 1", "break", "sound 30000"]);
});

t.test("whatever bytes come, nothing is thrown and each packet is counted once", async (t) => {
  const random = new SimRandom(3550);
  const { receiver, told } = rig();
  const count = 20_000;
  for (let i = 0; i < count; i++) {
    const bytes = random.bytes(Math.floor(random.next() * 60));
    if (random.next() < 0.7 && bytes.length > 1) {
      bytes[0] = 0x80 | (bytes[0]! & 0x3f);
      // Mostly one stream, without CSRCs and padding, so that what comes after the header is reached.
      if (random.next() < 0.7) bytes.fill(0, 8, 12);
      if (random.next() < 0.5) bytes[0] = 0x80;
      if (random.next() < 0.7) bytes[1] = random.next() < 0.5 ? 8 : 101;
    }
    receiver.receive(bytes, bytes.length, random.next() < 0.1 ? { ...FAR, port: 1 } : FAR, i);
  }
  const { received, malformed, foreign, unexpectedType } = receiver.counters;
  t.equal(received + malformed + foreign + unexpectedType, count, `seed ${random.seed}`);
  t.ok(received > 1000 && malformed > 1000 && told.length > 1000, JSON.stringify([receiver.counters, told.length]));
});
