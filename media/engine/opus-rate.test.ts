import t from "tap";
import { writeRtcp, type RtcpPacket } from "../../protocol/rtp/rtcp.js";
import { openCatalog } from "../codec/open-catalog.js";
import { createSystemSha256 } from "../worker/system-sha256.js";
import type { PlayId } from "./command.js";
import { leg, SimMedia } from "./testing/sim-media.js";

const { codecs, opusUnavailable } = await openCatalog();

t.test("RFC 7587 section 3.1.1, RFC 3550 section 6.4: Opus's bit rate falls with the loss that the far side's reports tell, and comes back", { skip: opusUnavailable ?? false }, async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256, codecs });
  const { phone, at } = await media.call("a", "10.0.0.2", { codec: "opus", coder: codecs("opus", "")! });
  // Constant, so that a packet's size is the rate.
  media.engine.send({ type: "leg.media", leg: leg("a"), settings: media.settings(phone, { fmtp: "cbr=1" }) });
  media.engine.send({ type: "play", leg: leg("a"), play: "p1" as PlayId, items: [{ kind: "tone", frequenciesHz: [300, 1100], levelDbm0: -12, durationMs: 60_000 }], bargeIn: false, repeat: false });
  const bytes = new Uint8Array(200);
  const report = (fractionLost: number): void => {
    const ssrc = phone.heard.at(-1)!.ssrc;
    const rr: RtcpPacket = { type: "rr", ssrc: 7, blocks: [{ ssrc, fractionLost, lost: 0, highestSeq: 0, jitter: 0, lastReport: 0, lastReportDelay: 0 }] };
    phone.throw(bytes.slice(0, writeRtcp(bytes, 0, [rr])), { address: at.address, port: at.port + 1 });
  };
  const octetsAfter = async (fractionLost: number): Promise<number> => {
    report(fractionLost);
    await media.clock.runMs(1000);
    const from = phone.heard.length;
    await media.clock.runMs(2000);
    const heard = phone.heard.slice(from).filter(({ payloadType }) => payloadType === media.settings(phone).payloadType);
    return heard.reduce((sum, { payload }) => sum + payload.length, 0) / heard.length;
  };
  await media.clock.runMs(1000);
  const [clear, lossy, again] = [await octetsAfter(0), await octetsAfter(77), await octetsAfter(0)];
  t.ok(lossy <= clear * 0.85, `${clear.toFixed(0)} octets a packet, ${lossy.toFixed(0)} at 30 % loss`);
  t.ok(Math.abs(again - clear) <= 0.1 * clear, `and ${again.toFixed(0)} again`);
  await media.engine.close();
  t.same(media.faults, []);
});
