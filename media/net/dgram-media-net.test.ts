import t from "tap";
import { DgramMediaNet } from "./dgram-media-net.js";

t.test("packets cross in both directions; a taken port is refused; what can't be sent is counted", async (t) => {
  const net = new DgramMediaNet();
  let [atA, atB]: ((text: string) => void)[] = [() => {}, () => {}];
  const a = await net.bind({ address: "127.0.0.1", port: 0 }, (bytes, length, from) => atA!(`${Buffer.from(bytes.subarray(0, length))} from ${from.port}`));
  const b = await net.bind({ address: "127.0.0.1", port: 0 }, (bytes, length, from) => atB!(`${Buffer.from(bytes.subarray(0, length))} from ${from.port}`));
  t.teardown(() => [a, b].forEach((socket) => socket.close()));
  await t.rejects(net.bind(a.local, () => {}), { code: "EADDRINUSE" });

  const buffer = Buffer.from("ping!!!");
  const gotB = new Promise<string>((resolve) => (atB = resolve));
  a.send(buffer, 4, b.local);
  buffer.fill(0);
  t.equal(await gotB, `ping from ${a.local.port}`, "the caller's buffer is free at once");
  const gotA = new Promise<string>((resolve) => (atA = resolve));
  b.send(Buffer.from("pong"), 4, a.local);
  t.equal(await gotA, `pong from ${b.local.port}`);

  t.equal(net.dropped, 0);
  a.send(new Uint8Array(2000), 2000, b.local);
  a.send(buffer, 4, { address: "127.0.0.1", port: 0 });
  t.equal(net.dropped, 2);
  b.close();
  b.close();
  b.send(buffer, 4, a.local);
  t.equal(net.dropped, 3);
});
