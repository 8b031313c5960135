// Memory for packets' bytes that is copied to four bytes at a time where both sides stand on words: twice as fast as one by
// one, and without the allocation of `subarray` and `set`.

export interface ByteBlock {
  readonly bytes: Uint8Array;
  /** The same memory; at most three bytes less. */
  readonly words: Int32Array;
}

export function createByteBlock(bytes: number): ByteBlock {
  const buffer = new ArrayBuffer(bytes);
  return { bytes: new Uint8Array(buffer), words: new Int32Array(buffer, 0, bytes >> 2) };
}

/** Copies `from.bytes[start..end)` to `to`, the first of them to `at`; the caller sees to it that there is room. */
export function copyBlock(to: ByteBlock, at: number, from: ByteBlock, { start, end }: { readonly start: number; readonly end: number }): void {
  const words = ((start | at) & 3) === 0 ? (end - start) >> 2 : 0;
  for (let i = 0; i < words; i++) to.words[(at >> 2) + i] = from.words[(start >> 2) + i]!;
  for (let i = words << 2; i < end - start; i++) to.bytes[at + i] = from.bytes[start + i]!;
}

/** The buffer that was copied from last: packets come from few. */
let source: { readonly buffer: ArrayBufferLike; readonly words: Int32Array } = { buffer: new ArrayBuffer(0), words: new Int32Array(0) };

/** As `copyBlock`, from memory of somebody else's: the network's. */
export function copyBytes(to: ByteBlock, at: number, from: Uint8Array, { start, end }: { readonly start: number; readonly end: number }): void {
  let copied = 0;
  const first = from.byteOffset + start;
  if (((first | at) & 3) === 0) {
    const { buffer } = from;
    if (buffer !== source.buffer) source = { buffer, words: new Int32Array(buffer, 0, buffer.byteLength >> 2) };
    const { words } = source;
    const count = (end - start) >> 2;
    for (let i = 0; i < count; i++) to.words[(at >> 2) + i] = words[(first >> 2) + i]!;
    copied = count << 2;
  }
  for (let i = copied; i < end - start; i++) to.bytes[at + i] = from[start + i]!;
}
