import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { missingPeers, Peer } from "./peers.js";
import { SIPP_RTP } from "./ports.js";
import { freeUdpPort, startServer } from "./server-process.js";

/** What is keyed in books.xml, with the pauses before, ms. */
const KEYED: readonly (readonly [number, string])[] = [[1500, "1"], [1500, "1"], [1500, "10000001#"], [5000, "1234#"], [4000, "1"], [1500, "1"], [1500, "1"], [1500, "1"], [1500, "1"]];
const TONES: Readonly<Record<string, readonly [number, number]>> = { "0": [941, 1336], "1": [697, 1209], "2": [697, 1336], "3": [697, 1477], "4": [770, 1209], "#": [941, 1477] };
const A_LAW_SILENCE = 0xd5;

const silence = (ms: number): Uint8Array => new Uint8Array(ms * 8).fill(A_LAW_SILENCE);
/** 100 ms of the key's two tones as sox makes them. */
const tone = ([low, high]: readonly [number, number]): Uint8Array => execFileSync("sox", ["-r", "8000", "-c", "2", "-n", "-t", "al", "-c", "1", "-", "synth", "0.1", "sine", String(low), "sine", String(high), "remix", "-", "gain", "-6"]);

t.test("R07: sipp books without telephone-event: the keys are tones that sox made", { skip: missingPeers("sipp", "sox") }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-inband-"));
  const server = await startServer();
  t.teardown(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const sound = Buffer.concat([...KEYED.flatMap(([pauseMs, keys]) => [silence(pauseMs), ...[...keys].flatMap((key) => [tone(TONES[key]!), silence(100)])]), silence(6000)]);
  const [keys, scenario] = [join(folder, "keys.al"), join(folder, "books.xml")];
  writeFileSync(keys, sound);
  const books = readFileSync(join("test", "interop", "sipp", "books.xml"), "utf8");
  const [before, after] = [books.indexOf('<pause milliseconds="1500"/>'), books.indexOf("<!-- Long enough")];
  const played = `<nop><action><exec rtp_stream="${keys},1,8,PCMA/8000"/></action></nop><pause milliseconds="${sound.length / 8 - 5000}"/>`;
  writeFileSync(scenario, `${books.slice(0, before).replace("RTP/AVP 8 96", "RTP/AVP 8").replace(/ *a=(rtpmap|fmtp):96.*\n/g, "")}${played}${books.slice(after)}`);
  const sipp = new Peer(
    "sipp",
    ["-sf", scenario, "-s", "95001", "-i", "127.0.0.1", "-p", String(await freeUdpPort()), "-mi", "127.0.0.1", "-mp", String(SIPP_RTP), "-m", "1", "-nostdin", `127.0.0.1:${server.sipPort}`],
    { timeoutMs: 60_000 },
  );
  const run = await sipp.ended;
  t.equal(run.exitCode, 0, "sipp saw every answer that it expects", { output: run.output.slice(-2000), log: server.stderr().slice(-4000) });
  const { items } = await server.get<{ items: readonly { number: number; period: string }[] }>("appointments?card=10000001");
  t.match(items, [{ number: 1, period: "morning" }], "booked");
  t.notMatch(server.stderr(), /1234#?|"pin"/, "no PIN in the log");
});
