// One leg's media: its stream in, its stream out, and what passes between them, its recording, its player and its bridge.
import { formatEndpoint, type Endpoint } from "../../protocol/base/endpoint.js";
import { tsAdd32 } from "../../protocol/base/sequence.js";
import type { RtpView } from "../../protocol/rtp/packet.js";
import { AUDIO_FORMATS } from "../../protocol/sdp/audio-format.js";
import type { Codec } from "../codec/codec.js";
import { G711, LAW_RATE_HZ } from "../codec/g711.js";
import type { ByteBlock } from "../jitter/byte-block.js";
import type { MediaSocket } from "../net/media-net.js";
import { Player, type Play } from "../player/player.js";
import { closedInTime } from "../recorder/closing.js";
import { RecordingError } from "../recorder/error.js";
import { Message, type MessageOptions } from "../recorder/message.js";
import { Track } from "../recorder/track.js";
import { RtcpReporter } from "../session/rtcp-reporter.js";
import { RtpReceiver, type ReceiveSink } from "../session/rtp-receiver.js";
import { FRAME_MS, FRAME_UNITS, RtpSender, UNITS_PER_MS } from "../session/rtp-sender.js";
import { bridgeMode, type BridgeMode, type BridgeSide } from "./bridge-mode.js";
import { suspendedMedia, type LegState } from "./handover.js";
import { Hearing } from "./hearing.js";
import { countersOf } from "./leg-counters.js";
import { reachable, reportEndpoint } from "./reach.js";
import { InbandKeys } from "./inband-keys.js";
import { KeyTones } from "./key-tones.js";
import type { LegSurroundings } from "./leg-surroundings.js";
import { Shaping, type ShapeSettings } from "./shaping.js";
import { Taps } from "./taps.js";
import { Voice } from "./voice.js";
import type { LegCounters, LegId, MediaEvent, MediaSettings, RecordingId, SuspendedMedia } from "./command.js";

const SILENT_TICKS = 3000 / FRAME_MS;
/** The same where the far side has said that nobody speaks: many tell it once and wait. */
const PAUSE_SILENT_TICKS = 60_000 / FRAME_MS;
/** After so long without its packets a leg hears other sources too, so that what they send is counted. */
const DEAF_TICKS_MAX = 1000 / FRAME_MS;
/** So long a relayed stream may pause before we fill the line with silence of our own, which keeps NATs and carriers awake. */
const RELAY_PAUSE_TICKS = 200 / FRAME_MS;
/** A leg at rest that was kept from its beats for longer has missed them. */
const BEATS_MAX = 10;
/** A tick before all. */
const NEVER = -(2 ** 30);
/** How long a key is held that we pass through a bridge. */
const BRIDGED_KEY_MS = 100;
/** More than the jitter buffer could hold is not made up for. */
const RESUME_TICKS_MAX = 1000 / FRAME_MS;
/** What is later than the far side's jitter buffer helps nobody. */
const RESUME_FRAMES_MAX = 5;

export class MediaLeg implements ReceiveSink {
  readonly id: LegId;
  readonly #around: LegSurroundings;
  readonly #rtp: MediaSocket;
  readonly #sender: RtpSender;
  readonly #receiver = new RtpReceiver(this);
  readonly #reporter: RtcpReporter;
  #hearing: Hearing;
  #voice: Voice | undefined;
  /** Where no telephone-event was agreed: keys that come as tones, and those that we send so. */
  #keys: InbandKeys | undefined;
  readonly #keyTones = new KeyTones();
  readonly #listenTo = (beats: number, out: ByteBlock, at: number): void => this.#hearing.listenTo(beats, out, at);
  #playFrame = SILENCE;
  #settings: MediaSettings | undefined;
  #speaks = false;
  #listens = false;
  #player: Player | undefined;
  #track: Track | undefined;
  readonly #taps: Taps;
  #shaping: Shaping | undefined;
  readonly #closingTracks = new Set<Promise<void>>();
  #maskedUntilTick = 0;
  #knownSource: Endpoint | undefined;
  #peer: MediaLeg | undefined;
  #mode: BridgeMode = "wait";
  /** Whether the jitter buffer is fed: relayed sound that nobody records needs none. */
  #buffers = false;
  #rests = false;
  #lastTick: number;
  #forwardTick = NEVER;
  /** What we sent last tells of the other side's pause: until it ends nothing need follow. */
  #pauseForwarded = false;
  #receivedBefore = 0;
  #receivedTick = 0;
  #silentTold = false;

  constructor(id: LegId, sockets: { readonly rtp: MediaSocket; readonly rtcp: MediaSocket }, around: LegSurroundings) {
    this.id = id;
    this.#around = around;
    const { clock, random } = around;
    this.#rtp = sockets.rtp;
    this.#sender = new RtpSender(sockets.rtp, random);
    this.#reporter = new RtcpReporter({ clock, random, socket: sockets.rtcp, sender: this.#sender, receiver: this.#receiver, units: () => around.units() });
    this.#hearing = new Hearing(G711.PCMA, around.jitterMs);
    this.#lastTick = around.tick();
    this.#taps = new Taps({ onDetected: (detected, afterMs) => around.emit({ type: "detected", leg: id, detected, afterMs }), onMessageOver: () => this.stopMessage() });
  }

  get peer(): MediaLeg | undefined {
    return this.#peer;
  }

  get sender(): RtpSender {
    return this.#sender;
  }

  get receiver(): RtpReceiver {
    return this.#receiver;
  }

  /** Whether we send sound at all. */
  get speaks(): boolean {
    return this.#speaks;
  }

  get listens(): boolean {
    return this.#listens;
  }

  counters(): LegCounters {
    return countersOf(this.#receiver, this.#hearing, this.#sender.packets);
  }

  /** A new offer/answer's terms. */
  configure(settings: MediaSettings): void {
    this.#settle();
    const { clockRateHz } = AUDIO_FORMATS[settings.codec];
    this.#useCodec(settings);
    this.#settings = settings;
    this.#speaks = settings.direction === "sendrecv" || settings.direction === "sendonly";
    this.#listens = settings.direction === "sendrecv" || settings.direction === "recvonly";
    const { codec } = this.#hearing;
    if (settings.dtmfPayloadType !== undefined) this.#keys = undefined;
    else if (this.#keys?.suits(codec) !== true) this.#keys = new InbandKeys(codec);
    this.#sender.configure({ ...settings, clockRateHz }, this.#around.units());
    this.#sender.direct(this.speaks ? reachable(settings.remote) : undefined);
    this.#receiver.expect(this.listens ? { ...settings, clockRateHz } : undefined);
    this.#rtp.connect?.(undefined);
    // Until its next packet: behind NAT the address in its SDP reaches nobody.
    if (this.speaks && this.#knownSource?.address === settings.expectAddress) this.#sender.direct(this.#knownSource);
    this.#knownSource = undefined;
    this.#receivedTick = this.#around.tick();
    this.#silentTold = false;
    this.#chooseMode();
  }

  /** @throws where this machine lacks the codec, which is then not offered */
  #useCodec(settings: MediaSettings): void {
    const before = this.#settings;
    const sameCodec = before !== undefined && before.codec === settings.codec && before.fmtp === settings.fmtp;
    if (sameCodec && before.ptimeMs === settings.ptimeMs && before.dtx === settings.dtx && before.noisePayloadType === settings.noisePayloadType) return;
    const codec: Codec | undefined = sameCodec ? this.#hearing.codec : this.#around.codecs(settings.codec, settings.fmtp ?? "");
    if (codec === undefined) throw new Error(`no codec ${settings.codec} here`);
    this.#voice?.close();
    this.#voice = new Voice(codec, this.#sender, settings);
    if (codec === this.#hearing.codec) return;
    const hearing = new Hearing(codec, this.#around.jitterMs);
    Object.assign(hearing.jitter.counters, this.#hearing.jitter.counters);
    this.#hearing.close();
    this.#hearing = hearing;
  }

  /** Both legs hear each other; each leaves the leg that it heard before. */
  join(peer: MediaLeg): void {
    this.leave();
    peer.leave();
    this.#peer = peer;
    peer.#peer = this;
    this.#chooseMode();
  }

  leave(): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    for (const leg of [this, peer]) {
      leg.#peer = undefined;
      leg.#chooseMode();
    }
  }

  start(play: Play): void {
    this.stop();
    const player = this.#takePlayer(play);
    this.#settle();
    if (player === undefined) this.#around.emit({ type: "play.ended", leg: this.id, play: play.play, outcome: "unknown-prompt" });
    else if (player.finished) this.#endPlay("finished");
  }

  /** Ends what is played, or only `play` where given. */
  stop(play?: string): void {
    if (this.#player !== undefined && (play === undefined || play === this.#player.play)) this.#endPlay("stopped");
  }

  /** As events, or as tones where none were agreed; false where too many wait. */
  sendKeys(keys: string, durationMs: number): boolean {
    this.#settle();
    return this.#sender.takesEvents ? this.#sender.events.send(keys, durationMs) : this.#keyTones.send(keys, durationMs);
  }

  /** Changes what the other side of a bridge hears of it, which is then processed. */
  shape(settings: ShapeSettings | undefined): void {
    this.#shaping = Shaping.of(settings);
    this.#chooseMode();
  }

  /** Replaces what the far side is listened to for. */
  listenFor(set: Parameters<Taps["listenFor"]>[0]): void {
    this.#taps.listenFor(set);
    this.#settle();
  }

  /** Records what the far side says from now until it has finished, beside the recording of all. */
  startMessage(options: Omit<MessageOptions, "recordings" | "createSha256">): void {
    this.stopMessage();
    this.#taps.message = new Message({ ...options, ...this.#around });
    this.#chooseMode();
  }

  /** Ends it, or only `recording` where given; false where there is none. */
  stopMessage(recording?: RecordingId): boolean {
    const { message } = this.#taps;
    if (message === undefined || (recording !== undefined && recording !== message.recording)) return false;
    this.#taps.message = undefined;
    this.#chooseMode();
    this.#tellClosed(message, (end) => ({ type: "message.ended", leg: this.id, recording: message.recording, ...end }));
    return true;
  }

  record(recording: RecordingId): void {
    this.stopRecording();
    this.#startTrack(recording, this.#around.tick() + 1);
  }

  #startTrack(recording: RecordingId, firstTick: number): void {
    if (this.#rests) this.#catchUp();
    const { law } = this.#hearing;
    const { recordings, createSha256 } = this.#around;
    this.#track = new Track({ recording, law, writer: recordings.create(recording, law), sha256: createSha256(), firstTick });
    this.#settle();
  }

  /** Switched off, it covers what the jitter buffer still holds. */
  mask(on: boolean): void {
    this.#settle();
    this.#maskedUntilTick = on ? Infinity : this.#around.tick() + 1 + Math.ceil(this.#around.jitterMs / FRAME_MS);
  }

  /** Ends the recording, or only `recording` where given; false where there is none. */
  stopRecording(recording?: RecordingId): boolean {
    const track = this.#track;
    if (track === undefined || (recording !== undefined && recording !== track.recording)) return false;
    this.#settle();
    this.#track = undefined;
    this.#settle();
    track.fillTo(this.#around.tick() + 1);
    this.#tellClosed(track, (end) => ({ type: "record.closed", leg: this.id, recording: track.recording, ...end }));
    return true;
  }

  #tellClosed<End>(track: { readonly recording: RecordingId; close(): Promise<End> }, told: (end: End) => MediaEvent): void {
    const { emit } = this.#around;
    const failed = (error: unknown): void => emit({ type: "record.failed", leg: this.id, recording: track.recording, reason: error instanceof RecordingError ? error.code : String(error) });
    const closing = track
      .close()
      .then((end) => emit(told(end)), failed)
      .finally(() => this.#closingTracks.delete(closing));
    this.#closingTracks.add(closing);
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
    this.#hearing.close();
    this.#voice?.close();
    const told = (): void => this.#around.emit({ type: "leg.closed", leg: this.id, counters: this.counters() });
    if (this.#closingTracks.size === 0) return Promise.resolve(told());
    return closedInTime(this.#closingTracks, this.#around.clock).then(told);
  }

  /** Ends the bridge and the recording without a word to the far side: another engine goes on. `closed`: no track is being closed here any more. */
  release(): { readonly state: LegState; readonly closed: Promise<void> } {
    this.leave();
    const track = this.#track;
    this.stopRecording();
    this.stopMessage();
    const state: LegState = {
      epochMs: this.#around.epochMs,
      lastTick: this.#lastTick,
      settings: this.#settings,
      sender: this.#sender.save(),
      receiver: this.#receiver.save(),
      reporter: this.#reporter.save(),
      jitter: this.#hearing.jitter.save(),
      pause: this.#hearing.pause,
      play: this.#player === undefined ? undefined : { order: this.#player.order, position: this.#player.position },
      recorded: track === undefined ? undefined : { recording: track.recording, durationMs: track.durationMs },
      heldTone: this.#keys?.held,
      keyTones: this.#keyTones.save(),
      ear: this.#taps.ear,
      shape: this.#shaping?.settings,
      maskedUntilTick: this.#maskedUntilTick,
      receivedTick: this.#receivedTick,
      silentTold: this.#silentTold,
    };
    this.#player = undefined;
    this.#sender.direct(undefined);
    this.#hearing.close();
    this.#voice?.close();
    return { state, closed: Promise.all(this.#closingTracks).then(() => undefined) };
  }

  /** Ends as `release` does, for another process: its clock is another one, so only the stream we send goes on. */
  suspend(port: number): { readonly media: SuspendedMedia; readonly closed: Promise<void> } {
    const at = { port, utcMs: this.#around.clock.utcMs(), rtpTime: this.#sender.rtpTimeAt(this.#around.units()), clockPerMs: this.#sender.clockPerMs };
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
    const now = this.#around.tick();
    // Beats of two engines fall apart by up to half a beat; the jitter buffer evens that out.
    const laterTicks = Math.max(Math.round((epochMs - state.epochMs) / FRAME_MS), state.lastTick - now);
    if (state.settings !== undefined) {
      this.configure(state.settings);
      const { clockRateHz } = AUDIO_FORMATS[state.settings.codec];
      this.#receiver.restore(state.receiver, this.listens ? { ...state.settings, clockRateHz } : undefined);
      if (state.heldTone !== undefined) this.#keys?.goOn(state.heldTone);
      if (this.speaks && state.receiver.locked !== undefined) this.#sender.direct(state.receiver.locked);
    }
    this.#sender.restore(state.sender, Math.round((epochMs - state.epochMs) * UNITS_PER_MS));
    this.#reporter.restore(state.reporter);
    this.#hearing.restore(state.jitter, state.pause);
    this.#buffers = true;
    this.#keyTones.restore(state.keyTones);
    this.#taps.ear = state.ear;
    this.#shaping = Shaping.of(state.shape);
    if (state.play !== undefined) this.#resumePlay(state.play);
    this.#lastTick = state.lastTick - laterTicks;
    this.#maskedUntilTick = state.maskedUntilTick - laterTicks;
    this.#receivedTick = state.receivedTick - laterTicks;
    this.#receivedBefore = state.receiver.counters.received;
    this.#silentTold = state.silentTold;
    if (recording !== undefined) this.#startTrack(recording, this.#lastTick + 1);
    // What was to be heard on the way here, and said: a little late, but without a hole.
    for (let tick = Math.max(this.#lastTick + 1, now - RESUME_TICKS_MAX); tick <= now; tick++) {
      this.listen(tick);
      if (now - tick < RESUME_FRAMES_MAX) this.speak(tick);
    }
  }

  /** As `resume` where nothing is known of what was. */
  joinLate(): void {
    this.#receiver.joinLate();
  }

  #resumePlay({ order, position }: NonNullable<LegState["play"]>): void {
    const player = this.#takePlayer(order);
    if (player === undefined) this.#around.emit({ type: "play.ended", leg: this.id, play: order.play, outcome: "unknown-prompt" });
    else player.position = position;
  }

  receive(bytes: Uint8Array, length: number, from: Endpoint): void {
    this.#receiver.receive(bytes, length, from, this.#around.units());
  }

  /** RTCP; its port is not locked, since a NAT gives it one of its own. */
  receiveReport(bytes: Uint8Array, length: number, from: Endpoint): void {
    const { counters } = this.#receiver;
    if (this.#settings === undefined || from.address !== this.#settings.expectAddress) counters.foreign += 1;
    else if (!this.#reporter.receive(bytes, length)) counters.malformed += 1;
    else this.#voice?.adapt(this.#reporter.loss);
  }

  onSound(view: RtpView, arrivalUnits: number): void {
    this.#hearing.heed(view, false);
    if (this.#buffers) {
      if (this.#rests && !this.#hearing.mayWait(view, this.#around.tick() - this.#lastTick)) this.#catchUp();
      this.#hearing.put(view);
    }
    if (this.#mode === "relay") this.#peer?.forward(view, arrivalUnits, this.#hearing.unitsIn(view));
  }

  onNoise(view: RtpView, arrivalUnits: number): void {
    const first = !this.#hearing.hasNoise;
    this.#hearing.heed(view, true);
    // The other side may not take it, and then hears it as sound; and what is recorded is no longer bytes to copy.
    if (first) this.#chooseMode();
    if (this.#buffers) this.#hearing.putNoise(view);
    if (this.#mode === "relay") this.#peer?.forward(view, arrivalUnits, 0, true);
  }

  onBreak(): void {
    this.#settle();
    this.#hearing.reset();
    this.#peer?.sender.breakRelay();
  }

  onLocked(from: Endpoint): void {
    if (this.speaks) this.#sender.direct(from);
    this.#around.emit({ type: "media.started", leg: this.id, from });
  }

  onKey(key: string): void {
    this.#around.emit({ type: "dtmf", leg: this.id, digit: key });
    if (this.#player?.bargeIn === true) this.#endPlay("barged");
    // Where neither side has events, the tones themselves are heard on the other side.
    if (!this.#masked && (this.#keys === undefined || this.#peer?.sender.takesEvents === true)) this.#peer?.sendKeys(key, BRIDGED_KEY_MS);
  }

  /** Sends a packet of the other side's, unless this leg hears something else now. Rewrites it. */
  forward(view: RtpView, units: number, duration: number, isNoise = false): void {
    // At rest there is nothing else to hear.
    if (!this.#speaks || (!this.#rests && (this.#player !== undefined || this.#sender.events.busy || this.#keyTones.busy))) {
      this.#sender.breakRelay();
      return;
    }
    this.#sender.forward(view, units, duration, isNoise);
    this.#pauseForwarded = this.#peer!.#hearing.pausing;
    this.#forwardTick = this.#around.tick();
  }

  /** The first half of a tick: takes what was heard in these 20 ms. */
  listen(tick: number): void {
    // Woken by another leg within this beat.
    if (tick <= this.#lastTick) return;
    if (this.#rests) this.#catchUp();
    else this.#listenNow(tick);
    this.#watch(tick);
    if (this.#reporter.isDue) this.#reporter.report(this.#reportsTo());
  }

  #listenNow(tick: number): void {
    const missed = tick - this.#lastTick - 1;
    if (missed > 0) {
      this.#hearing.skip(missed);
      this.#taps.skip(missed);
    }
    this.#lastTick = tick;
    if (this.#buffers) this.#hearing.listen(this.#decodes);
    const key = this.#buffers ? this.#keys?.push(this.#hearing.frame) : undefined;
    if (key !== undefined) this.onKey(key);
    if (this.#taps.any) this.#taps.push(this.#hearing.narrowFrame());
    if (this.#masked) this.#track?.fillTo(tick + 1);
    else this.#track?.append(tick, this.#hearing.lawFrame(), this.#hearing.law);
    if (this.#mode === "process") this.#shaping?.apply({ samples: this.#hearing.frame, rateHz: this.#hearing.codec.sampleRateHz, rtpTime: 0 });
  }

  /** At rest: takes what was heard in all beats since the last. Copying them together costs little more than one of them alone. */
  #catchUp(): void {
    const tick = this.#around.tick();
    const passed = tick - this.#lastTick;
    if (passed <= 0) return;
    this.#lastTick = tick;
    const beats = this.#track === undefined ? 0 : Math.min(passed, BEATS_MAX);
    if (passed > beats) this.#hearing.skip(passed - beats);
    this.#track?.appendBy(tick - beats + 1, beats, this.#listenTo);
  }

  /** The second half: sends what is heard from us in these 20 ms. */
  speak(tick: number): void {
    if (this.#settings === undefined) return;
    const units = tick * FRAME_UNITS;
    if (this.speaks && this.#sender.sendEvent(units)) return;
    if (this.#player === undefined && !this.#keyTones.busy && (!this.speaks || (this.#mode === "relay" && this.#isRelayed(tick)))) return this.#rest();
    this.#settle();
    this.#pauseForwarded = false;
    this.#say(units);
    if (this.#player?.finished === true) this.#endPlay("finished");
  }

  /** Whether what is heard from us comes from the other side without our doing. */
  #isRelayed(tick: number): boolean {
    if (tick - this.#forwardTick <= RELAY_PAUSE_TICKS) return true;
    const peer = this.#peer!;
    const pause = this.#pauseForwarded ? undefined : peer.#hearing.pause;
    // It paused while something else was heard from us.
    if (pause?.noise !== undefined) {
      this.#sender.sendNoise(pause.noise, pause.noise.length, tick * FRAME_UNITS);
      this.#pauseForwarded = true;
    }
    return this.#pauseForwarded && peer.#hearing.pausing;
  }

  #reportsTo(): Endpoint | undefined {
    return reportEndpoint(this.#receiver.source, this.#settings?.remote);
  }

  get #masked(): boolean {
    return this.#around.tick() < this.#maskedUntilTick;
  }

  /** Whether somebody needs samples of what is heard. */
  get #decodes(): boolean {
    return this.#mode === "process" || this.#keys !== undefined || this.#taps.any || (this.#track !== undefined && (!this.#hearing.isLaw || this.#hearing.hasNoise));
  }

  /** 20 ms of what is played, of the other side where it is not relayed, or of silence. */
  #say(units: number): void {
    const player = this.#player;
    player?.fill(this.#playFrame);
    if (!this.speaks) return;
    const tones = this.#keyTones.next();
    if (tones !== undefined) this.#voice!.say(tones, LAW_RATE_HZ, units);
    else if (player !== undefined) this.#voice!.say(this.#playFrame, player.rateHz, units);
    else if (this.#mode !== "process") this.#voice!.say(SILENCE, LAW_RATE_HZ, units);
    else {
      const { frame, codec } = this.#peer!.#hearing;
      this.#voice!.say(frame, codec.sampleRateHz, units);
    }
  }

  #takePlayer(play: Play): Player | undefined {
    const player = Player.of(play, this.#around.prompts);
    this.#player = player;
    if (player !== undefined) this.#playFrame = new Int16Array((player.rateHz * FRAME_MS) / 1000);
    return player;
  }

  #endPlay(outcome: "finished" | "barged" | "stopped"): void {
    const player = this.#player!;
    this.#player = undefined;
    this.#around.emit({ type: "play.ended", leg: this.id, play: player.play, outcome });
  }

  #chooseMode(): void {
    const mode = bridgeMode(this.side, this.#peer?.side);
    for (const leg of [this, this.#peer]) {
      if (leg === undefined) continue;
      leg.#mode = mode;
      if (leg.#keys !== undefined) leg.#keys.removes = leg.#peer?.sender.takesEvents === true || leg.#taps.message !== undefined;
      leg.#sender.breakRelay();
      leg.#settle();
    }
  }

  /** As its bridge needs to know it. */
  get side(): BridgeSide {
    return { settings: this.#settings, hearing: this.#hearing, shaped: this.#shaping !== undefined };
  }

  /** After whatever may need the next beat. */
  #settle(): void {
    if (this.#rests) this.#catchUp();
    const buffers = this.#track !== undefined || this.#keys !== undefined || this.#taps.any || this.#mode === "process";
    if (buffers && !this.#buffers) this.#hearing.begin();
    this.#buffers = buffers;
    if (!this.#rests) return;
    this.#rests = false;
    this.#around.wake(this);
  }

  #rest(): void {
    if (this.#rests || this.#mode !== "relay" || this.#keys !== undefined || this.#taps.any || (this.#track !== undefined && !this.#mayRecordLater)) return;
    this.#rests = true;
    this.#around.rest(this);
  }

  /** What is recorded are bytes to copy, all of them, from a stream that has begun. */
  get #mayRecordLater(): boolean {
    return !this.#decodes && this.#hearing.jitter.started && !this.#masked;
  }

  /** Says once that nothing comes, and again only after something came. */
  #watch(tick: number): void {
    const { received, foreign } = this.#receiver.counters;
    if (received !== this.#receivedBefore || !this.listens) {
      this.#receivedBefore = received;
      this.#receivedTick = tick;
      this.#silentTold = false;
      this.#rtp.connect?.(this.#receiver.source);
      return;
    }
    if (tick - this.#receivedTick >= DEAF_TICKS_MAX) this.#rtp.connect?.(undefined);
    if (!this.#silentTold && tick - this.#receivedTick >= (this.#hearing.pausing ? PAUSE_SILENT_TICKS : SILENT_TICKS)) {
      this.#silentTold = true;
      const source = this.#receiver.source;
      const expected = source === undefined ? `${this.#settings!.expectAddress}, any port` : formatEndpoint(source);
      this.#around.emit({ type: "media.silent", leg: this.id, expected, received, foreign });
    }
  }
}

const SILENCE = new Int16Array(FRAME_UNITS);
