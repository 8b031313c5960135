// A server with a carrier that it registers with, a call that talks, and its settings' API, for tests.
import type { Test } from "tap";
import type { Server } from "./ports.js";
import { createServer } from "./server.js";
import { request, rig, SDP, TEXT, toTag, type Rig } from "./server-rig.js";

export const WITH_CARRIER = TEXT.replace(
  "trunks: [{name: carrier, sources: [127.0.0.1]}]",
  `trunks: [{name: carrier, address: "127.0.0.1:6000", account: {username: u, password: carrier-secret}, register: {expiresS: 600}, number: "95001"}, {name: spare, sources: [192.0.2.7]}]
outgoing: [{prefix: "9", strip: 1, trunks: [carrier]}]`,
);

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** @param what method and path */
export async function ask(server: Server, what: string, body?: unknown): Promise<Answer> {
  const [method, path] = what.split(" ") as ["GET" | "PUT" | "PATCH" | "DELETE", string];
  const answer = await server.http.inject({ method, url: `/api/v1/settings${path}`, headers: { authorization: `Bearer ${"t".repeat(32)}` }, ...(body === undefined ? {} : { payload: body as object }) });
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> };
}

/** The carrier's registrar takes the last REGISTER of ours. */
export async function grant(r: Rig, expires = 600): Promise<void> {
  const register = r.raw.findLast((text) => text.startsWith("REGISTER "))!;
  const header = (name: string): string => new RegExp(`^${name}: .*$`, "m").exec(register)![0];
  const contact = expires === 0 ? [] : [`${header("Contact").replace(/;expires=\d+/, "")};expires=${expires}`];
  await r.say(["SIP/2.0 200 OK", header("Via"), header("From"), `${header("To")};tag=r`, header("Call-ID"), header("CSeq"), ...contact, "Content-Length: 0", "", ""].join("\r\n"));
}

export const expiresOf = (register: string): string => /^Expires: (\d+)|;expires=(\d+)/m.exec(register)!.slice(1).find((text) => text !== undefined)!;

export async function talking(t: Test, changes: Parameters<typeof rig>[1] = {}): Promise<{ readonly r: Rig; readonly server: Server }> {
  const r = rig(
    async (call) => {
      await call.answer();
      await new Promise((resolve) => void call.signal.addEventListener("abort", resolve));
    },
    { text: WITH_CARRIER, ...changes },
  );
  const server = await createServer(r.options);
  await r.clock.runMs(10);
  await grant(r);
  await r.say(request("INVITE", "95001", { id: "one", body: SDP }));
  await r.say(request("ACK", "95001", { id: "one", toTag: toTag(r.raw) }));
  t.equal(server.load().calls, 1);
  return { r, server };
}
