import t from "tap";
import type { CodecName } from "../../media/engine/command.js";
import { Negotiation } from "./negotiation.js";

const negotiation = (codecs: readonly CodecName[]): Negotiation => new Negotiation({ local: { address: "192.0.2.1", port: 20_000 }, codecs, sessionId: "1" });
const far = (...lines: readonly string[]): string => ["v=0", "o=- 1 1 IN IP4 192.0.2.9", "s=-", "c=IN IP4 192.0.2.9", "t=0 0", ...lines, ""].join("\r\n");
const offered = (sdp: string): readonly string[] => [...sdp.matchAll(/a=rtpmap:\d+ ([^ \r]+)/g)].map(([, name]) => name!).filter((name) => !name.startsWith("telephone"));

t.test("an offer begins with what the other party speaks, then what is cheapest to code its sound in", async (t) => {
  const all: readonly CodecName[] = ["opus", "G722", "PCMU", "PCMA", "L16/16000"];
  t.same(offered(negotiation(all).offer()), ["opus/48000/2", "G722/8000", "PCMU/8000", "PCMA/8000", "L16/16000"], "as configured");
  t.same(offered(negotiation(all).offer("opus")), ["opus/48000/2", "PCMU/8000", "PCMA/8000", "L16/16000", "G722/8000"]);
  t.same(offered(negotiation(["G722", "PCMA"]).offer("opus")), ["PCMA/8000", "G722/8000"], "where it is not allowed here");
});

t.test("RFC 7587 7: Opus is agreed with the far side's parameters, and each of them is answered", async (t) => {
  const offer = far("m=audio 4000 RTP/AVP 111 101 110", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 usedtx=1; maxplaybackrate=16000; stereo=1;cbr=1;maxaveragebitrate=20000;minptime=20;sprop-maxcapturerate=48000;sprop-stereo=1", "a=rtpmap:101 telephone-event/8000", "a=rtpmap:110 telephone-event/48000", "a=ptime:20");
  const { sdp, settings } = negotiation(["PCMA", "opus"]).answer(offer);
  t.match(settings, { codec: "opus", payloadType: 111, dtmfPayloadType: 110, ptimeMs: 20, fmtp: "cbr=1;maxaveragebitrate=20000;maxplaybackrate=16000;minptime=20;sprop-maxcapturerate=48000;sprop-stereo=1;stereo=1;usedtx=1" });
  t.match(sdp, "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=20;useinbandfec=1;stereo=0;sprop-stereo=0;maxplaybackrate=16000;sprop-maxcapturerate=16000;maxaveragebitrate=20000;cbr=1;usedtx=1\r\n");
  t.match(sdp, "m=audio 20000 RTP/AVP 111 110\r\n");
});

t.test("RFC 3389: comfort noise as it is set: not at all, received, or sent too where the far side takes it", async (t) => {
  const offer = far("m=audio 4000 RTP/AVP 8 13");
  for (const [comfortNoise, noisePayloadType, dtx] of [[undefined, undefined, undefined], ["off", undefined, undefined], ["receive", 13, undefined], ["send", 13, true]] as const) {
    const made = new Negotiation({ local: { address: "192.0.2.1", port: 20_000 }, codecs: ["PCMA"], sessionId: "1", comfortNoise });
    const { settings } = made.answer(offer);
    t.same([settings?.noisePayloadType, settings?.dtx], [noisePayloadType, dtx], `${comfortNoise}`);
    t.equal(/CN\/8000/.test(made.offer()), noisePayloadType !== undefined);
  }
});
