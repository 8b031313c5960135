import t from "tap";
import { readAddress, readAddressRange } from "./address-range.js";
import { TrunkError } from "./error.js";
import { Trunks } from "./trunk.js";

t.test("RFC 4632 3.1: ranges are read strictly", async (t) => {
  for (const good of ["127.0.0.1", "127.0.0.0/8", "0.0.0.0/0", "192.0.2.128/25", "::1", "2001:db8::/32", "::/0", "::ffff:192.0.2.1"])
    t.ok(readAddressRange(good), good);
  for (const bad of ["", "127.0.0", "127.0.0.256", "127.0.0.01", "127.0.0.1/8", "127.0.0.0/33", "127.0.0.0/", "127.0.0.0/-1", "a.b.c.d", "localhost", "1:2:3", "2001:db8::1/32", "::1::", ":1", "12345::", "1:2:3:4:5:6:7:8:9", "2001:db8::/129"])
    t.equal(readAddressRange(bad), undefined, bad);
  t.same(readAddress("::ffff:192.0.2.7"), readAddress("192.0.2.7"));
});

t.test("a call belongs to the trunk with the narrowest range that holds its source", async (t) => {
  const trunks = new Trunks([
    { name: "wide", sources: ["192.0.2.0/24"] },
    { name: "narrow", sources: ["192.0.2.128/25", "2001:db8::/32"], nat: true },
    { name: "host", sources: ["192.0.2.200"] },
  ]);
  for (const [address, name] of [
    ["192.0.2.1", "wide"],
    ["192.0.2.129", "narrow"],
    ["192.0.2.200", "host"],
    ["::ffff:192.0.2.200", "host"],
    ["2001:db8:1::5", "narrow"],
    ["2001:db9::5", undefined],
    ["198.51.100.1", undefined],
    ["not an address", undefined],
  ] as const)
    t.equal(trunks.findBySource(address)?.name, name, address);
  t.same([trunks.get("wide")?.nat, trunks.get("narrow")?.nat], [false, true]);
});

t.test("a full trunk gives no place, and a place is given back once", async (t) => {
  const trunks = new Trunks([{ name: "carrier", sources: ["192.0.2.1"], maxCalls: 2 }]);
  const first = trunks.occupy("carrier");
  t.ok(first);
  t.ok(trunks.occupy("carrier"));
  t.equal(trunks.occupy("carrier"), undefined);
  first!();
  first!();
  t.equal(trunks.get("carrier")?.calls, 1);
  t.ok(trunks.occupy("carrier"));
  t.equal(trunks.occupy("carrier"), undefined);
  t.equal(trunks.occupy("nobody"), undefined);
});

t.test("contradicting definitions are refused with a code", async (t) => {
  for (const [definitions, code] of [
    [[{ name: "a", sources: ["192.0.2.1/24"] }], "TRUNK_SOURCE_INVALID"],
    [[{ name: "a", sources: [] }, { name: "a", sources: [] }], "TRUNK_NAME_TAKEN"],
    [[{ name: "a", sources: ["192.0.2.0/24"] }, { name: "b", sources: ["192.0.2.0/24"] }], "TRUNK_SOURCE_TAKEN"],
  ] as const) {
    try {
      new Trunks(definitions);
      t.fail(code);
    } catch (error) {
      t.ok(error instanceof TrunkError);
      t.equal((error as TrunkError).code, code);
    }
  }
});

t.test("RFC 3261 18.1.1: whether a trunk takes no TCP is known by its address, else by its sources", async (t) => {
  const trunks = new Trunks([
    { name: "udp", address: { address: "192.0.2.1", port: 5060 }, tcp: false },
    { name: "both", address: { address: "192.0.2.1", port: 5070 }, sources: ["192.0.2.2"] },
    { name: "range", sources: ["198.51.100.0/24"], tcp: false },
  ]);
  for (const [address, port, stays] of [
    ["192.0.2.1", 5060, true],
    ["192.0.2.1", 5070, false],
    ["198.51.100.7", 40_000, true],
    ["203.0.113.1", 5060, false],
  ] as const)
    t.equal(trunks.staysOnUdp({ address, port }), stays, `${address}:${port}`);
  t.equal(trunks.findBySource("192.0.2.1")?.name, "udp", "without sources its address is one");
  const shared = new Trunks([
    { name: "a", address: { address: "192.0.2.1", port: 5060 } },
    { name: "b", address: { address: "192.0.2.1", port: 5070 } },
    { name: "c", sources: ["192.0.2.2"] },
    { name: "d", address: { address: "192.0.2.2", port: 5060 } },
  ]);
  t.same(["192.0.2.1", "192.0.2.2"].map((address) => shared.findBySource(address)?.name), ["a", "c"], "which is no contradiction, and gives way to what is named");
});
