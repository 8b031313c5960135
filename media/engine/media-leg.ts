// One leg's media: its stream in, its stream out, and how it goes on in another engine. What it hears and what it says by its
// own doing are its two halves, `listening.ts` and `saying.ts`; `bridge-end.ts` is where another leg's sound comes in.
import { formatEndpoint, type Endpoint } from "../../protocol/base/endpoint.js";
import { tsAdd32 } from "../../protocol/base/sequence.js";
import type { RtpView } from "../../protocol/rtp/packet.js";
import { AUDIO_FORMATS } from "../../protocol/sdp/audio-format.js";
import type { Codec } from "../codec/codec.js";
import type { MediaSocket } from "../net/media-net.js";
import type { Play } from "../player/player.js";
import { Message, type MessageOptions } from "../recorder/message.js";
import { RtcpReporter } from "../session/rtcp-reporter.js";
import { RtpReceiver, type ReceiveSink } from "../session/rtp-receiver.js";
import { FRAME_MS, RtpSender, UNITS_PER_MS } from "../session/rtp-sender.js";
import { BridgeEnd } from "./bridge-end.js";
import { suspendedMedia, type LegState } from "./handover.js";
import { countersOf } from "./leg-counters.js";
import { reachable, reportEndpoint } from "./reach.js";
import type { LegSurroundings } from "./leg-surroundings.js";
import { Listening } from "./listening.js";
import { Saying } from "./saying.js";
import type { ShapeSettings } from "./shaping.js";
import { SilenceWatch } from "./silence-watch.js";
import type { Taps } from "./taps.js";
import type { LegCounters, LegId, MediaSettings, RecordingId, SuspendedMedia } from "./command.js";

/** More than the jitter buffer could hold is not made up for. */
const RESUME_TICKS_MAX = 1000 / FRAME_MS;
/** What is later than the far side's jitter buffer helps nobody. */
const RESUME_FRAMES_MAX = 5;

export class MediaLeg implements ReceiveSink {
  readonly id: LegId;
  readonly #around: LegSurroundings;
  readonly #sender: RtpSender;
  readonly #receiver = new RtpReceiver(this);
  readonly #reporter: RtcpReporter;
  readonly #listening: Listening;
  readonly #saying: Saying;
  readonly #bridge: BridgeEnd;
  readonly #watch: SilenceWatch;
  #settings: MediaSettings | undefined;
  #speaks = false;
  #listens = false;
  #knownSource: Endpoint | undefined;

  constructor(id: LegId, sockets: { readonly rtp: MediaSocket; readonly rtcp: MediaSocket }, around: LegSurroundings) {
    this.id = id;
    this.#around = around;
    const { clock, random } = around;
    this.#sender = new RtpSender(sockets.rtp, random);
    this.#reporter = new RtcpReporter({ clock, random, socket: sockets.rtcp, sender: this.#sender, receiver: this.#receiver, units: () => around.units() });
    this.#listening = new Listening(id, around, {
      onKey: (key) => this.#pressed(key),
      onDetected: (detected, afterMs) => around.emit({ type: "detected", leg: id, detected, afterMs }),
      onMessageOver: () => this.stopMessage(),
    });
    this.#saying = new Saying(id, this.#sender, around);
    this.#bridge = new BridgeEnd({ sender: this.#sender, listening: this.#listening, saying: this.#saying, beats: this }, around);
    this.#watch = new SilenceWatch(this.#receiver, sockets.rtp, () => this.#listening.hearing.pausing);
  }

  counters(): LegCounters {
    return countersOf(this.#receiver, this.#listening.hearing, this.#sender.packets);
  }

  /** A new offer/answer's terms. */
  configure(settings: MediaSettings): void {
    this.#bridge.settle();
    const { clockRateHz } = AUDIO_FORMATS[settings.codec];
    this.#useCodec(settings);
    this.#settings = settings;
    this.#speaks = settings.direction === "sendrecv" || settings.direction === "sendonly";
    this.#listens = settings.direction === "sendrecv" || settings.direction === "recvonly";
    this.#listening.expectKeys(settings.dtmfPayloadType === undefined);
    this.#sender.configure({ ...settings, clockRateHz }, this.#around.units());
    this.#sender.direct(this.#speaks ? reachable(settings.remote) : undefined);
    this.#receiver.expect(this.#listens ? { ...settings, clockRateHz } : undefined);
    // Until its next packet: behind NAT the address in its SDP reaches nobody.
    if (this.#speaks && this.#knownSource?.address === settings.expectAddress) this.#sender.direct(this.#knownSource);
    this.#knownSource = undefined;
    this.#watch.begin(this.#around.tick());
    this.#bridge.agree(settings);
  }

  /** @throws where this machine lacks the codec, which is then not offered */
  #useCodec(settings: MediaSettings): void {
    const before = this.#settings;
    const sameCodec = before !== undefined && before.codec === settings.codec && before.fmtp === settings.fmtp;
    if (sameCodec && before.ptimeMs === settings.ptimeMs && before.dtx === settings.dtx && before.noisePayloadType === settings.noisePayloadType) return;
    const codec: Codec | undefined = sameCodec ? this.#listening.hearing.codec : this.#around.codecs(settings.codec, settings.fmtp ?? "");
    if (codec === undefined) throw new Error(`no codec ${settings.codec} here`);
    this.#saying.use(codec, settings);
    this.#listening.use(codec);
  }

  /** Both legs hear each other; each leaves the leg that it heard before. */
  join(peer: MediaLeg): void {
    this.#bridge.join(peer.#bridge);
  }

  leave(): void {
    this.#bridge.leave();
  }

  start(play: Play): void {
    this.#saying.start(play);
    this.#bridge.settle();
  }

  /** Ends what is played, or only `play` where given. */
  stop(play?: string): void {
    this.#saying.stop(play);
  }

  /** As events, or as tones where none were agreed; false where too many wait. */
  sendKeys(keys: string, durationMs: number): boolean {
    return this.#bridge.sendKeys(keys, durationMs);
  }

  /** Changes what the other side of a bridge hears of it, which is then processed. */
  shape(settings: ShapeSettings | undefined): void {
    this.#listening.shape(settings);
    this.#bridge.reconsider();
  }

  /** Replaces what the far side is listened to for. */
  listenFor(set: Parameters<Taps["listenFor"]>[0]): void {
    this.#listening.taps.listenFor(set);
    this.#bridge.settle();
  }

  /** Records what the far side says from now until it has finished, beside the recording of all. */
  startMessage(options: MessageOptions): void {
    this.stopMessage();
    this.#listening.taps.message = new Message(options, this.#around);
    this.#bridge.reconsider();
  }

  /** Ends it, or only `recording` where given; false where there is none. */
  stopMessage(recording?: RecordingId): boolean {
    const { taps, recorder } = this.#listening;
    const { message } = taps;
    if (message === undefined || (recording !== undefined && recording !== message.recording)) return false;
    taps.message = undefined;
    this.#bridge.reconsider();
    recorder.tellClosed(message, (end) => ({ type: "message.ended", leg: this.id, recording: message.recording, ...end }));
    return true;
  }

  record(recording: RecordingId): void {
    this.stopRecording();
    this.#startTrack(recording, this.#around.tick() + 1);
  }

  #startTrack(recording: RecordingId, firstTick: number): void {
    this.#listening.record(recording, firstTick);
    this.#bridge.settle();
  }

  /** While on, silence is recorded, and keys are not passed on. */
  mask(on: boolean): void {
    this.#bridge.settle();
    this.#listening.recorder.mask(on);
  }

  /** Ends the recording, or only `recording` where given; false where there is none. */
  stopRecording(recording?: RecordingId): boolean {
    const { recorder } = this.#listening;
    const { track } = recorder;
    if (track === undefined || (recording !== undefined && recording !== track.recording)) return false;
    this.#bridge.settle();
    recorder.track = undefined;
    this.#bridge.settle();
    recorder.close(track);
    return true;
  }

  /** Stops all and tells the last event when the recordings are closed. The socket is its owner's. */
  close(): Promise<void> {
    this.leave();
    this.stop();
    this.stopRecording();
    this.stopMessage();
    this.#reporter.bye(this.#reportsTo());
    this.#receiver.expect(undefined);
    this.#sender.direct(undefined);
    this.#listening.close();
    this.#saying.close();
    return this.#listening.recorder.afterClosing(() => this.#around.emit({ type: "leg.closed", leg: this.id, counters: this.counters() }));
  }

  /** Ends the bridge and the recording without a word to the far side: another engine goes on. `closed`: no track is being closed here any more. */
  release(): { readonly state: LegState; readonly closed: Promise<void> } {
    this.leave();
    const { hearing, keys, taps, shaping, recorder, lastTick } = this.#listening;
    const { track } = recorder;
    this.stopRecording();
    const message = taps.message?.handOver();
    if (message === undefined) this.stopMessage();
    const state: LegState = {
      epochMs: this.#around.epochMs,
      lastTick,
      settings: this.#settings,
      sender: this.#sender.save(),
      receiver: this.#receiver.save(),
      reporter: this.#reporter.save(),
      jitter: hearing.jitter.save(),
      pause: hearing.pause,
      ...this.#saying.save(),
      recorded: track === undefined ? undefined : { recording: track.recording, durationMs: track.durationMs },
      heldTone: keys?.held,
      ear: taps.ear,
      message,
      shape: shaping?.settings,
      maskedUntilTick: recorder.maskedUntilTick,
      ...this.#watch.save(),
    };
    this.#sender.direct(undefined);
    this.#listening.close();
    this.#saying.close();
    return { state, closed: recorder.closed() };
  }

  /** Ends as `release` does, for another process: its clock is another one, so only the stream we send goes on. */
  suspend(port: number): { readonly media: SuspendedMedia; readonly closed: Promise<void> } {
    const at = { port, utcMs: this.#around.clock.utcMs(), rtpTime: this.#sender.rtpTimeAt(this.#around.units()), clockPerMs: this.#sender.clockPerMs };
    this.stopMessage();
    const { state, closed } = this.release();
    return { media: suspendedMedia(state, at), closed };
  }

  /** Goes on with the stream that another process sent; for a leg that has done nothing yet. */
  goOn({ utcMs, rtpTime, clockPerMs, seq, ssrc, packets, octets, cname, source }: SuspendedMedia): void {
    const { clock } = this.#around;
    const nowTime = tsAdd32(rtpTime, Math.round((clock.utcMs() - utcMs) * clockPerMs));
    this.#sender.goOn({ ssrc, seq, packets, octets, timeBase: tsAdd32(nowTime, -Math.round(this.#around.units())) });
    this.#reporter.goOn({ cname, packetsReported: packets });
    this.#knownSource = source;
  }

  /** Goes on where another engine's leg stood; `recording` is the track for what follows. For a leg that has done nothing yet. */
  resume(state: LegState, recording: RecordingId | undefined): void {
    const { epochMs } = this.#around;
    const listening = this.#listening;
    const now = this.#around.tick();
    // Beats of two engines fall apart by up to half a beat; the jitter buffer evens that out.
    const laterTicks = Math.max(Math.round((epochMs - state.epochMs) / FRAME_MS), state.lastTick - now);
    if (state.settings !== undefined) {
      this.configure(state.settings);
      const { clockRateHz } = AUDIO_FORMATS[state.settings.codec];
      this.#receiver.restore(state.receiver, this.#listens ? { ...state.settings, clockRateHz } : undefined);
      if (state.heldTone !== undefined) listening.keys?.goOn(state.heldTone);
      if (this.#speaks && state.receiver.locked !== undefined) this.#sender.direct(state.receiver.locked);
    }
    this.#sender.restore(state.sender, Math.round((epochMs - state.epochMs) * UNITS_PER_MS));
    this.#reporter.restore(state.reporter);
    listening.hearing.restore(state.jitter, state.pause);
    listening.buffers = true;
    listening.taps.ear = state.ear;
    if (state.message !== undefined) listening.taps.message = new Message(state.message.options, this.#around, state.message);
    listening.shape(state.shape);
    listening.lastTick = state.lastTick - laterTicks;
    listening.recorder.maskedUntilTick = state.maskedUntilTick - laterTicks;
    this.#saying.restore(state);
    this.#watch.restore(state, laterTicks);
    if (recording !== undefined) this.#startTrack(recording, listening.lastTick + 1);
    // What was to be heard on the way here, and said: a little late, but without a hole.
    for (let tick = Math.max(listening.lastTick + 1, now - RESUME_TICKS_MAX); tick <= now; tick++) {
      this.listen(tick);
      if (now - tick < RESUME_FRAMES_MAX) this.speak(tick);
    }
  }

  /** As `resume` where nothing is known of what was. */
  joinLate(): void {
    this.#receiver.joinLate();
  }

  receive(bytes: Uint8Array, length: number, from: Endpoint): void {
    this.#receiver.receive(bytes, length, from, this.#around.units());
  }

  /** RTCP; its port is not locked, since a NAT gives it one of its own. */
  receiveReport(bytes: Uint8Array, length: number, from: Endpoint): void {
    const { counters } = this.#receiver;
    if (this.#settings === undefined || from.address !== this.#settings.expectAddress) counters.foreign += 1;
    else if (!this.#reporter.receive(bytes, length)) counters.malformed += 1;
    else this.#saying.adapt(this.#reporter.loss);
  }

  onSound(view: RtpView, arrivalUnits: number): void {
    this.#bridge.onSound(view, arrivalUnits);
  }

  onNoise(view: RtpView, arrivalUnits: number): void {
    this.#bridge.onNoise(view, arrivalUnits);
  }

  onBreak(): void {
    this.#bridge.onBreak();
  }

  onLocked(from: Endpoint): void {
    if (this.#speaks) this.#sender.direct(from);
    this.#around.emit({ type: "media.started", leg: this.id, from });
  }

  onKey(key: string): void {
    this.#listening.keyByEvent(key);
    this.#pressed(key);
  }

  #pressed(key: string): void {
    this.#around.emit({ type: "dtmf", leg: this.id, digit: key });
    this.#saying.barge();
    this.#bridge.onKey(key);
  }

  /** The first half of a tick: takes what was heard in these 20 ms. */
  listen(tick: number): void {
    const listening = this.#listening;
    // Woken by another leg within this beat.
    if (tick <= listening.lastTick) return;
    listening.listen(tick);
    if (this.#watch.check(tick, this.#listens)) this.#tellSilent();
    if (this.#reporter.isDue) this.#reporter.report(this.#reportsTo());
  }

  /** The second half: sends what is heard from us in these 20 ms. */
  speak(tick: number): void {
    this.#bridge.speak(tick);
  }

  #reportsTo(): Endpoint | undefined {
    return reportEndpoint(this.#receiver.source, this.#settings?.remote);
  }

  #tellSilent(): void {
    const { source, counters } = this.#receiver;
    const expected = source === undefined ? `${this.#settings!.expectAddress}, any port` : formatEndpoint(source);
    this.#around.emit({ type: "media.silent", leg: this.id, expected, received: counters.received, foreign: counters.foreign });
  }
}
