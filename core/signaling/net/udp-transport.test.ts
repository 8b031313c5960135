import t from "tap";
import type { Endpoint } from "../../../protocol/base/endpoint.js";
import { UdpTransportFactory } from "./udp-transport.js";

const LOOPBACK: Endpoint = { address: "127.0.0.1", port: 0 };
const factory = new UdpTransportFactory();

t.test("a datagram goes from one transport to another, with where it came from", async (t) => {
  const heard = new Promise<{ text: string; from: Endpoint; to: Endpoint }>((resolve, reject) => {
    (async () => {
      const receiver = await factory.openUdp(LOOPBACK, (bytes, from) => {
        receiver.close();
        resolve({ text: new TextDecoder().decode(bytes), from, to: sender.local });
      });
      const sender = await factory.openUdp(LOOPBACK, () => undefined);
      t.teardown(() => sender.close());
      t.ok(receiver.local.port > 0);
      sender.send(new TextEncoder().encode("OPTIONS"), receiver.local);
    })().catch(reject);
  });
  const { text, from, to } = await heard;
  t.same([text, from], ["OPTIONS", to]);
});

t.test("a taken port rejects with the system's code", async (t) => {
  const first = await factory.openUdp(LOOPBACK, () => undefined);
  t.teardown(() => first.close());
  await t.rejects(factory.openUdp(first.local, () => undefined), { code: "EADDRINUSE" });
});

t.test("an address that is not ours rejects", async (t) => {
  await t.rejects(factory.openUdp({ address: "192.0.2.1", port: 0 }, () => undefined), { code: "EADDRNOTAVAIL" });
});

t.test("what the network refuses is lost, never thrown", async (t) => {
  const transport = await factory.openUdp(LOOPBACK, () => undefined);
  t.doesNotThrow(() => transport.send(new Uint8Array(10), { address: "127.0.0.1", port: 0 }));
  t.doesNotThrow(() => transport.send(new Uint8Array(70_000), transport.local));
  t.doesNotThrow(() => transport.send(new Uint8Array(10), { address: "::1", port: 5060 }));
  t.doesNotThrow(() => transport.send(new Uint8Array(10), { address: "no such host.invalid", port: 5060 }));
  transport.close();
  t.doesNotThrow(() => transport.send(new Uint8Array(10), { address: "127.0.0.1", port: 5060 }));
  t.doesNotThrow(() => transport.close());
});
