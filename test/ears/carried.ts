// Sound as it comes out of a codec at the other end of a line.
import type { Codec } from "../../media/codec/codec.js";
import { RateConverter } from "../../media/dsp/resampler/rate-converter.js";

/** 8000 Hz through `codec`, its encoder and its decoder begun anew, 20 ms a packet. */
export function carried(codec: Codec): (samples: Int16Array) => Int16Array {
  return (samples) => {
    const { sampleRateHz } = codec;
    const [encoder, decoder] = [codec.createEncoder(), codec.createDecoder()];
    const [there, back] = [new RateConverter(sampleRateHz), new RateConverter(8000)];
    const [length, frame] = [sampleRateHz / 50, (sampleRateHz * codec.frameMs(20)) / 1000];
    const [bytes, heard, out] = [new Uint8Array(2000), new Int16Array(length), new Int16Array(samples.length)];
    for (let at = 0; at + 160 <= samples.length; at += 160) {
      const said = there.convert(samples.subarray(at, at + 160), 8000);
      let end = 0;
      for (let from = 0; from < length; from += frame) end = encoder.encode(said.subarray(from, from + frame), bytes, end);
      decoder.decode(bytes, { start: 0, end }, heard);
      out.set(back.convert(heard, sampleRateHz), at);
    }
    encoder.close?.();
    decoder.close?.();
    return out;
  };
}
