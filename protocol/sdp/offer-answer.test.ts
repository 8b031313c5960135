import t from "tap";
import { SimRandom } from "../base/sim-random.js";
import { createAnswer, createOffer, readAnswer, type LocalAudio } from "./offer-answer.js";
import { parseSdp } from "./parse.js";

const OURS: LocalAudio = { address: "192.0.2.1", port: 20_000, codecs: ["PCMA", "PCMU"], dtmf: true, sessionId: "4711" };

/** A description with `media` lines after the session part. */
const sdp = (...media: readonly string[]): string => ["v=0", "o=- 1 1 IN IP4 198.51.100.9", "s=-", "c=IN IP4 198.51.100.9", "t=0 0", ...media, ""].join("\r\n");
const mLines = (text: string): readonly string[] => text.split("\r\n").filter((line) => line.startsWith("m="));

t.test("RFC 8866 5: the offer, word by word", async (t) => {
  t.equal(
    createOffer(OURS),
    "v=0\r\no=- 4711 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n" +
      "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n",
  );
  t.match(createOffer({ ...OURS, address: "2001:db8::1" }), "c=IN IP6 2001:db8::1\r\n");
  t.match(createOffer({ ...OURS, dtmf: false, codecs: ["PCMU"] }), "m=audio 20000 RTP/AVP 0\r\n");
});

t.test("RFC 3264 6.1: what is agreed", async (t) => {
  const base = { remote: { address: "198.51.100.9", port: 4000 }, direction: "sendrecv", ptimeMs: 20 };
  for (const [what, media, want] of [
    ["static types without rtpmap", ["m=audio 4000 RTP/AVP 0 8"], { ...base, codec: "PCMU", payloadType: 0 }],
    ["the offerer's order", ["m=audio 4000 RTP/AVP 18 8 0"], { ...base, codec: "PCMA", payloadType: 8 }],
    ["telephone-event", ["m=audio 4000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-16"], { ...base, codec: "PCMA", payloadType: 8, dtmfPayloadType: 96 }],
    ["telephone-event without fmtp", ["m=audio 4000 RTP/AVP 8 96", "a=rtpmap:96 TELEPHONE-EVENT/8000"], { ...base, codec: "PCMA", payloadType: 8, dtmfPayloadType: 96 }],
    ["telephone-event without keys", ["m=audio 4000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 16,66,70"], { ...base, codec: "PCMA", payloadType: 8 }],
    ["keys in pieces", ["m=audio 4000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-9,10,11,66"], { ...base, codec: "PCMA", payloadType: 8, dtmfPayloadType: 96 }],
    ["telephone-event of another clock", ["m=audio 4000 RTP/AVP 8 96 97", "a=rtpmap:96 telephone-event/48000", "a=rtpmap:97 telephone-event/8000"], { ...base, codec: "PCMA", payloadType: 8, dtmfPayloadType: 97 }],
    ["a dynamic type for G.711", ["m=audio 4000 RTP/AVP 99", "a=rtpmap:99 pcma/8000/1"], { ...base, codec: "PCMA", payloadType: 99 }],
    ["a static number that means something else", ["m=audio 4000 RTP/AVP 0 8", "a=rtpmap:0 PCMU/16000"], { ...base, codec: "PCMA", payloadType: 8 }],
    ["stereo is another codec", ["m=audio 4000 RTP/AVP 99 8", "a=rtpmap:99 PCMU/8000/2"], { ...base, codec: "PCMA", payloadType: 8 }],
    ["ptime of 30", ["m=audio 4000 RTP/AVP 8", "a=ptime:30"], { ...base, codec: "PCMA", payloadType: 8, ptimeMs: 30 }],
    ["a ptime that we can't make", ["m=audio 4000 RTP/AVP 8", "a=ptime:15"], { ...base, codec: "PCMA", payloadType: 8 }],
    ["maxptime", ["m=audio 4000 RTP/AVP 8", "a=maxptime:10"], { ...base, codec: "PCMA", payloadType: 8, ptimeMs: 10 }],
    ["the media's own address", ["m=audio 4000 RTP/AVP 8", "c=IN IP4 203.0.113.5"], { ...base, codec: "PCMA", payloadType: 8, remote: { address: "203.0.113.5", port: 4000 } }],
    ["IPv6", ["m=audio 4000 RTP/AVP 8", "c=IN IP6 2001:db8::5"], { ...base, codec: "PCMA", payloadType: 8, remote: { address: "2001:db8::5", port: 4000 } }],
    ["hold", ["m=audio 4000 RTP/AVP 8", "a=sendonly"], { ...base, codec: "PCMA", payloadType: 8, direction: "recvonly" }],
    ["recvonly", ["m=audio 4000 RTP/AVP 8", "a=recvonly"], { ...base, codec: "PCMA", payloadType: 8, direction: "sendonly" }],
    ["inactive", ["m=audio 4000 RTP/AVP 8", "a=inactive"], { ...base, codec: "PCMA", payloadType: 8, direction: "inactive" }],
    ["hold of RFC 2543", ["m=audio 4000 RTP/AVP 8", "c=IN IP4 0.0.0.0"], { ...base, codec: "PCMA", payloadType: 8, direction: "recvonly", remote: { address: "0.0.0.0", port: 4000 } }],
    ["hold of RFC 2543 that sends nothing", ["m=audio 4000 RTP/AVP 8", "c=IN IP4 0.0.0.0", "a=recvonly"], { ...base, codec: "PCMA", payloadType: 8, direction: "inactive", remote: { address: "0.0.0.0", port: 4000 } }],
  ] as const) {
    const result = createAnswer(sdp(...media), OURS);
    t.same(result.agreed, want, what);
    t.match(result.sdp, `a=${want.direction}\r\n`, `${what}: our direction is said`);
    t.ok(result.sdp !== undefined && parseSdp(result.sdp).session, `${what}: the answer is a description`);
  }
});

t.test("RFC 3264 6: our preference, our wishes", async (t) => {
  const offer = sdp("m=audio 4000 RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000");
  t.match(createAnswer(offer, { ...OURS, prefer: "ours" }).agreed, { codec: "PCMA" });
  t.match(createAnswer(offer, { ...OURS, codecs: ["PCMA"] }).agreed, { codec: "PCMA" });
  t.notOk("dtmfPayloadType" in createAnswer(offer, { ...OURS, dtmf: false }).agreed!);
  t.match(createAnswer(offer, { ...OURS, direction: "sendonly" }), { agreed: { direction: "sendonly" }, sdp: /a=sendonly/ });
  t.match(createAnswer(sdp("m=audio 4000 RTP/AVP 8", "a=sendonly"), { ...OURS, direction: "sendonly" }).agreed, { direction: "inactive" });
  t.match(createAnswer(sdp("a=sendonly", "m=audio 4000 RTP/AVP 8"), OURS).agreed, { direction: "recvonly" }, "the session's direction counts where the media says none");
});

t.test("RFC 3264 6: other streams are turned down in their places", async (t) => {
  const answer = createAnswer(sdp("m=video 3000 RTP/AVP 31 32", "m=audio 3002 RTP/SAVP 0", "m=audio 4000/2 RTP/AVP 8", "m=audio 4002 RTP/AVP 0", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"), OURS).sdp!;
  t.same(mLines(answer), ["m=video 0 RTP/AVP 31 32", "m=audio 0 RTP/SAVP 0", "m=audio 20000 RTP/AVP 8", "m=audio 0 RTP/AVP 0", "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"]);
});

t.test("RFC 3264 6: what can't be agreed, RFC 8866: what is no description", async (t) => {
  for (const [what, offer, code] of [
    ["video only", sdp("m=video 4000 RTP/AVP 31"), "sdp.no-audio"],
    ["no media", sdp(), "sdp.no-audio"],
    ["port 0", sdp("m=audio 0 RTP/AVP 8"), "sdp.no-audio"],
    ["SRTP only", sdp("m=audio 4000 RTP/SAVP 8"), "sdp.no-audio"],
    ["G.729 only", sdp("m=audio 4000 RTP/AVP 18"), "sdp.no-codec"],
    ["payload type 128", sdp("m=audio 4000 RTP/AVP 128", "a=rtpmap:128 PCMA/8000"), "sdp.no-codec"],
    ["a name for an address", sdp("m=audio 4000 RTP/AVP 8", "c=IN IP4 host.example.com"), "sdp.address"],
    ["multicast", sdp("m=audio 4000 RTP/AVP 8", "c=IN IP4 224.2.1.1/127/3"), "sdp.address"],
    ["a number too large for an address", sdp("m=audio 4000 RTP/AVP 8", "c=IN IP4 192.0.2.256"), "sdp.address"],
    ["no address", "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n", "sdp.address"],
    ["nothing", "", "sdp.syntax"],
    ["not SDP", "<audio/>", "sdp.syntax"],
    ["version 1", sdp("m=audio 4000 RTP/AVP 8").replace("v=0", "v=1"), "sdp.version"],
    ["no origin", "v=0\r\ns=-\r\nc=IN IP4 1.2.3.4\r\nm=audio 4000 RTP/AVP 8\r\n", "sdp.syntax"],
    ["a broken origin", sdp().replace("o=- 1 1", "o=- x 1"), "sdp.syntax"],
    ["a broken address", sdp("c=IP4 1.2.3.4"), "sdp.syntax"],
    ["a broken attribute", sdp("a= x"), "sdp.syntax"],
    ["a broken line", sdp("m =video 3227 RTP/AVP 31"), "sdp.syntax"],
    ["a port too large", sdp("m=audio 65536 RTP/AVP 8"), "sdp.syntax"],
    ["a port below zero", sdp("m=audio -1 RTP/AVP 8"), "sdp.syntax"],
    ["no formats", sdp("m=audio 4000 RTP/AVP"), "sdp.syntax"],
    ["v= twice", sdp("v=0"), "sdp.syntax"],
    ["NUL", sdp("a=x:\0"), "sdp.syntax"],
    ["too long", sdp("a=x:" + "y".repeat(40_000)), "sdp.limit"],
    ["a line too long", sdp("a=x:" + "y".repeat(3000)), "sdp.limit"],
    ["too many lines", sdp(...Array<string>(2000).fill("a=x")), "sdp.limit"],
    ["too many media", sdp(...Array<string>(17).fill("m=audio 4000 RTP/AVP 8")), "sdp.limit"],
    ["too many formats", sdp(`m=audio 4000 RTP/AVP${" 8".repeat(65)}`), "sdp.limit"],
  ] as const)
    t.equal(createAnswer(offer, OURS).fault?.code, code, what);
});

t.test("RFC 8866 5: lines that end in LF alone, and no s= or t=", async (t) => {
  t.match(createAnswer("v=0\no=- 1 1 IN IP4 1.2.3.4\nc=IN IP4 1.2.3.4\nm=audio 4000 RTP/AVP 8\n", OURS).agreed, { codec: "PCMA" });
});

t.test("RFC 3264 7: the answer to our offer", async (t) => {
  const offer = createOffer(OURS);
  for (const [what, media, want] of [
    ["their first codec that we offered", ["m=audio 4000 RTP/AVP 0 8"], { agreed: { codec: "PCMU", payloadType: 0, direction: "sendrecv", ptimeMs: 20 } }],
    ["telephone-event under a number of their own", ["m=audio 4000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000"], { agreed: { dtmfPayloadType: 96 } }],
    ["recvonly", ["m=audio 4000 RTP/AVP 8", "a=recvonly"], { agreed: { direction: "sendonly" } }],
    ["turned down", ["m=audio 0 RTP/AVP 8"], { fault: { code: "sdp.rejected" } }],
    ["another codec", ["m=audio 4000 RTP/AVP 18"], { fault: { code: "sdp.no-codec" } }],
    ["rubbish", ["m=audio"], { fault: { code: "sdp.syntax" } }],
  ] as const)
    t.match(readAnswer(offer, sdp(...media)), want, what);
  t.match(readAnswer(createOffer({ ...OURS, direction: "sendonly" }), sdp("m=audio 4000 RTP/AVP 8")), { agreed: { direction: "sendonly" } }, "we hold, whatever they say");
  t.notOk("dtmfPayloadType" in readAnswer(createOffer({ ...OURS, dtmf: false }), sdp("m=audio 4000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000")).agreed!);
});

t.test("RFC 3264 8: the version goes up with each change and only then", async (t) => {
  const first = createOffer(OURS);
  const same = createOffer({ ...OURS, previous: first });
  t.equal(same, first);
  const held = createOffer({ ...OURS, previous: same, direction: "sendonly" });
  t.match(held, "o=- 4711 2 IN");
  const answered = createAnswer(sdp("m=audio 4000 RTP/AVP 8"), { ...OURS, previous: held });
  t.match(answered.sdp, "o=- 4711 3 IN");
  t.equal(createAnswer(sdp("m=audio 4000 RTP/AVP 8"), { ...OURS, previous: answered.sdp! }).sdp, answered.sdp);
});

t.test("RFC 3264: two of us always agree", async (t) => {
  for (const direction of ["sendrecv", "sendonly", "recvonly", "inactive"] as const)
    for (const ptimeMs of [10, 20, 30, 60]) {
      const offer = createOffer({ ...OURS, direction, ptimeMs });
      const { sdp: answer, agreed: theirs } = createAnswer(offer, { ...OURS, address: "192.0.2.2", sessionId: "1" });
      const { agreed: ours } = readAnswer(offer, answer!);
      t.match(ours, { codec: theirs!.codec, payloadType: theirs!.payloadType, dtmfPayloadType: 101, direction, ptimeMs });
      t.equal(theirs!.ptimeMs, ptimeMs);
    }
});

t.test("RFC 8866: mutated descriptions are a fault or an answer, never an exception", async (t) => {
  const random = new SimRandom(8866);
  const whole = sdp("a=recvonly", "m=audio 4000 RTP/AVP 0 8 96", "c=IN IP4 203.0.113.5", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-15", "a=ptime:20", "m=video 3000 RTP/AVP 31");
  const at = (length: number): number => Math.floor(random.next() * length);
  let answered = 0;
  for (let i = 0; i < 20_000; i++) {
    let text = whole;
    for (let n = 1 + at(4); n > 0; n--) {
      const from = at(text.length);
      const piece = [String.fromCharCode(at(128)), "", text.slice(at(text.length)).slice(0, 20), "\r\n", "99999999999", "-"][at(6)]!;
      text = text.slice(0, from) + piece + text.slice(from + at(6));
    }
    const result = createAnswer(text, OURS);
    if (result.sdp === undefined) continue;
    answered++;
    if (parseSdp(result.sdp).session === undefined) t.fail(`seed ${random.seed}, round ${i}: our answer is no description`);
  }
  t.ok(answered > 1000, `${answered} of 20000 still were offers`);
});

t.test("RFC 3551, 7587: names, clocks, channels and parameters of the codecs that are offered and answered", async (t) => {
  const all: LocalAudio = { ...OURS, noise: true, codecs: ["opus", "G722", "L16/16000", "L16/8000", "G729", "PCMA"] };
  t.match(
    createOffer(all),
    "m=audio 20000 RTP/AVP 96 9 97 98 18 8 13 99 101 100 102\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 minptime=10;useinbandfec=1;stereo=0;sprop-stereo=0\r\na=rtpmap:9 G722/8000\r\na=rtpmap:97 L16/16000\r\na=rtpmap:98 L16/8000\r\n" +
      "a=rtpmap:18 G729/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:13 CN/8000\r\na=rtpmap:99 CN/16000\r\na=rtpmap:101 telephone-event/8000\r\n",
  );
  for (const [what, media, want] of [
    ["G.722 by its static type", ["m=audio 4000 RTP/AVP 9"], { codec: "G722", payloadType: 9 }],
    ["G.722 at its sample rate is something else", ["m=audio 4000 RTP/AVP 99 8", "a=rtpmap:99 G722/16000"], { codec: "PCMA" }],
    ["L16 by its rate", ["m=audio 4000 RTP/AVP 99", "a=rtpmap:99 L16/16000/1"], { codec: "L16/16000", payloadType: 99 }],
    ["stereo L16 is none of ours", ["m=audio 4000 RTP/AVP 99 8", "a=rtpmap:99 L16/16000/2"], { codec: "PCMA" }],
    ["Opus in one channel is no Opus", ["m=audio 4000 RTP/AVP 99 8", "a=rtpmap:99 opus/48000"], { codec: "PCMA" }],
    ["Opus packets of 50 ms can't be", ["m=audio 4000 RTP/AVP 99", "a=rtpmap:99 OPUS/48000/2", "a=ptime:50"], { codec: "opus", ptimeMs: 20 }],
    ["Opus packets of 60 ms can", ["m=audio 4000 RTP/AVP 99", "a=rtpmap:99 opus/48000/2", "a=ptime:60"], { codec: "opus", ptimeMs: 60 }],
    ["maxptime between two lengths", ["m=audio 4000 RTP/AVP 99", "a=rtpmap:99 opus/48000/2", "a=ptime:60", "a=maxptime:50"], { codec: "opus", ptimeMs: 40 }],
    ["G.729 without Annex B", ["m=audio 4000 RTP/AVP 18", "a=fmtp:18 annexb=no"], { codec: "G729", fmtp: "annexb=no" }],
    ["G.729's annexb=yes is the same as nothing", ["m=audio 4000 RTP/AVP 18", "a=fmtp:18 annexb=yes"], { codec: "G729", fmtp: undefined }],
    ["keys on the clock of 8000 beside Opus", ["m=audio 4000 RTP/AVP 99 101", "a=rtpmap:99 opus/48000/2", "a=rtpmap:101 telephone-event/8000"], { codec: "opus", dtmfPayloadType: 101, dtmfClockRateHz: 8000 }],
  ] as const)
    t.match(createAnswer(sdp(...media), all).agreed, want, what);
});

t.test("RFC 7261 3.3: Annex B only where neither side says no; absent means yes", async (t) => {
  const offered = (fmtp: string): string => sdp("m=audio 4000 RTP/AVP 18", ...(fmtp === "" ? [] : [`a=fmtp:18 ${fmtp}`]));
  for (const [noise, theirs, answered, agreed] of [
    [true, "", undefined, undefined],
    [true, "annexb=yes", undefined, undefined],
    [true, "annexb=no", "annexb=no", "annexb=no"],
    [true, "AnnexB = NO", "annexb=no", "annexb=no"],
    [false, "", "annexb=no", undefined],
    [false, "annexb=yes", "annexb=no", undefined],
    [false, "annexb=no", "annexb=no", "annexb=no"],
  ] as const) {
    const ours: LocalAudio = { ...OURS, codecs: ["G729"], noise };
    const result = createAnswer(offered(theirs), ours);
    t.equal(/a=fmtp:18 (.*)\r/.exec(result.sdp!)?.[1], answered, `"${theirs}" is answered`);
    t.equal(result.agreed!.fmtp, agreed, `"${theirs}" means`);
    const offer = createOffer(ours);
    t.equal(/a=fmtp:18 (.*)\r/.exec(offer)?.[1], noise ? undefined : "annexb=no");
    t.equal(readAnswer(offer, offered(theirs)).agreed!.fmtp, agreed, `answered "${theirs}"`);
  }
});

t.test("RFC 3389 6, RFC 3551 4.5.1: comfort noise is offered and answered for codecs that have none of their own, at their clock", async (t) => {
  const ours: LocalAudio = { ...OURS, noise: true, codecs: ["PCMA", "opus", "L16/16000", "G729"] };
  t.match(createOffer(ours), "m=audio 20000 RTP/AVP 8 96 97 18 13 99 101 100 102\r\n");
  t.match(createOffer(ours), "a=rtpmap:13 CN/8000\r\na=rtpmap:99 CN/16000\r\n");
  t.notMatch(createOffer({ ...ours, codecs: ["opus", "G729"] }), "CN/");
  t.notMatch(createOffer({ ...ours, noise: false }), "CN/");
  for (const [what, media, want, formats] of [
    ["its static type", ["m=audio 4000 RTP/AVP 8 13"], 13, "8 13"],
    ["a type of its own", ["m=audio 4000 RTP/AVP 8 110 101", "a=rtpmap:110 cn/8000", "a=rtpmap:101 telephone-event/8000"], 110, "8 110 101"],
    ["of a wider clock", ["m=audio 4000 RTP/AVP 111 110", "a=rtpmap:111 L16/16000", "a=rtpmap:110 CN/16000"], 110, "111 110"],
    ["of another clock than the codec's", ["m=audio 4000 RTP/AVP 8 110", "a=rtpmap:110 CN/16000"], undefined, "8"],
    ["13 beside L16 at 16 kHz", ["m=audio 4000 RTP/AVP 111 13", "a=rtpmap:111 L16/16000"], undefined, "111"],
    ["beside Opus, which has its own", ["m=audio 4000 RTP/AVP 111 13", "a=rtpmap:111 opus/48000/2"], undefined, "111"],
    ["beside G.729, which has its own", ["m=audio 4000 RTP/AVP 18 13"], undefined, "18"],
    ["none", ["m=audio 4000 RTP/AVP 8"], undefined, "8"],
    ["stereo noise is none", ["m=audio 4000 RTP/AVP 8 110", "a=rtpmap:110 CN/8000/2"], undefined, "8"],
  ] as const) {
    const result = createAnswer(sdp(...media), ours);
    t.equal(result.agreed?.noisePayloadType, want, what);
    t.same(mLines(result.sdp!), [`m=audio 20000 RTP/AVP ${formats}`], what);
  }
  t.notOk("noisePayloadType" in createAnswer(sdp("m=audio 4000 RTP/AVP 8 13"), OURS).agreed!, "we take none");
  t.equal(readAnswer(createOffer(ours), sdp("m=audio 4000 RTP/AVP 8 13")).agreed?.noisePayloadType, 13);
  t.notOk("noisePayloadType" in readAnswer(createOffer(ours), sdp("m=audio 4000 RTP/AVP 8")).agreed!, "they take none");
  t.notOk("noisePayloadType" in readAnswer(createOffer(OURS), sdp("m=audio 4000 RTP/AVP 8 13")).agreed!, "it was not offered");
  const answered = createAnswer(sdp("m=audio 4000 RTP/AVP 8 99", "a=rtpmap:99 CN/8000"), ours);
  t.match(createOffer({ ...ours, previous: answered.sdp! }), "a=rtpmap:99 CN/8000\r\na=rtpmap:103 CN/16000\r\n", "RFC 3264 8.3.2: its number stays");
});

t.test("RFC 3264 8.3.2: a dynamic payload type means the same for the whole call, whoever gave it", async (t) => {
  const ours: LocalAudio = { ...OURS, codecs: ["opus", "L16/16000", "PCMA"] };
  const answered = createAnswer(sdp("m=audio 4000 RTP/AVP 97 96", "a=rtpmap:97 opus/48000/2", "a=rtpmap:96 telephone-event/48000"), ours);
  const again = createOffer({ ...ours, previous: answered.sdp! });
  t.match(again, "a=rtpmap:97 opus/48000/2\r\n");
  t.match(again, "a=rtpmap:96 telephone-event/48000\r\n");
  t.match(again, "a=rtpmap:98 L16/16000\r\n", "97 is taken");
});
