import t from "tap";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { writeRtp } from "../../protocol/rtp/packet.js";
import { readRtcp, writeRtcp, type RtcpPacket } from "../../protocol/rtp/rtcp.js";
import { RtcpReporter } from "./rtcp-reporter.js";
import { RtpReceiver } from "./rtp-receiver.js";
import { RtpSender } from "./rtp-sender.js";

const FAR = { address: "10.0.0.2", port: 4001 };

function rig() {
  const [clock, random] = [new SimClock(), new SimRandom(1)];
  const reports: (readonly RtcpPacket[])[] = [];
  const socket = { local: { address: "10.0.0.1", port: 20_001 }, close: () => {}, send: (bytes: Uint8Array, length: number) => void reports.push(readRtcp(bytes, length).packets!) };
  const sender = new RtpSender({ ...socket, send: () => {} }, random);
  sender.configure({ payloadType: 8, ptimeMs: 20 }, 0);
  sender.direct({ address: "10.0.0.2", port: 4000 });
  const receiver = new RtpReceiver({ onSound: () => {}, onNoise: () => {}, onBreak: () => {}, onKey: () => {}, onLocked: () => {} });
  receiver.expect({ expectAddress: "10.0.0.2", payloadType: 8 });
  const reporter = new RtcpReporter({ clock, random, socket, sender, receiver, units: () => clock.monoMs() * 8 });
  const hear = (seq: number): void => {
    const bytes = new Uint8Array(172);
    writeRtp(bytes, 0, { marker: false, payloadType: 8, seq, rtpTime: seq * 160, ssrc: 99 });
    receiver.receive(bytes, 172, { address: "10.0.0.2", port: 4000 }, clock.monoMs() * 8);
  };
  return { clock, reports, sender, reporter, hear };
}

t.test("RFC 3550 6.2, 6.4: every 2.5 to 7.5 s, a sender's report where we sent and a receiver's where not", async (t) => {
  const { clock, reports, sender, reporter } = rig();
  const atMs: number[] = [];
  for (let tick = 1; tick <= 3000; tick++) {
    clock.advanceMs(20);
    if (tick < 1500) sender.sendFrame(new Uint8Array(160), 160, { units: tick * 160, durationUnits: 160, last: false });
    const before = reports.length;
    if (reporter.isDue) reporter.report(FAR);
    if (reports.length > before) atMs.push(clock.monoMs());
  }
  const gaps = atMs.map((at, i) => at - (atMs[i - 1] ?? 0));
  t.ok(gaps.every((gap) => gap >= 2500 && gap <= 7520), gaps.join(" "));
  t.ok(new Set(gaps).size > 3 && gaps.length >= 8);
  const first = reports[0]![0]!;
  t.match(first, { type: "sr", ssrc: sender.ssrc, sender: { packets: atMs[0]! / 20, octets: atMs[0]! * 8, rtpTime: sender.rtpTimeAt(atMs[0]! * 8), ntpSeconds: Math.floor(clock.utcMs() / 1000 - (60_000 - atMs[0]!) / 1000) + 2_208_988_800 }, blocks: [] });
  t.match(reports.at(-1)![0], { type: "rr" });
  t.match(reports[0]![1], { type: "sdes", chunks: [{ ssrc: sender.ssrc, cname: /^[a-z2-7]{20}$/ }] });
});

t.test("RFC 3550 6.4.1: the block says what was lost since the last one, and answers the far side's report", async (t) => {
  const { clock, reports, reporter, hear } = rig();
  for (const seq of [65_534, 65_535, 1, 2]) hear(seq);
  clock.advanceMs(1000);
  const bytes = new Uint8Array(100);
  const sr: RtcpPacket = { type: "sr", ssrc: 99, sender: { ntpSeconds: 0x1122_3344, ntpFraction: 0x5566_7788, rtpTime: 0, packets: 4, octets: 640 }, blocks: [] };
  t.ok(reporter.receive(bytes, writeRtcp(bytes, 0, [sr])!));
  clock.advanceMs(6500);
  if (reporter.isDue) reporter.report(FAR);
  for (const seq of [3, 4, 5]) hear(seq);
  clock.advanceMs(7500);
  if (reporter.isDue) reporter.report(FAR);
  t.match(
    reports.map(([report]) => report !== undefined && "blocks" in report && report.blocks[0]),
    [
      { ssrc: 99, fractionLost: 51, lost: 1, highestSeq: 0x1_0002, lastReport: 0x3344_5566, lastReportDelay: 6.5 * 65_536 },
      { ssrc: 99, fractionLost: 0, lost: 1, highestSeq: 0x1_0005, lastReportDelay: 14 * 65_536 },
    ],
  );
});

t.test("RFC 3550 6.3.7: goodbye only where we sent; what is no RTCP is refused", async (t) => {
  const { reports, sender, reporter } = rig();
  reporter.bye(FAR);
  t.equal(reports.length, 0);
  sender.sendFrame(new Uint8Array(160), 160, { units: 0, durationUnits: 160, last: false });
  reporter.bye(undefined);
  reporter.bye(FAR);
  t.match(reports[0]!.at(-1), { type: "bye", ssrcs: [sender.ssrc] });
  for (const bytes of [new Uint8Array(0), new Uint8Array(40), Uint8Array.of(0x80, 200, 0, 9, 1, 2, 3, 4)]) t.notOk(reporter.receive(bytes, bytes.length));
  t.equal(reporter.received, 0);
});
