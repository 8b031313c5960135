import { once } from "node:events";
import { spawn } from "node:child_process";
import t from "tap";
import { WebSocket } from "ws";
import { eventually } from "./peers.js";
import { startServer, type ServerProcess } from "./server-process.js";

interface Message {
  readonly kind: string;
  readonly cursor: string;
  readonly entry?: { readonly type: string; readonly nodeSeq: number; readonly subject: { readonly kind: string } };
}

/** Listens behind `cursor`; `messages` grows. */
function listen(server: ServerProcess, cursor: string | undefined): { readonly messages: Message[]; close(): Promise<unknown> } {
  const socket = new WebSocket(`${server.base.replace("http", "ws")}/api/v1/events${cursor === undefined ? "" : `?after=${cursor}`}`, { headers: { authorization: `Bearer ${server.token}` } });
  const messages: Message[] = [];
  socket.on("message", (data: Buffer) => void messages.push(JSON.parse(data.toString()) as Message));
  return { messages, close: () => (socket.close(), once(socket, "close")) };
}

t.test("a client of the events that loses its connection in the middle of a call hears each entry once", async (t) => {
  const server = await startServer();
  t.teardown(() => server.stop());
  const first = listen(server, undefined);
  await eventually("the stream is live", () => (first.messages.some(({ kind }) => kind === "live") ? true : undefined));
  const call = spawn(process.execPath, ["dist/apps/cli/main.js", "call", `sip:95002@127.0.0.1:${server.sipPort}`, "--keys", "1,1,10000001#", "--hang-up-after", "8", "--from", "13900000001"], { stdio: "ignore" });
  const over = once(call, "close");
  await eventually("the caller chose from the menu", () => (first.messages.some(({ entry }) => entry?.type === "call.menu") ? true : undefined));
  await first.close();
  await over;
  const second = listen(server, first.messages.at(-1)!.cursor);
  await eventually("the end of the call is told", () => (second.messages.some(({ entry }) => entry?.type === "call.ended") ? true : undefined));
  await second.close();
  const heard = [...first.messages, ...second.messages].flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  const { items } = await server.get<{ items: { type: string; nodeSeq: number }[] }>("events?limit=1000");
  const span = items.filter(({ nodeSeq }) => nodeSeq >= heard[0]!.nodeSeq && nodeSeq <= heard.at(-1)!.nodeSeq);
  t.same(heard.map(({ type, nodeSeq }) => `${nodeSeq} ${type}`), span.map(({ type, nodeSeq }) => `${nodeSeq} ${type}`));
  t.ok(["call.started", "call.menu", "call.ended"].every((type) => heard.some((entry) => entry.type === type)));
});
