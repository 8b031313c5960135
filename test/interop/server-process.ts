// The server as a patient's carrier meets it: the shipped command in a process of its own, the demo hospital, an empty store.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { createSocket } from "node:dgram";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LISTENING, SERVER_RTP } from "./ports.js";

const API_TOKEN = "interop-token-0123456789abcdef";

export interface ServerProcess {
  readonly sipPort: number;
  readonly dataDir: string;
  /** `http://...`, without a path. */
  readonly base: string;
  readonly token: string;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** GET below /api/v1; the JSON of a 200, else an error naming the status. */
  get<T>(path: string): Promise<T>;
  getBytes(path: string): Promise<Uint8Array>;
  /** POST without a body below /api/v1; the status and the JSON. */
  post(path: string, idempotencyKey: string): Promise<{ readonly status: number; readonly body: unknown }>;
  fetch(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Resolves with the exit code. */
  stop(signal?: "SIGTERM" | "SIGKILL" | "SIGUSR2"): Promise<number | null>;
}

export interface ServerOptions {
  /** Kept between two starts; a fresh folder, removed at the end, where absent. */
  readonly dataDir?: string;
  /** Of the server before; a free one where absent. */
  readonly sipPort?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "ringward-interop-"));
  const [sipPort, httpPort] = [options.sipPort ?? (await freeUdpPort()), await freeTcpPort()];
  const child = spawn(process.execPath, ["dist/apps/cli/main.js", "serve"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      RINGWARD_SIP: `127.0.0.1:${sipPort}`,
      RINGWARD_HTTP: `127.0.0.1:${httpPort}`,
      RINGWARD_RTP: `${SERVER_RTP.min}-${SERVER_RTP.max}`,
      RINGWARD_DATA: dataDir,
      RINGWARD_API_TOKEN: API_TOKEN,
      ...options.env,
    },
  });
  const stdout = collect(child, "stdout");
  const stderr = collect(child, "stderr");
  const exited = new Promise<number | null>((resolve) => void child.once("close", resolve));
  await ready(child, stdout, stderr);
  const base = `http://127.0.0.1:${httpPort}`;
  const request = (path: string, headers?: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(base + path, { headers: headers ?? { authorization: `Bearer ${API_TOKEN}` }, signal: AbortSignal.timeout(5000) });
  const ok = async (path: string): Promise<Response> => {
    const response = await request(`/api/v1/${path}`);
    if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  return {
    sipPort,
    dataDir,
    base,
    token: API_TOKEN,
    stdout,
    stderr,
    get: async <T>(path: string) => (await (await ok(path)).json()) as T,
    getBytes: async (path) => new Uint8Array(await (await ok(path)).arrayBuffer()),
    post: async (path, idempotencyKey) => {
      const headers = { authorization: `Bearer ${API_TOKEN}`, "idempotency-key": idempotencyKey };
      const response = await fetch(`${base}/api/v1/${path}`, { method: "POST", headers, signal: AbortSignal.timeout(5000) });
      return { status: response.status, body: await response.json() };
    },
    fetch: request,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      const force = setTimeout(() => child.kill("SIGKILL"), 45_000);
      const code = await exited;
      clearTimeout(force);
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}

function collect(child: ChildProcess, stream: "stdout" | "stderr"): () => string {
  let text = "";
  child[stream]!.on("data", (chunk: Buffer) => void (text = (text + chunk.toString("utf8")).slice(-1_000_000)));
  return () => text;
}

/** The contract: one line on standard output that begins with "ready". */
function ready(child: ChildProcess, stdout: () => string, stderr: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`not ready within 30 s\n${stdout()}\n${stderr()}`));
    }, 30_000);
    child.stdout!.on("data", () => {
      if (!/^ready/m.test(stdout())) return;
      clearTimeout(limit);
      resolve();
    });
    child.once("close", (code) => {
      clearTimeout(limit);
      reject(new Error(`exited with ${code} before it was ready\n${stdout()}\n${stderr()}`));
    });
  });
}

/** Whether somebody listens there, as Linux tells: a peer that was started takes a moment, and a second bind would not fail. */
export const isUdpPortTaken = (port: number): boolean => new RegExp(`^\\s*\\d+: [0-9A-F]{8}:${port.toString(16).toUpperCase().padStart(4, "0")} `, "m").test(readFileSync("/proc/net/udp", "utf8"));

let listening = 0;

/** One that nobody has, for SIP: UDP and TCP. */
export const freeUdpPort = (): Promise<number> => freePort(async (port) => (await isFreeUdp(port)) && (await isFreeTcp(port)));

export const freeTcpPort = (): Promise<number> => freePort(isFreeTcp);

/**
 * Of this process's block: one that the system chose could be given to somebody else between this and its use. The same one is
 * not given again before all others were.
 */
async function freePort(isFree: (port: number) => Promise<boolean>): Promise<number> {
  const pairs = (LISTENING.max - LISTENING.min + 1) / 2;
  for (let tries = 0; tries < pairs; tries++) {
    const port = LISTENING.min + (listening++ % pairs) * 2;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${LISTENING.min} to ${LISTENING.max} is free`);
}

function isFreeTcp(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => void server.close(() => resolve(true)));
  });
}

function isFreeUdp(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.once("error", () => socket.close(() => resolve(false)));
    socket.bind(port, "127.0.0.1", () => socket.close(() => resolve(true)));
  });
}
