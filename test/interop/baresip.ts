// baresip as a phone without a sound card: it says what is in one WAV file and writes what it hears to another.
import { connect, type Socket } from "node:net";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, Peer } from "./peers.js";
import { BARESIP_RTP } from "./ports.js";
import { freeTcpPort, freeUdpPort } from "./server-process.js";
import { writeToneWav, writeWav } from "./sound.js";

const MODULES = "/usr/lib/baresip/modules";

/** As baresip names them: name, sample rate, channels. */
export type BaresipCodec = "PCMA/8000/1" | "PCMU/8000/1" | "G722/16000/1" | "L16/16000/1" | "opus/48000/2";

export interface BaresipOptions {
  readonly serverPort: number;
  readonly user: string;
  /** Registers and answers where given; else only calls. */
  readonly password?: string;
  readonly tone: { readonly frequencyHz: number; readonly level: number };
  /** What it says from the answer on, instead of the tone; at the codec's rate. */
  readonly says?: (rateHz: number) => Int16Array;
  /** PCMA unless told. */
  readonly codec?: "PCMA" | "PCMU" | BaresipCodec;
  /** UDP unless told. */
  readonly transport?: "tcp";
}

export class Baresip {
  readonly #folder = mkdtempSync(join(tmpdir(), "ringward-baresip-"));
  #peer!: Peer;
  #control: Socket | undefined;
  #controlEvents = "";

  private constructor(readonly options: BaresipOptions) {}

  static async start(options: BaresipOptions): Promise<Baresip> {
    const phone = new Baresip(options);
    try {
      await phone.#start();
    } catch (error) {
      await phone.stop();
      phone.removeFiles();
      throw error;
    }
    return phone;
  }

  /** What it heard in its one call; whole when it was stopped. */
  get heardPath(): string {
    const dump = readdirSync(this.#folder).find((name) => name.endsWith("-dec.wav"));
    if (dump === undefined) throw new Error(`baresip ${this.options.user} heard nothing`);
    return join(this.#folder, dump);
  }

  get output(): string {
    return this.#peer.output + this.#controlEvents;
  }

  async #start(): Promise<void> {
    const { user, password, serverPort, tone, says, codec, transport } = this.options;
    const described = codec?.includes("/") === true ? codec : `${codec ?? "PCMA"}/8000/1`;
    // Samples are said and heard at the codec's own rate, whatever the file's.
    const rateHz = described.split("/")[1]!;
    const [sipPort, controlPort] = [await freeUdpPort(), await freeTcpPort()];
    mkdirSync(this.#folder, { recursive: true });
    const saysPath = join(this.#folder, "says.wav");
    if (says === undefined) writeToneWav(saysPath, { ...tone, durationMs: 60_000, rateHz: Number(rateHz) });
    else writeWav(saysPath, says(Number(rateHz)), Number(rateHz));
    writeFileSync(join(this.#folder, "contacts"), "");
    const account = password === undefined ? "regint=0" : `auth_user=${user};auth_pass=${password};regint=60;answermode=auto`;
    writeFileSync(join(this.#folder, "accounts"), `<sip:${user}@127.0.0.1:${serverPort}${transport === undefined ? "" : `;transport=${transport}`}>;${account};audio_codecs=${described}\n`);
    writeFileSync(
      join(this.#folder, "config"),
      [
        `sip_listen 127.0.0.1:${sipPort}`,
        // A registered phone may name an address in its SDP that its packets do not come from; a carrier's must be right.
        ...(password === undefined ? ["net_interface 127.0.0.1"] : []),
        `audio_source aufile,${join(this.#folder, "says.wav")}`,
        // This version writes no file as a player: the filter `sndfile` taps what is decoded on its way to a player of no sound.
        "audio_player aubridge,nobody",
        "audio_alert aubridge,nobody",
        `snd_path ${this.#folder}`,
        `ausrc_srate ${rateHz}`,
        `auplay_srate ${rateHz}`,
        "ausrc_channels 1",
        "auplay_channels 1",
        `rtp_ports ${BARESIP_RTP.min}-${BARESIP_RTP.max}`,
        "jitter_buffer_delay 2-4",
        `module_path ${MODULES}`,
        "module g711.so",
        "module g722.so",
        "module l16.so",
        "module opus.so",
        "module aufile.so",
        "module aubridge.so",
        "module sndfile.so",
        "module ctrl_tcp.so",
        "module_app account.so",
        "module_app menu.so",
        `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
        "",
      ].join("\n"),
    );
    this.#peer = new Peer("baresip", ["-f", this.#folder], { timeoutMs: 120_000 });
    this.#control = await eventually("baresip's control port", () => this.#connect(controlPort));
    this.#control.on("data", (chunk: Buffer) => void (this.#controlEvents = (this.#controlEvents + chunk.toString("utf8")).slice(-65_536)));
    if (password !== undefined) await eventually(`baresip registered as ${user}`, () => (/REGISTER_OK|\[1 binding\]/.test(this.output) ? true : undefined));
  }

  #connect(port: number): Promise<Socket | undefined> {
    return new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(socket));
      socket.once("error", () => resolve(undefined));
    });
  }

  /** One of baresip's commands; the control protocol frames JSON as a netstring. */
  command(command: string, params = ""): void {
    const json = JSON.stringify({ command, params, token: command });
    this.#control?.write(`${Buffer.byteLength(json)}:${json},`);
  }

  async until(what: string, pattern: RegExp, timeoutMs = 10_000): Promise<void> {
    await eventually(`baresip ${this.options.user}: ${what}`, () => (pattern.test(this.output) ? true : undefined), timeoutMs);
  }

  async stop(): Promise<void> {
    this.#control?.destroy();
    await this.#peer.stop();
  }

  /** As where its power ends: it takes nothing back. */
  async kill(): Promise<void> {
    this.#control?.destroy();
    await this.#peer.kill();
  }

  removeFiles(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
