import t from "tap";
import { openCatalog } from "../codec/open-catalog.js";
import { Hearing } from "./hearing.js";

const { codecs, opusUnavailable } = await openCatalog();
const HEADER_BYTES = 12;

t.test("RFC 7587 4.2: a packet of 120 ms and 1400 bytes is held and heard whole", { skip: opusUnavailable === undefined ? false : `no libopus: ${opusUnavailable}` }, async (t) => {
  const codec = codecs("opus", "cbr=1;maxaveragebitrate=24000")!;
  const encoder = codec.createEncoder();
  const [sound, out] = [new Int16Array(960), new Uint8Array(1500)];
  const frames = Array.from({ length: 6 }, (_, n) => {
    for (let i = 0; i < 960; i++) sound[i] = 8000 * Math.sin((2 * Math.PI * 1000 * (960 * n + i)) / 48_000);
    return out.slice(0, encoder.encode(sound, out, 0));
  });
  // RFC 6716 section 3.2.5, code 3: frames of one length, and padding behind them.
  const padding = new Uint8Array(4 * 254 + 20);
  const bytes = Uint8Array.of(...new Uint8Array(HEADER_BYTES), (frames[0]![0]! & 0xfc) | 3, 0x46, 255, 255, 255, 255, 20, ...frames.flatMap((frame) => [...frame.subarray(1)]), ...padding);
  bytes[0] = 0x80;
  t.ok(bytes.length - HEADER_BYTES > 1300, `${bytes.length - HEADER_BYTES} bytes`);
  const hearing = new Hearing(codec, 60);
  hearing.put({ bytes, payloadStart: HEADER_BYTES, payloadEnd: bytes.length });
  let loudest = 0;
  let loud = 0;
  for (let beat = 0; beat < 10; beat++) {
    hearing.listen(true);
    const peak = hearing.frame.reduce((most, sample) => Math.max(most, sample), 0);
    loudest = Math.max(loudest, peak);
    if (peak > 6000 && !hearing.concealed) loud += 1;
  }
  t.ok(loud >= 5 && loudest < 10_000, `${loud} beats of it`);
  hearing.close();
});
