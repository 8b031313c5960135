// The shipped server in a process of its own, with as many phones as the load has.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { extensionOf, passwordOf } from "./phones.js";

const MAIN = fileURLToPath(new URL("../../apps/cli/main.js", import.meta.url));
const SIP: Endpoint = { address: "127.0.0.1", port: 39_060 };
const HTTP_PORT = 39_080;

export interface ServerSettings {
  readonly net: "libc" | "dgram";
  readonly recorded: boolean;
  readonly phones: number;
  readonly rtpPort: number;
  /** Empty; its files are written here. */
  readonly folder: string;
}

export interface RunningServer {
  readonly pid: number;
  readonly sip: Endpoint;
  stop(): Promise<void>;
}

export async function startServer({ net, recorded, phones, rtpPort, folder }: ServerSettings): Promise<RunningServer> {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, "config.yaml");
  const settings = {
    sip: { listen: `${SIP.address}:${SIP.port}` },
    rtp: { address: SIP.address, portMin: rtpPort, portMax: rtpPort + 2 * phones + 199 },
    media: { net },
    recording: { calls: recorded ? "all" : "none" },
    http: { listen: `${SIP.address}:${HTTP_PORT}` },
    data: join(folder, "data"),
    logLevel: "warn",
    drainMs: 0,
    hospital: { id: "bench", name: "Bench", timeZone: "UTC", currency: "CNY", numbers: [{ number: "95001", language: "en" }] },
    phones: Array.from({ length: phones }, (_, i) => ({ extension: extensionOf(i), password: passwordOf(i) })),
  };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(settings));
  const child = spawn(process.execPath, [MAIN, "serve", "--config", config], { stdio: ["ignore", "pipe", "inherit"], env: { PATH: process.env["PATH"] } });
  await ready(child);
  return {
    pid: child.pid!,
    sip: SIP,
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    child.stdout!.on("data", (text: Buffer) => {
      if (/^ready/m.test(text.toString())) resolve();
    });
  });
}
