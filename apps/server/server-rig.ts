// A composed server on a simulated clock with one network address, and a carrier's side of it, for tests.
import { parseConfig } from "../../core/config/config.js";
import { SimCrypto } from "../../core/crypto/sim-crypto.js";
import { PromptLibrary } from "../../core/prompts/prompt-library.js";
import { definePlugin, type Call } from "../../core/sdk/index.js";
import type { AnyPlugin } from "../../core/sdk/plugin.js";
import { MemoryStore } from "../../core/store/memory/memory-store.js";
import { MemoryRecordingStore } from "../../media/recorder/memory-recording-store.js";
import type { MediaCommand, MediaEvent, MediaPort } from "../../media/engine/command.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import type { Server, ServerOptions } from "./ports.js";

export const CARRIER: Endpoint = { address: "127.0.0.1", port: 6000 };
export const TEXT = `
sip: {listen: "127.0.0.1:5060"}
hospital: {id: demo, name: Demo, timeZone: Asia/Shanghai, currency: CNY, numbers: [{number: "95001", language: zh-CN}, {number: "95002", language: en}]}
trunks: [{name: carrier, sources: [127.0.0.1]}]
phones: [{extension: "1001", password: x}]
plugins: {greeter: {}}
`;

/** Opens and closes legs and says so; sound is somebody else's test. */
export class PromptMedia implements MediaPort {
  readonly commands: MediaCommand[] = [];
  /** Why no leg can be opened, where none can. */
  refuses: "no-port" | "bind" | undefined;
  #listener: (event: MediaEvent) => void = () => undefined;
  onEvent(listener: (event: MediaEvent) => void): void {
    this.#listener = listener;
  }
  send(command: MediaCommand): void {
    this.commands.push(command);
    const counters = { received: 0, sent: 0, lost: 0, late: 0, duplicate: 0, overflow: 0, malformed: 0, foreign: 0, unexpectedType: 0, jitterMs: 0 };
    const tell = (event: MediaEvent): void => queueMicrotask(() => this.#listener(event));
    if (command.type === "leg.open" && this.refuses !== undefined) tell({ type: "leg.failed", leg: command.leg, reason: this.refuses });
    else if (command.type === "leg.open") tell({ type: "leg.opened", leg: command.leg, address: "127.0.0.1", port: 20_000 });
    if (command.type === "leg.close") tell({ type: "leg.closed", leg: command.leg, counters });
    if (command.type === "play") tell({ type: "play.ended", leg: command.leg, play: command.play, outcome: "finished" });
  }
}

export const SDP = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=audio 7000 RTP/AVP 8 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:101 telephone-event/8000", ""].join("\r\n");

export function request(method: string, to: string, options: { id: string; cseq?: number; toTag?: string; body?: string }): string {
  const { id, cseq = 1, toTag, body = "" } = options;
  return [
    `${method} sip:${to}@127.0.0.1:5060 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:6000;branch=z9hG4bK${id}${cseq}${method === "ACK" ? "a" : ""};rport`,
    "Max-Forwards: 70",
    "From: <sip:13800000001@127.0.0.1>;tag=f",
    `To: <sip:${to}@127.0.0.1>${toTag === undefined ? "" : `;tag=${toTag}`}`,
    `Call-ID: ${id}`,
    `CSeq: ${cseq} ${method}`,
    "Contact: <sip:carrier@127.0.0.1:6000>",
    ...(body === "" ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

export interface Rig {
  readonly clock: SimClock;
  readonly media: PromptMedia;
  readonly store: MemoryStore;
  /** What the carrier received, start lines only. */
  readonly heard: string[];
  readonly raw: string[];
  readonly options: ServerOptions;
  say(text: string): Promise<void>;
}

export function rig(handler: (call: Call) => Promise<void>, changes: { readonly store?: MemoryStore; readonly plugin?: Partial<AnyPlugin>; readonly seed?: Record<string, unknown>; readonly text?: string } = {}): Rig {
  const clock = new SimClock();
  const media = new PromptMedia();
  const store = changes.store ?? new MemoryStore();
  const heard: string[] = [];
  const raw: string[] = [];
  let receive: (bytes: Uint8Array, from: Endpoint) => void = () => undefined;
  const plugin = { ...definePlugin({ name: "greeter", sdk: 1, setup: ({ calls }) => calls.onIncoming("95001", handler) }), ...changes.plugin } as AnyPlugin;
  const silent = (): void => undefined;
  const options: ServerOptions = {
    config: parseConfig({ file: "test.yaml", text: changes.text ?? TEXT, environment: {} }),
    plugins: [plugin],
    apiToken: "t".repeat(32),
    version: "0.0.0",
    pepper: new Uint8Array(32).fill(7),
    ...(changes.seed === undefined ? {} : { seed: changes.seed }),
    ports: {
      clock,
      random: new SimRandom(11),
      crypto: new SimCrypto(),
      store,
      media,
      prompts: new PromptLibrary({ recordings: new Map([["zh-CN/greeter/hello", { samples: new Int16Array(80) }]]), expected: new Set() }),
      recordings: new MemoryRecordingStore(),
      log: { info: silent, warn: silent, error: silent },
      transports: {
        openUdp: async (local, listener) => {
          receive = listener;
          return {
            protocol: "UDP",
            local,
            send: (bytes) => {
              const text = new TextDecoder().decode(bytes);
              raw.push(text);
              heard.push(text.slice(0, text.indexOf("\r\n")));
            },
            close: () => void (receive = silent),
          };
        },
      },
    },
  };
  const say = async (text: string): Promise<void> => {
    receive(new TextEncoder().encode(text), CARRIER);
    await clock.runMs(10);
  };
  return { clock, media, store, heard, raw, options, say };
}

/** As `server.stop`, with time running. */
export async function stop(server: Server, { clock }: Rig, drainMs?: number): Promise<void> {
  let stopped = false;
  const done = server.stop(drainMs).then(() => void (stopped = true));
  for (let i = 0; i < 1000 && !stopped; i++) await clock.runMs(100);
  await done;
}

export const toTag = (raw: readonly string[]): string => /^To:.*;tag=([^;\r]+)/m.exec(raw.findLast((text) => text.startsWith("SIP/2.0 200"))!)![1]!;
