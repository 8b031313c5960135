import t, { type Test } from "tap";
import { connect, type Socket } from "node:net";
import type { Endpoint } from "../../../protocol/base/endpoint.js";
import { SimClock } from "../../../protocol/base/sim-clock.js";
import type { TcpLimits } from "./tcp-connection.js";
import { openTcpTransport, type TcpTransport } from "./tcp-transport.js";

const message = (id: string): Uint8Array => new TextEncoder().encode(`OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nCall-ID: ${id}\r\nContent-Length: 0\r\n\r\n`);

interface Rig {
  readonly transport: TcpTransport;
  readonly clock: SimClock;
  readonly heard: { id: string; from: Endpoint }[];
}

async function open(t: Test, limits: Partial<TcpLimits> = {}): Promise<Rig> {
  const clock = new SimClock();
  const heard: Rig["heard"] = [];
  const transport = await openTcpTransport({ clock, limits, local: { address: "127.0.0.1", port: 0 }, receive: (bytes, from) => void heard.push({ id: /Call-ID: (.*)\r/.exec(new TextDecoder().decode(bytes))![1]!, from }) });
  t.teardown(() => transport.close());
  return { transport, clock, heard };
}

/** A client of plain bytes. */
async function dial(t: Test, to: Endpoint): Promise<{ socket: Socket; text: () => string; closed: () => boolean }> {
  const socket = connect(to.port, to.address);
  let [text, closed] = ["", false];
  socket.on("data", (chunk) => void (text += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  socket.on("close", () => void (closed = true));
  t.teardown(() => socket.destroy());
  await new Promise((resolve) => void socket.once("connect", resolve));
  return { socket, text: () => text, closed: () => closed };
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (isTrue()) return;
    await new Promise((resolve) => void setTimeout(resolve, 2));
  }
  throw new Error(`not within 4 s: ${what}`);
}

const never = (): void => {
  throw new Error("nothing was to be lost");
};

t.test("RFC 3261 18: one connection serves both directions, and is used again", async (t) => {
  const [a, b] = [await open(t), await open(t)];
  for (const id of ["1", "2"]) a.transport.send(message(id), b.transport.local, never);
  await until("both heard", () => b.heard.length === 2);
  t.same(b.heard.map(({ id }) => id), ["1", "2"]);
  t.equal(b.heard[0]!.from.protocol, "TCP");
  t.ok(b.transport.has(b.heard[0]!.from) && a.transport.has(b.transport.local));
  b.transport.send(message("3"), b.heard[0]!.from, never);
  await until("the answer heard", () => a.heard.length === 1);
  t.same(a.heard, [{ id: "3", from: b.transport.local }]);
  t.same([a.transport.size, b.transport.size], [1, 1]);
});

t.test("RFC 5626 3.5.1: a ping is answered by one line end", async (t) => {
  const { transport } = await open(t);
  const client = await dial(t, transport.local);
  client.socket.write("\r\n\r\n");
  await until("the pong", () => client.text().length > 0);
  t.equal(client.text(), "\r\n");
});

t.test("what can't be framed closes the connection and nothing else", async (t) => {
  const { transport, heard } = await open(t);
  const [bad, good] = [await dial(t, transport.local), await dial(t, transport.local)];
  bad.socket.write("INVITE sip:a SIP/2.0\r\nCall-ID: x\r\n\r\n");
  await until("closed", bad.closed);
  good.socket.write(message("after"));
  await until("heard", () => heard.length === 1);
  t.same([heard[0]!.id, transport.size, good.closed()], ["after", 1, false]);
});

t.test("RFC 3261 18.1.1: a refused connection tells of every message, once", async (t) => {
  const { transport, clock } = await open(t);
  const nobody = await open(t);
  const { local } = nobody.transport;
  nobody.transport.close();
  const lost: string[] = [];
  transport.send(message("1"), local, () => void lost.push("1"));
  transport.send(message("2"), local, () => void lost.push("2"));
  t.same(lost, [], "never before send returns");
  await until("refused", () => transport.size === 0);
  clock.advanceMs(0);
  t.same(lost, ["1", "2"]);
  clock.advanceMs(10_000_000);
  t.same([lost.length, clock.pending], [2, 0]);
});

t.test("a port that no connection can be made to is lost too", async (t) => {
  const { transport, clock } = await open(t);
  let lost = 0;
  transport.send(message("1"), { address: "127.0.0.1", port: 0 }, () => void lost++);
  clock.advanceMs(0);
  t.equal(lost, 1);
});

for (const [title, sends, afterMs] of [
  ["that never says anything", undefined, 32_000],
  ["in the middle of a message", "\r\n\r\nOPTIONS sip:a SIP", 32_000],
  ["silent for longer than a registration", `\r\n\r\n`, 3_700_000],
] as const)
  t.test(`a connection ${title} is closed after ${afterMs} ms`, async (t) => {
    const { transport, clock } = await open(t);
    const client = await dial(t, transport.local);
    await until("accepted", () => transport.size === 1);
    if (sends !== undefined) {
      client.socket.write(sends);
      await until("the pong, which says that all was taken", () => client.text() === "\r\n");
    }
    clock.advanceMs(afterMs - 1);
    t.same([transport.size, client.closed()], [1, false]);
    clock.advanceMs(1);
    t.same([transport.size, clock.pending], [0, 0]);
    await until("closed", client.closed);
  });

t.test("a message has its time from its first byte: later bytes do not put the end off", async (t) => {
  const { transport, clock } = await open(t);
  const client = await dial(t, transport.local);
  client.socket.write("\r\n\r\nOPTIONS");
  await until("the pong", () => client.text() === "\r\n");
  clock.advanceMs(31_999);
  client.socket.write("X");
  // Nothing tells that a byte of half a message was taken: a second connection's pong comes after it.
  const other = await dial(t, transport.local);
  other.socket.write("\r\n\r\n");
  await until("the other's pong", () => other.text() === "\r\n");
  clock.advanceMs(1);
  t.equal(transport.size, 1);
  await until("closed", client.closed);
});

for (const [what, limits] of [
  ["all", { connectionsMax: 2 }],
  ["one address", { perAddressMax: 2 }],
] as const)
  t.test(`the third connection of ${what} is closed, a place given back is taken again`, async (t) => {
    const { transport } = await open(t, limits);
    const first = await dial(t, transport.local);
    await dial(t, transport.local);
    const third = await dial(t, transport.local);
    await until("closed", third.closed);
    t.equal(transport.size, 2);
    first.socket.destroy();
    await until("given back", () => transport.size === 1);
    const fourth = await dial(t, transport.local);
    await until("taken", () => transport.size === 2);
    t.notOk(fourth.closed());
  });

t.test("who takes nothing is cut off before the memory is gone", async (t) => {
  const { transport, clock } = await open(t, { unsentBytesMax: 100_000 });
  const client = await dial(t, transport.local);
  client.socket.pause();
  await until("accepted", () => transport.size === 1);
  const to: Endpoint = { address: "127.0.0.1", port: client.socket.localPort!, protocol: "TCP" };
  let lost = 0;
  for (let i = 0; i < 1000 && transport.size === 1; i++) transport.send(new Uint8Array(60_000), to, () => void lost++);
  clock.advanceMs(0);
  t.equal(transport.size, 0);
  t.ok(lost > 0);
});

t.test("a taken port rejects with the system's code, a closed transport keeps nothing", async (t) => {
  const { transport, clock } = await open(t);
  await t.rejects(openTcpTransport({ clock, local: transport.local, receive: () => undefined }), { code: "EADDRINUSE" });
  transport.close();
  t.doesNotThrow(() => transport.close());
  let lost = 0;
  transport.send(message("1"), { address: "127.0.0.1", port: 5060 }, () => void lost++);
  clock.advanceMs(0);
  t.same([lost, transport.size, clock.pending], [1, 0, 0]);
});
