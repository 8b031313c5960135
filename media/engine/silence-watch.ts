// Whether anything comes of the far side at all: told once when it does not, and again only after something came.
import { FRAME_MS } from "../session/rtp-sender.js";
import type { RtpReceiver } from "../session/rtp-receiver.js";
import type { MediaSocket } from "../net/media-net.js";

const SILENT_TICKS = 3000 / FRAME_MS;
/** The same where the far side has said that nobody speaks: many tell it once and wait. */
const PAUSE_SILENT_TICKS = 60_000 / FRAME_MS;
/** After so long without its packets a leg hears other sources too, so that what they send is counted. */
const DEAF_TICKS_MAX = 1000 / FRAME_MS;

/** Plain data, for a leg that goes on in another engine. */
export interface SilenceState {
  readonly receivedTick: number;
  readonly silentTold: boolean;
}

export class SilenceWatch {
  readonly #receiver: RtpReceiver;
  readonly #connect: MediaSocket["connect"];
  readonly #pausing: () => boolean;
  #receivedBefore = 0;
  #receivedTick = 0;
  #told = false;

  /** @param pausing the far side has said that nobody speaks */
  constructor(receiver: RtpReceiver, socket: MediaSocket, pausing: () => boolean) {
    this.#receiver = receiver;
    this.#pausing = pausing;
    this.#connect = socket.connect?.bind(socket);
  }

  /** What was agreed is new: the far side has its time again, and may send from anywhere. */
  begin(tick: number): void {
    this.#connect?.(undefined);
    this.#receivedTick = tick;
    this.#told = false;
  }

  /** True where it is to be told that nothing comes. @param expects it is to send now */
  check(tick: number, expects: boolean): boolean {
    const { received } = this.#receiver.counters;
    if (received !== this.#receivedBefore || !expects) {
      this.#receivedBefore = received;
      this.#receivedTick = tick;
      this.#told = false;
      this.#connect?.(this.#receiver.source);
      return false;
    }
    const passed = tick - this.#receivedTick;
    if (passed >= DEAF_TICKS_MAX) this.#connect?.(undefined);
    if (this.#told || passed < (this.#pausing() ? PAUSE_SILENT_TICKS : SILENT_TICKS)) return false;
    this.#told = true;
    return true;
  }

  save(): SilenceState {
    return { receivedTick: this.#receivedTick, silentTold: this.#told };
  }

  /** @param laterTicks by how much this engine started later */
  restore({ receivedTick, silentTold }: SilenceState, laterTicks: number): void {
    this.#receivedTick = receivedTick - laterTicks;
    this.#receivedBefore = this.#receiver.counters.received;
    this.#told = silentTold;
  }
}
