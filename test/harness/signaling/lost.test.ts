import t from "tap";
import type { SimPacket } from "../sim-network.js";
import { describe, Heard, NOTHING_LEFT, Pair } from "./pair.js";

/** Loses the first `count` packets that read so. */
function losing(line: string, count: number): (packet: SimPacket) => boolean {
  let left = count;
  return (packet) => describe(packet) === line && left-- > 0;
}

for (const row of [
  { title: "17.1.1.2: the INVITE", line: "carrier INVITE", count: 3, counted: { "carrier INVITE": 4, "server 100 INVITE": 1 } },
  { title: "17.2.1: the 100", line: "server 100 INVITE", count: 2, counted: { "carrier INVITE": 3, "server 100 INVITE": 3 } },
  { title: "13.3.1.4: the 200", line: "server 200 INVITE", count: 4, counted: { "server 200 INVITE": 5, "carrier ACK": 1 } },
  { title: "13.2.2.4: the ACK", line: "carrier ACK", count: 3, counted: { "server 200 INVITE": 4, "carrier ACK": 4 } },
  { title: "17.1.2.2: the BYE", line: "carrier BYE", count: 5, counted: { "carrier BYE": 6, "server 200 BYE": 1 } },
  { title: "17.2.2: the answer to the BYE", line: "server 200 BYE", count: 2, counted: { "carrier BYE": 3, "server 200 BYE": 3 } },
]) {
  t.test(`RFC 3261 ${row.title} is lost ${row.count} times and the call stands`, async (t) => {
    const pair = await Pair.create();
    pair.network.drop = losing(row.line, row.count);
    const { session, heard } = pair.call();
    pair.clock.advanceMs(8000);
    pair.incoming!.answer("answer-sdp");
    pair.clock.advanceMs(20_000);
    session.hangup();
    pair.clock.advanceMs(30_000);
    t.same(heard.log, ["answered answer-sdp", "ended local bye"]);
    t.same(pair.served.log, ["confirmed", "ended remote bye"]);
    for (const [line, count] of Object.entries(row.counted)) t.equal(pair.count(line), count, line);
    t.same(pair.leftovers(), NOTHING_LEFT);
  });
}

t.test("RFC 3261 17.1.1.3: a lost ACK of a rejection", async (t) => {
  const pair = await Pair.create();
  pair.network.drop = losing("carrier ACK", 2);
  const { heard } = pair.call();
  pair.clock.advanceMs(10);
  pair.incoming!.reject(404);
  pair.clock.advanceMs(30_000);
  t.same([pair.count("server 404 INVITE"), pair.count("carrier ACK")], [3, 3]);
  t.same(heard.log, ["ended remote rejected 404"], "told once");
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 13.3.1.4: no ACK in 64*T1 ends the call with a BYE", async (t) => {
  const pair = await Pair.create();
  pair.network.drop = (packet) => describe(packet) === "carrier ACK";
  const { heard } = pair.call();
  pair.clock.advanceMs(10);
  pair.incoming!.answer("answer-sdp");
  pair.clock.advanceMs(32_100);
  t.same(pair.served.log, ["ended failure no-ack"]);
  t.same(heard.log, ["answered answer-sdp", "ended remote bye"]);
  t.equal(pair.server.snapshot().counters.noAck, 1);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 15: hung up before the ACK came, the BYE waits for it", async (t) => {
  const pair = await Pair.create();
  pair.network.drop = losing("carrier ACK", 1);
  const { heard } = pair.call();
  pair.clock.advanceMs(10);
  pair.incoming!.answer("answer-sdp");
  pair.clock.advanceMs(10);
  pair.incoming!.hangup();
  pair.clock.advanceMs(100);
  t.same([pair.count("server BYE"), pair.served.log], [0, ["ended local bye"]]);
  pair.clock.advanceMs(1000);
  t.equal(pair.count("server BYE"), 1);
  t.same(heard.log, ["answered answer-sdp", "ended remote bye"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("DESIGN 2: 150 seeds of loss, delay, duplication and reordering, and every call ends on both sides with nothing left", async (t) => {
  let talked = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const pair = await Pair.create({ seed, loss: 0.25, delayMs: 20, jitterMs: 60, duplicate: 0.15, reorder: 0.1 });
    const heard = new Heard();
    const { session } = pair.call(heard);
    pair.clock.advanceMs(3000);
    pair.incoming?.ring();
    pair.clock.advanceMs((seed * 37) % 2000);
    if (seed % 5 === 0) session.hangup();
    else if (seed % 7 === 0) pair.incoming?.reject(486);
    pair.clock.advanceMs(seed % 3);
    pair.incoming?.answer("answer-sdp");
    pair.clock.advanceMs((seed * 91) % 4000);
    if (seed % 2 === 0) session.hangup();
    else if (pair.incoming === undefined) session.hangup();
    else pair.incoming.hangup();
    const left = pair.leftovers();
    const ends = (log: readonly string[]): number => log.filter((entry) => entry.startsWith("ended")).length;
    const good = JSON.stringify(left) === JSON.stringify(NOTHING_LEFT) && ends(heard.log) === 1 && ends(pair.served.log) === (pair.incoming === undefined ? 0 : 1);
    if (!good) t.fail(`seed ${seed}`, { left, caller: heard.log, called: pair.served.log, ladder: pair.ladder });
    if (heard.log.includes("answered answer-sdp") && pair.served.log.includes("confirmed")) talked++;
  }
  t.ok(talked > 60, `${talked} of 150 talked`);
});

t.test("DESIGN 2: one seed twice gives the same packets", async (t) => {
  const run = async (): Promise<readonly string[]> => {
    const pair = await Pair.create({ seed: 42, loss: 0.2, delayMs: 10, jitterMs: 30, duplicate: 0.2 });
    const lines: string[] = [];
    pair.network.onPacket = (packet) => lines.push(`${pair.clock.monoMs()} ${new TextDecoder().decode(packet.bytes)}`);
    pair.call();
    pair.clock.advanceMs(2000);
    pair.incoming?.answer("answer-sdp");
    pair.clock.advanceMs(5000);
    pair.incoming?.hangup();
    pair.clock.advanceMs(60_000);
    return lines;
  };
  const first = await run();
  t.ok(first.length > 5);
  t.same(await run(), first);
});
