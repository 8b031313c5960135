// The few calls of the system's libopus that a telephone needs, through koffi.

/** A pointer as koffi hands it out; null where the library had no memory. */
export type OpusState = object | null;

/** Typed arrays are handed over as they are, not copied. Negative results are errors (opus_defines.h). */
export interface Libopus {
  createEncoder(rateHz: number, channels: number, application: number, error: Int32Array): OpusState;
  destroyEncoder(state: OpusState): void;
  encode(state: OpusState, pcm: Int16Array, frameSamples: number, out: Uint8Array, outMax: number): number;
  setEncoder(state: OpusState, request: number, value: number): number;
  resetEncoder(state: OpusState, request: number): number;
  createDecoder(rateHz: number, channels: number, error: Int32Array): OpusState;
  destroyDecoder(state: OpusState): void;
  /** `bytes` null conceals; `fec` 1 decodes what the packet tells of the one before. */
  decode(state: OpusState, bytes: Uint8Array | null, length: number, out: Int16Array, frameSamples: number, fec: number): number;
  resetDecoder(state: OpusState, request: number): number;
  version(): string;
}

export type LibopusResult = { readonly libopus: Libopus } | { readonly unavailable: string };

/** Loads the library; where that fails, in words why. */
export async function loadLibopus(file = "libopus.so.0"): Promise<LibopusResult> {
  try {
    const { default: koffi } = await import("koffi");
    const library = koffi.load(file);
    const call = <F>(prototype: string): F => library.func(prototype) as unknown as F;
    // The ctl functions take what follows the request as variable arguments: koffi is told their types at each call.
    const control = call<(state: OpusState, request: number, ...value: (string | number)[]) => number>("int opus_encoder_ctl(void *, int, ...)");
    const controlDecoder = call<(state: OpusState, request: number) => number>("int opus_decoder_ctl(void *, int, ...)");
    return {
      libopus: {
        createEncoder: call("void *opus_encoder_create(int32_t, int, int, int *)"),
        destroyEncoder: call("void opus_encoder_destroy(void *)"),
        encode: call("int32_t opus_encode(void *, const int16_t *, int, uint8_t *, int32_t)"),
        setEncoder: (state, request, value) => control(state, request, "int", value),
        resetEncoder: (state, request) => control(state, request),
        createDecoder: call("void *opus_decoder_create(int32_t, int, int *)"),
        destroyDecoder: call("void opus_decoder_destroy(void *)"),
        decode: call("int opus_decode(void *, const uint8_t *, int32_t, int16_t *, int, int)"),
        resetDecoder: (state, request) => controlDecoder(state, request),
        version: call("const char *opus_get_version_string()"),
      },
    };
  } catch (error) {
    return { unavailable: error instanceof Error ? error.message : String(error) };
  }
}
