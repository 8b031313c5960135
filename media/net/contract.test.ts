import t from "tap";
import { DgramMediaNet } from "./dgram-media-net.js";
import { LibcMediaNet } from "./libc/libc-media-net.js";
import { loadLibc } from "./libc/libc.js";
import { PacketRing } from "./libc/packet-ring.js";
import type { MediaNet } from "./media-net.js";

const loaded = await loadLibc();
const libc = "libc" in loaded ? loaded.libc : undefined;
const ring = libc === undefined ? undefined : PacketRing.open(libc);

// What every way to real sockets must do alike.
const WAYS: readonly { readonly name: string; readonly open: (() => MediaNet & { readonly dropped: number }) | undefined; readonly why?: string }[] = [
  { name: "dgram", open: () => new DgramMediaNet() },
  "libc" in loaded ? { name: "libc", open: () => new LibcMediaNet(loaded.libc) } : { name: "libc", open: undefined, why: loaded.unavailable },
  ring === undefined ? { name: "libc with io_uring", open: undefined, why: "the kernel has no io_uring for us" } : { name: "libc with io_uring", open: () => new LibcMediaNet(libc!, { ring: PacketRing.open(libc!) }) },
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

  t.test(`${name}: a connected socket talks with its remote, and with everybody once it is dissolved`, { skip }, async (t) => {
    const net = open!();
    const heard: string[] = [];
    let woken = (): void => {};
    const a = await net.bind({ address: "127.0.0.1", port: 0 }, (bytes, length, from) => {
      heard.push(`${Buffer.from(bytes.subarray(0, length))} ${from.port}`);
      woken();
    });
    let answered = (_text: string): void => {};
    const b = await net.bind({ address: "127.0.0.1", port: 0 }, (bytes, length) => answered(`${Buffer.from(bytes.subarray(0, length))}`));
    const stranger = await net.bind({ address: "127.0.0.1", port: 0 }, (bytes, length) => answered(`stranger got ${Buffer.from(bytes.subarray(0, length))}`));
    t.teardown(() => [a, b, stranger].forEach((socket) => socket.close()));
    const say = (socket: typeof a, text: string, to = a.local): Promise<void> =>
      new Promise((resolve) => {
        woken = resolve;
        socket.send(Buffer.from(text), text.length, to);
      });
    const remote = { ...b.local };
    a.connect?.(remote);
    if (a.connect !== undefined) stranger.send(Buffer.from("unheard"), 7, a.local);
    await say(b, "one");
    t.same(heard, [`one ${b.local.port}`]);
    for (const [text, to, expected] of [["back", remote, "back"], ["aside", stranger.local, "stranger got aside"]] as const) {
      const got = new Promise<string>((resolve) => (answered = resolve));
      a.send(Buffer.from(text), text.length, to);
      t.equal(await got, expected);
    }
    a.connect?.(undefined);
    await say(stranger, "two");
    await say(b, "three");
    t.same(heard.slice(1), [`two ${stranger.local.port}`, `three ${b.local.port}`]);
    t.equal(net.dropped, 0);
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

  t.test(`${name}: what connected sockets send in one turn arrives whole and in order, relayed by a receiver and last words too`, { skip }, async (t) => {
    const net = open!();
    // More in one turn than a ring has entries; fewer to one socket than it holds.
    const [pairs, packets] = [30, 12];
    const heard = Array.from({ length: pairs }, () => [] as number[]);
    let missing = 2 * pairs * packets;
    let done!: () => void;
    const relayed = new Promise<void>((resolve) => (done = resolve));
    const ends = await Promise.all(
      heard.map((list) =>
        net.bind({ address: "127.0.0.1", port: 0 }, (bytes, length) => {
          list.push(...bytes.subarray(0, length));
          if (--missing === 0) done();
        }),
      ),
    );
    const relays = await Promise.all(
      ends.map(async ({ local }) => {
        const relay = await net.bind({ address: "127.0.0.1", port: 0 }, (bytes, length) => {
          bytes[0] = bytes[0]! + 100;
          relay.send(bytes, length, local);
          // As often as it likes.
          relay.send(bytes, length, local);
        });
        // Known by its object, as a leg's source is.
        relay.connect?.(local);
        return relay;
      }),
    );
    const buffer = new Uint8Array(1);
    const targets = relays.map(({ local }) => local);
    for (let n = 0; n < packets; n++)
      for (const [i, end] of ends.entries()) {
        if (n === 0) end.connect?.(targets[i]!);
        buffer[0] = n;
        end.send(buffer, 1, targets[i]!);
      }
    await relayed;
    missing = pairs;
    const all = new Promise<void>((resolve) => (done = resolve));
    for (const [i, relay] of relays.entries()) {
      relay.send(Uint8Array.of(7), 1, ends[i]!.local);
      relay.close();
    }
    await all;
    for (const list of heard) t.same(list, [...Array.from({ length: 2 * packets }, (_, n) => 100 + (n >> 1)), 7]);
    t.equal(net.dropped, 0);
    for (const end of ends) end.close();
  });
}

// Here within one thread; across real threads in media/worker.
for (const { name, open, why } of WAYS) {
  const skip = open === undefined && process.env["CI"] !== "true" ? (why ?? true) : false;
  t.test(`${name}: a socket that is handed over keeps its port, and loses no packet on the way there, further and home`, { skip }, async (t) => {
    const [home, away] = [open!(), open!()];
    const heard: string[] = [];
    const hear =
      (where: string) =>
      (bytes: Uint8Array, length: number): void =>
        void heard.push(`${where} ${Buffer.from(bytes.subarray(0, length))}`);
    const until = async (count: number): Promise<void> => {
      const give = Date.now() + 5000;
      while (heard.length < count && Date.now() < give) await new Promise((resolve) => void setTimeout(resolve, 2));
    };
    const echoed: string[] = [];
    const peer = await home.bind({ address: "127.0.0.1", port: 0 }, (bytes, length, from) => void echoed.push(`${Buffer.from(bytes.subarray(0, length))} from ${from.port}`));
    const say = (text: string): void => peer.send(Buffer.from(text), text.length, first.local);
    const first = await home.bind({ address: "127.0.0.1", port: 0 }, hear("home"));
    say("1");
    await until(1);
    let parcel = first.handOver();
    say("2");
    const second = away.adopt(parcel, hear("away"));
    await until(2);
    say("3");
    await until(3);
    second.send(Buffer.from("from away"), 9, peer.local);
    parcel = second.handOver();
    say("4");
    const third = home.adopt(parcel, hear("home again"));
    await until(4);
    third.send(Buffer.from("from home"), 9, peer.local);
    const give = Date.now() + 5000;
    while (echoed.length < 2 && Date.now() < give) await new Promise((resolve) => void setTimeout(resolve, 2));
    t.same(heard, ["home 1", "away 2", "away 3", "home again 4"]);
    t.same(echoed, [`from away from ${first.local.port}`, `from home from ${first.local.port}`]);
    t.throws(() => away.adopt({ way: "memory", local: first.local }, () => {}));
    third.close();
    (await home.bind(first.local, () => {})).close();
    peer.close();
  });
}
