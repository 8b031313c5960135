import t from "tap";
import { DgramMediaNet } from "./dgram-media-net.js";
import { LibcMediaNet } from "./libc/libc-media-net.js";
import { loadLibc } from "./libc/libc.js";
import type { MediaNet } from "./media-net.js";

const loaded = await loadLibc();

// What every way to real sockets must do alike.
const WAYS: readonly { readonly name: string; readonly open: (() => MediaNet & { readonly dropped: number }) | undefined; readonly why?: string }[] = [
  { name: "dgram", open: () => new DgramMediaNet() },
  "libc" in loaded ? { name: "libc", open: () => new LibcMediaNet(loaded.libc) } : { name: "libc", open: undefined, why: loaded.unavailable },
];

for (const { name, open, why } of WAYS) {
  const skip = open === undefined && process.env["CI"] !== "true" ? (why ?? true) : false;

  for (const host of ["127.0.0.1", "::1"])
    t.test(`${name}, ${host}: packets cross in both directions; a taken port is refused; what can't be sent is counted`, { skip }, async (t) => {
      const net = open!();
      let [atA, atB]: ((text: string) => void)[] = [() => {}, () => {}];
      const a = await net.bind({ address: host, port: 0 }, (bytes, length, from) => atA!(`${Buffer.from(bytes.subarray(0, length))} from ${from.address} ${from.port}`));
      const b = await net.bind({ address: host, port: 0 }, (bytes, length, from) => atB!(`${Buffer.from(bytes.subarray(0, length))} from ${from.address} ${from.port}`));
      t.teardown(() => [a, b].forEach((socket) => socket.close()));
      t.equal(a.local.address, host);
      await t.rejects(net.bind(a.local, () => {}), { code: "EADDRINUSE" });
      await t.rejects(net.bind({ address: host === "::1" ? "2001:db8::9" : "192.0.2.99", port: 0 }, () => {}), { code: "EADDRNOTAVAIL" });

      const buffer = Buffer.from("ping!!!");
      const gotB = new Promise<string>((resolve) => (atB = resolve));
      a.send(buffer, 4, b.local);
      buffer.fill(0);
      t.equal(await gotB, `ping from ${host} ${a.local.port}`, "the caller's buffer is free at once");
      const gotA = new Promise<string>((resolve) => (atA = resolve));
      b.send(Buffer.from("pong"), 4, a.local);
      t.equal(await gotA, `pong from ${host} ${b.local.port}`);

      t.equal(net.dropped, 0);
      a.send(new Uint8Array(2000), 2000, b.local);
      a.send(buffer, 4, { address: host, port: 0 });
      t.equal(net.dropped, 2);
      b.close();
      b.close();
      b.send(buffer, 4, a.local);
      t.equal(net.dropped, 3);
    });

  t.test(`${name}: many sockets, each packet to its own and in order, also when a receiver closes another socket`, { skip }, async (t) => {
    const net = open!();
    // Fewer than what `dgram` holds back at once.
    const [sockets, packets] = [40, 10];
    const heard = Array.from({ length: sockets }, () => [] as number[]);
    let done!: () => void;
    const all = new Promise<void>((resolve) => (done = resolve));
    let missing = sockets * packets;
    const bound = await Promise.all(
      heard.map((list, i) =>
        net.bind({ address: "127.0.0.1", port: 0 }, (bytes) => {
          list.push(bytes[1]!);
          t.equal(bytes[0], i);
          if (--missing === 0) done();
        }),
      ),
    );
    const sender = await net.bind({ address: "127.0.0.1", port: 0 }, () => {});
    for (let n = 0; n < packets; n++) for (let i = 0; i < sockets; i++) sender.send(Uint8Array.of(i, n), 2, bound[i]!.local);
    await all;
    for (const list of heard) t.same(list, Array.from({ length: packets }, (_, n) => n));
    const [first, second] = [bound[0]!, bound[1]!];
    const closed = new Promise<void>((resolve) => {
      void net.bind({ address: "127.0.0.1", port: 0 }, () => {
        first.close();
        second.close();
        resolve();
      }).then((killer) => {
        bound.push(killer);
        sender.send(Uint8Array.of(1), 1, killer.local);
        sender.send(Uint8Array.of(0, 0), 2, first.local);
      });
    });
    await closed;
    for (const socket of [...bound, sender]) socket.close();
  });
}
