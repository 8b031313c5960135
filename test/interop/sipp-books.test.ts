import { join } from "node:path";
import t from "tap";
import { missingPeers, Peer, eventually } from "./peers.js";
import { SIPP_RTP } from "./ports.js";
import { freeUdpPort, startServer } from "./server-process.js";

const APART = { RINGWARD_MEDIA_WORKERS: "2", RINGWARD_MEDIA_PLACEMENT: "apart" };
const scenario = (name: string): string => join("test", "interop", "sipp", name);

interface Money {
  readonly amount: number;
  readonly currency: string;
}
interface List<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}
interface Appointment {
  readonly id: string;
  readonly status: string;
  readonly number: number;
  readonly day: string;
  readonly period: string;
  readonly fee: Money;
}

t.test("R01 R05 R06 R07 R11 Y01 Y10: sipp books by telephone-events behind the carrier's trunk, with two media workers", { skip: missingPeers("sipp") }, async (t) => {
  const server = await startServer({ env: APART });
  t.teardown(() => server.stop());
  const before = await server.get<{ balance: Money }>("cards/10000001");
  t.same(before.balance, { amount: 10_000, currency: "CNY" }, "the demo card holds 100.00");

  const sipp = new Peer(
    "sipp",
    ["-sf", scenario("books.xml"), "-s", "95001", "-i", "127.0.0.1", "-p", String(await freeUdpPort()), "-mi", "127.0.0.1", "-mp", String(SIPP_RTP), "-m", "1", "-nostdin", `127.0.0.1:${server.sipPort}`],
    { timeoutMs: 60_000 },
  );
  const run = await sipp.ended;
  t.equal(run.exitCode, 0, "sipp saw every answer that it expects", { output: run.output.slice(-2000), log: server.stderr().slice(-4000) });

  const appointments = await server.get<List<Appointment>>("appointments?card=10000001");
  t.equal(appointments.items.length, 1);
  const booked = appointments.items[0]!;
  const tomorrow = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" }).format(Date.now() + 86_400_000);
  t.match(booked, { number: 1, day: tomorrow, period: "morning", fee: { amount: 500, currency: "CNY" } });
  t.same((await server.get<{ balance: Money }>("cards/10000001")).balance, { amount: 9_500, currency: "CNY" }, "5.00 were taken once");

  for (const key of ["visit-1", "visit-1", "visit-2"]) t.match(await server.post(`appointments/${booked.id}/attended`, key), { status: 200, body: { id: booked.id, status: "attended" } }, "R08: the patient came");
  t.match(await server.post("appointments/another/attended", "visit-1"), { status: 422, body: { code: "HTTP_KEY_REUSED" } });
  t.match((await server.get<List<Appointment>>("appointments?card=10000001")).items, [{ status: "attended" }]);

  const cdrs = await eventually("the call's CDR", async () => {
    const list = await server.get<List<{ caller: string; called: string; disposition: string }>>("cdrs");
    return list.items.length > 0 ? list : undefined;
  });
  t.match(cdrs.items, [{ caller: "13900000001", called: "95001", disposition: "answered" }]);
  t.notMatch(server.stderr(), /1234#?|"pin"/, "no PIN in the log");
});

t.test("RFC 3261 13, 15: sipp's built-in uac calls the hospital and hangs up, with two media workers on Node's sockets", { skip: missingPeers("sipp") }, async (t) => {
  const server = await startServer({ env: { ...APART, RINGWARD_MEDIA_NET: "dgram" } });
  t.teardown(() => server.stop());
  const sipp = new Peer(
    "sipp",
    ["-sn", "uac", "-s", "95001", "-i", "127.0.0.1", "-p", String(await freeUdpPort()), "-m", "20", "-r", "10", "-d", "1000", "-nostdin", "-timeout", "40", `127.0.0.1:${server.sipPort}`],
    { timeoutMs: 50_000 },
  );
  const run = await sipp.ended;
  t.equal(run.exitCode, 0, "20 calls, none failed", { output: run.output.slice(-2000), log: server.stderr().slice(-4000) });
  await eventually("no call left open", async () => ((await server.get<List<unknown>>("calls")).items.length === 0 ? true : undefined));
  const cdrs = await eventually("20 CDRs", async () => {
    const list = await server.get<List<{ disposition: string }>>("cdrs");
    return list.items.length === 20 ? list : undefined;
  });
  t.ok(cdrs.items.every((cdr) => cdr.disposition === "answered"));
});
