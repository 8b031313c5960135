// The short way of a recorded packet while its leg rests: from the network's memory to its place in the track, past the
// jitter buffer. All that a packet needs for that stands in this one object; with hundreds of legs it meets no other warm.
import { tsDiff32 } from "../../protocol/base/sequence.js";
import { rtpTime, type RtpView } from "../../protocol/rtp/packet.js";
import { copyBytes, createByteBlock, type ByteBlock } from "../jitter/byte-block.js";
import type { JitterBuffer } from "../jitter/jitter-buffer.js";
import type { Track } from "../recorder/track.js";
import { FRAME_UNITS } from "../session/rtp-sender.js";

const NOWHERE = createByteBlock(0);

export class WriteAhead {
  readonly #span = { start: 0, end: 0 };
  #track: Track | undefined;
  #block: ByteBlock = NOWHERE;
  /** Where in the block the beat after `#lastTick` has its frame, and how many bytes there are from there on. */
  #at = 0;
  #room = 0;
  #lastTick = 0;
  /** The RTP time of that frame, int32. */
  #playTime = 0;
  #aheadUnitsMax = 0;

  /** To be called when time has been let pass: `lastTick` is the last that has, for the track and for the jitter buffer, which is empty. */
  follow(jitter: JitterBuffer, track: Track, lastTick: number): void {
    const { block, at } = track.chunk;
    this.#track = track;
    this.#block = block;
    this.#at = at + track.at;
    this.#room = track.room;
    this.#lastTick = lastTick;
    this.#playTime = jitter.playTime;
    this.#aheadUnitsMax = jitter.aheadUnitsMax;
  }

  /** Puts a packet of the track's law, `tick` being now; false where it is late, too early or a new beginning: the jitter buffer's business. */
  put(view: RtpView, tick: number): boolean {
    const length = view.payloadEnd - view.payloadStart;
    const ahead = tsDiff32(rtpTime(view), this.#playTime);
    const passed = (tick - this.#lastTick) * FRAME_UNITS;
    if (ahead + length <= passed || ahead - passed > this.#aheadUnitsMax) return false;
    const span = this.#span;
    span.start = view.payloadStart;
    span.end = view.payloadEnd;
    if (ahead >= 0 && ahead + length <= this.#room) copyBytes(this.#block, this.#at + ahead, view.bytes, span);
    else this.#track!.put(ahead, view.bytes, span);
    return true;
  }
}
