import t from "tap";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { createRtpView, readRtp, rtpMarker, rtpPayloadType, rtpSeq, rtpTime, writeRtp, type RtpView } from "../../protocol/rtp/packet.js";
import { RtpSender } from "./rtp-sender.js";

interface Sent {
  readonly seq: number;
  readonly units: number;
  readonly marker: boolean;
  readonly type: number;
  readonly length: number;
  readonly first: number;
}

/** A sender whose packets are told with sequence numbers from 0 and timestamps from the engine's start. */
function rig(ptimeMs = 20) {
  const [view, sent] = [createRtpView(), [] as Sent[]];
  let firstSeq: number | undefined;
  const socket = {
    local: { address: "10.0.0.1", port: 1 },
    close: () => {},
    send: (bytes: Uint8Array, length: number) => {
      readRtp(view, bytes, length);
      firstSeq ??= rtpSeq(view);
      sent.push({ seq: (rtpSeq(view) - firstSeq) & 0xffff, units: (rtpTime(view) - sender.rtpTimeAt(0)) | 0, marker: rtpMarker(view), type: rtpPayloadType(view), length: view.payloadEnd - view.payloadStart, first: bytes[view.payloadStart]! });
    },
  };
  const sender: RtpSender = new RtpSender(socket, new SimRandom(3));
  sender.configure({ payloadType: 8, dtmfPayloadType: 101, ptimeMs }, 0);
  sender.direct({ address: "10.0.0.2", port: 2 });
  return { sender, sent };
}

function packet(seq: number, time: number, payload: Uint8Array): RtpView {
  const [bytes, view] = [new Uint8Array(1500), createRtpView()];
  const at = writeRtp(bytes, 0, { marker: false, payloadType: 0, seq, rtpTime: time >>> 0, ssrc: 9 });
  bytes.set(payload, at);
  readRtp(view, bytes, at + payload.length);
  return view;
}

/** 20 ms of G.711, in frames as its encoder makes them. */
function say(sender: RtpSender, bytes: Uint8Array, units: number, frameUnits = 80): void {
  for (let at = 0; at < bytes.length; at += frameUnits) sender.sendFrame(bytes.subarray(at), frameUnits, { units: units + at, durationUnits: frameUnits, last: false });
}

const frame = (n: number): Uint8Array => new Uint8Array(160).fill(n);

t.test("RFC 3551 4.2: frames of 20 ms in packets of the agreed length", async (t) => {
  for (const [ptimeMs, units] of [
    [10, [0, 80, 160, 240, 320, 400, 480, 560, 640, 720, 800, 880]],
    [20, [0, 160, 320, 480, 640, 800]],
    [30, [0, 240, 480, 720]],
    [40, [0, 320, 640]],
    [60, [0, 480]],
  ] as const) {
    const { sender, sent } = rig(ptimeMs);
    for (let tick = 0; tick < 6; tick++) say(sender, frame(tick), tick * 160);
    t.same(sent.map((p) => [p.units, p.length, p.marker]), units.map((at, i) => [at, ptimeMs * 8, i === 0]), `${ptimeMs} ms`);
    t.same(sent.map((p) => p.seq), units.map((_, i) => i));
  }
});

t.test("RFC 3551 4.1, 4.5.6: a codec's own comfort noise ends its packet; after it and after what was not sent sound begins with a marker", async (t) => {
  const { sender, sent } = rig(30);
  // Sound of ten bytes, comfort noise of two, nothing: 10 ms each.
  for (const [i, length] of [10, 10, 10, 10, 2, 0, 0, 2, 0, 10, 10, 10, 0, 10, 10, 10].entries()) sender.sendFrame(frame(i), length, { units: 80 * i, durationUnits: 80, last: length === 2 });
  t.same(
    sent.map((p) => [p.units, p.length, p.marker]),
    [[0, 30, true], [240, 12, false], [560, 2, false], [720, 30, true], [1040, 30, true]],
  );
  t.same(sent.map((p) => p.seq), [0, 1, 2, 3, 4]);
});

t.test("RFC 3550 5.1: relayed packets keep their losses and order; own sound and relayed follow each other without overlap", async (t) => {
  const { sender, sent } = rig();
  say(sender, frame(1), 0);
  for (const [seq, at, units] of [[65_534, 0, 200], [65_535, 160, 365], [1, 480, 680], [0, 320, 690], [65_533, -160, 700]] as const) sender.forward(packet(seq, 4_294_967_200 + at, frame(seq)), units, 160);
  say(sender, frame(2), 800);
  say(sender, frame(3), 960);
  t.same(
    sent.map((p) => [p.seq, p.units]),
    [[0, 0], [1, 200], [2, 360], [4, 680], [3, 520], [5, 840], [6, 1000]],
    "the straggler from before the switch is dropped",
  );
  t.ok(sent.every((p) => p.type === 8));
});

t.test("after a pause a relayed stream is set anew with a marker, and so is one whose timestamps run away", async (t) => {
  const { sender, sent } = rig();
  sender.forward(packet(10, 0, frame(1)), 0, 160);
  sender.breakRelay();
  sender.forward(packet(12, 320, frame(2)), 8000, 160);
  sender.forward(packet(13, 900_000, frame(3)), 8160, 160);
  sender.forward(packet(20_000, 900_160, frame(4)), 8320, 160);
  t.same(sent.map((p) => [p.seq, p.units, p.marker]), [[0, 0, true], [1, 8000, true], [2, 8160, false], [3, 8320, false]]);
});

t.test("RFC 3550 5.3.1: extension, CSRCs and padding are not passed on", async (t) => {
  const { sender, sent } = rig();
  const bytes = Uint8Array.of(0xb1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 7, 7, 7, 7, 0xbe, 0xde, 0, 1, 1, 2, 3, 4, 42, 43, 0, 0, 0, 4);
  const view = createRtpView();
  t.equal(readRtp(view, bytes, bytes.length), undefined);
  sender.forward(view, 0, 160);
  t.match(sent, [{ length: 2, first: 42 }]);
  t.equal(bytes[0], 0x80);
});

t.test("RFC 4733 2.5: a key's packets stand in place of sound, on the stream's numbers", async (t) => {
  const { sender, sent } = rig();
  say(sender, frame(1), 0);
  sender.events.send("5", 40);
  for (let tick = 1; tick < 8; tick++) if (!sender.sendEvent(tick * 160)) say(sender, frame(tick), tick * 160);
  t.same(sent.map((p) => [p.seq, p.type, p.units, p.first]), [[0, 8, 0, 1], [1, 101, 160, 5], [2, 101, 160, 5], [3, 101, 160, 5], [4, 101, 160, 5], [5, 8, 800, 5], [6, 8, 960, 6], [7, 8, 1120, 7]]);
  t.same(sent.map((p) => p.marker), [true, true, false, false, false, false, false, false]);
  sender.configure({ payloadType: 0, ptimeMs: 20 }, 1280);
  t.notOk(sender.takesEvents);
  sender.direct(undefined);
  say(sender, frame(1), 3000);
  t.equal(sent.length, 8, "nowhere to send");
  t.equal(sender.packets, 8);
});
