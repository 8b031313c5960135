import t from "tap";
import { readSockaddr, SOCKADDR_BYTES_MAX, writeSockaddr } from "./sockaddr.js";

for (const { address, port, bytes, back } of [
  { address: "192.0.2.1", port: 5060, bytes: [2, 0, 0x13, 0xc4, 192, 0, 2, 1] },
  { address: "::1", port: 1, bytes: [10, 0, 0, 1, 0, 0, 0, 0, 0, 0] },
  { address: "2001:db8::a:0:0:1", port: 65_535, bytes: [10, 0, 255, 255, 0, 0, 0, 0, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 10], back: "2001:db8::a:0:0:1" },
  { address: "::", port: 0, bytes: [10, 0, 0, 0] },
  { address: "::ffff:192.0.2.1", port: 7, bytes: [10, 0, 0, 7], back: "::ffff:c000:201" },
  { address: "fe80::1%lo", port: 7, bytes: [10, 0], back: "fe80::1" },
  { address: "1:0:2:3:4:5:6:7", port: 7, bytes: [10, 0], back: "1:0:2:3:4:5:6:7" },
])
  t.test(`sockaddr of ${address} port ${port}`, async (t) => {
    const out = new Uint8Array(SOCKADDR_BYTES_MAX).fill(0xee);
    t.equal(writeSockaddr(out, { address, port }), address.includes(":") ? 28 : 16);
    t.same([...out.subarray(0, bytes.length)], bytes);
    t.same(readSockaddr(out), { address: back ?? address, port });
  });

for (const { address, port } of [
  { address: "example.com", port: 5060 },
  { address: "192.0.2", port: 5060 },
  { address: "192.0.2.1", port: 65_536 },
  { address: "192.0.2.1", port: -1 },
  { address: "", port: 1 },
])
  t.test(`no sockaddr of ${JSON.stringify(address)} port ${port}`, async (t) => t.equal(writeSockaddr(new Uint8Array(SOCKADDR_BYTES_MAX), { address, port }), 0));
