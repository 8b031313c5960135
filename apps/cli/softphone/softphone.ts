// A phone for scripts on the server's own signalling and media: places or takes one call, presses keys, records what it hears.
import { randomToken } from "../../../protocol/base/random.js";
import { formatEndpoint, type Endpoint } from "../../../protocol/base/endpoint.js";
import type { Cancel, Clock } from "../../../protocol/base/clock.js";
import type { CodecCatalog } from "../../../media/codec/catalog.js";
import type { LegId, RecordingId } from "../../../media/engine/command.js";
import { MediaEngine } from "../../../media/engine/media-engine.js";
import { DgramMediaNet } from "../../../media/net/dgram-media-net.js";
import { MemoryRecordingStore } from "../../../media/recorder/memory-recording-store.js";
import { createSystemSha256 } from "../../../media/worker/system-sha256.js";
import { SystemClock } from "../../../media/worker/system-clock.js";
import { SystemRandom } from "../../../media/worker/system-random.js";
import { SipLeg } from "../../../core/leg/sip-leg.js";
import type { OutgoingParty, SipLegOptions } from "../../../core/leg/sip-leg-options.js";
import { MediaHub } from "../../../core/media-port/media-hub.js";
import { UdpTransportFactory } from "../../../core/signaling/net/udp-transport.js";
import type { IncomingSession, SessionEnd } from "../../../core/signaling/session.js";
import { SipSignaling } from "../../../core/signaling/sip-signaling.js";
import type { CallCommand } from "./call-arguments.js";
import { writeMonoWav } from "./wav-file.js";

/** One leg's two ports are picked out of these. */
const PORTS = { portMin: 30_000, portMax: 39_999 };
const CODECS = ["PCMA", "PCMU"] as const;
const KEY_MS = 120;
/** From one key's beginning to the next one's. */
const KEY_STEP_MS = 250;
const COMMA_MS = 1000;
/** A far side needs a moment to be ready for keys. */
const FIRST_KEY_MS = 500;
const RECORDING = "heard" as RecordingId;

export interface SoftphoneReport {
  readonly answered: boolean;
  readonly end: SessionEnd;
}

export class Softphone {
  readonly #command: CallCommand;
  readonly #say: (line: string) => void;
  readonly #clock: Clock = new SystemClock();
  readonly #random = new SystemRandom();
  readonly #recordings = new MemoryRecordingStore();
  readonly #timers = new Set<Cancel>();
  readonly #media: MediaEngine;
  readonly #hub: MediaHub;
  #leg: SipLeg | undefined;

  /** @param say takes one line for each thing that happens */
  constructor(command: CallCommand, codecs: CodecCatalog, say: (line: string) => void) {
    this.#command = command;
    this.#say = say;
    this.#media = new MediaEngine({ clock: this.#clock, random: this.#random, net: new DgramMediaNet(), recordings: this.#recordings, createSha256: createSystemSha256, address: command.listen.address, codecs, ...PORTS });
    this.#hub = new MediaHub({ media: this.#media });
  }

  /** Ends the call that is up; `run` then resolves as after any other end. */
  hangup(): void {
    this.#leg?.hangup();
  }

  /** One call, from the first message to the last. Rejects where the address can't be bound or the recording not be written. */
  async run(): Promise<SoftphoneReport> {
    const { listen, target, record } = this.#command;
    const signaling = new SipSignaling({
      clock: this.#clock,
      random: this.#random,
      network: new UdpTransportFactory(),
      local: listen,
      // It takes one call; whoever comes next finds it busy.
      door: { admit: () => (this.#leg === undefined ? { kind: "accept", origin: { kind: "trunk", name: "caller" } } : { kind: "reject", status: 486 }) },
      registrar: { register: () => ({ status: 405, headers: [] }) },
    });
    const local = await signaling.start();
    try {
      const leg = target === undefined ? await this.#await(signaling, local) : this.#place(signaling, target);
      const report = await this.#attend(leg);
      await this.#media.close();
      if (record !== undefined) this.#say(`recorded ${record} ${((await writeMonoWav(record, await this.#recordings.read(RECORDING))) / 1000).toFixed(2)} s`);
      return report;
    } finally {
      for (const cancel of this.#timers) cancel();
      await this.#media.close();
      await signaling.stop(0);
    }
  }

  #place(signaling: SipSignaling, { number, at }: { readonly number: string; readonly at: Endpoint }): SipLeg {
    const callId = randomToken(this.#random, 16);
    const party: OutgoingParty = {
      remote: { number },
      codecFirst: this.#command.codec,
      invite: (offer) => signaling.invite({ uri: `sip:${number}@${formatEndpoint(at)}`, to: at, from: { number: this.#command.from }, offer, callId }),
    };
    this.#say(`calling ${number} at ${formatEndpoint(at)}`);
    return this.#createLeg(callId, party);
  }

  #await(signaling: SipSignaling, local: Endpoint): Promise<SipLeg> {
    this.#say(`waiting for a call at ${formatEndpoint(local)}`);
    return new Promise((resolve) => {
      signaling.onIncoming((session) => {
        this.#say(`called by ${session.remote.number === "" ? "somebody" : session.remote.number}`);
        const leg = this.#createLeg(session.callId, session);
        leg.ring();
        leg.answer().catch(() => undefined); // that it could not be answered is told by its end
        resolve(leg);
      });
    });
  }

  #createLeg(callId: string, party: IncomingSession | OutgoingParty): SipLeg {
    const { codec, listen } = this.#command;
    const options: SipLegOptions = {
      id: "softphone" as LegId,
      callId,
      origin: { kind: "trunk", name: "far side" },
      nat: true,
      clock: this.#clock,
      hub: this.#hub,
      negotiation: { codecs: codec === undefined ? CODECS : [codec], sessionId: "1", advertisedAddress: listen.address, comfortNoise: "receive" },
    };
    this.#leg = new SipLeg(options, party);
    return this.#leg;
  }

  #attend(leg: SipLeg): Promise<SoftphoneReport> {
    return new Promise((resolve) => {
      let answered = false;
      leg.listen({
        onRinging: () => this.#say("ringing"),
        onAnswered: () => {
          answered = true;
          this.#say(`answered ${leg.codec ?? ""}`.trim());
          leg.startRecording(RECORDING);
          this.#press(leg);
          if (this.#command.hangUpAfterMs !== undefined) this.#later(this.#command.hangUpAfterMs, () => leg.hangup());
        },
        onDigit: (digit) => this.#say(`heard key ${digit}`),
        onSilent: (sentence) => this.#say(sentence),
        onRecordingClosed: () => undefined,
        onEnded: (end) => {
          this.#say(`ended by ${end.by}: ${[end.cause, end.status, end.reason].filter((part) => part !== undefined).join(" ")}`);
          resolve({ answered, end });
        },
      });
    });
  }

  #press(leg: SipLeg): void {
    let atMs = FIRST_KEY_MS;
    for (const key of this.#command.keys) {
      if (key === ",") {
        atMs += COMMA_MS;
        continue;
      }
      this.#later(atMs, () => {
        this.#say(`key ${key}`);
        leg.sendDigits(key, KEY_MS);
      });
      atMs += KEY_STEP_MS;
    }
  }

  #later(delayMs: number, run: () => void): void {
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
  }
}
