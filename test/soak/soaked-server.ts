// Starts `measured-server.ts` and asks it.
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { freeTcpPort, freeUdpPort } from "../interop/server-process.js";
import { SERVER_RTP } from "../interop/ports.js";
import type { Holding } from "./measured-server.js";

export interface SoakedServer {
  readonly sip: Endpoint;
  measure(): Promise<Holding>;
  stop(): Promise<void>;
}

export async function startSoakedServer(): Promise<SoakedServer> {
  const data = mkdtempSync(join(tmpdir(), "ringward-soak-"));
  const child = fork(fileURLToPath(new URL("./measured-server.js", import.meta.url)), [], {
    execArgv: ["--expose-gc"],
    env: {
      PATH: process.env["PATH"],
      RINGWARD_SIP: `127.0.0.1:${await freeUdpPort()}`,
      RINGWARD_HTTP: `127.0.0.1:${await freeTcpPort()}`,
      RINGWARD_RTP: `${SERVER_RTP.min}-${SERVER_RTP.max}`,
      RINGWARD_DATA: data,
      RINGWARD_API_TOKEN: "soak-token-0123456789abcdef",
    },
  });
  const next = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`the server ended with ${code}`));
      child.once("exit", onExit);
      child.once("message", (message) => {
        child.off("exit", onExit);
        resolve(message as T);
      });
    });
  const { sip } = await next<{ readonly sip: Endpoint }>();
  return {
    sip,
    measure: async () => {
      const answer = next<{ readonly holding: Holding }>();
      child.send("measure");
      return (await answer).holding;
    },
    stop: async () => {
      const exited = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
      child.send("stop");
      await exited;
      rmSync(data, { recursive: true, force: true });
    },
  };
}
