import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { eventually, missingPeers, Peer } from "./peers.js";
import { freeUdpPort, startServer } from "./server-process.js";
import { softphone as call } from "./softphone.js";
import { readWav } from "./sound.js";

const CODECS = ["PCMA", "PCMU", "G722", "G729", "L16/8000", "L16/16000", "opus"] as const;

t.test("ringward call books in the demo hospital by keys, and records what is heard", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-call-"));
  const server = await startServer();
  t.teardown(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const heard = join(folder, "heard.wav");
  const run = call(`sip:95002@127.0.0.1:${server.sipPort}`, "--keys", "1,1,10000001#,1234#,,1,1,1,1,,1", "--record", heard, "--hang-up-after", "20", "--from", "13900000001");
  t.equal(await run.code, 0, run.output());
  t.match(run.output(), /answered PCMA[\s\S]*key #[\s\S]*ended by local: bye[\s\S]*recorded .* (19|20)\.\d\d s/);
  t.match(await server.get("appointments?card=10000001"), { items: [{ number: 1, fee: { amount: 500 } }] });
  const sound = readWav(heard);
  const loudest = sound.channels[0]!.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
  t.ok(loudest > 0.1 && loudest <= 1, `the hospital was heard: peak ${loudest.toFixed(2)}`);

  const refused = call(`sip:777@127.0.0.1:${server.sipPort}`);
  t.equal(await refused.code, 1, "nobody there: exit code 1");
  t.match(refused.output(), /rejected 404/);
});

t.test("ringward call --answer takes the call of sipp's uac", { skip: missingPeers("sipp") }, async (t) => {
  const port = await freeUdpPort();
  const run = call("--answer", "--listen", `127.0.0.1:${port}`);
  await eventually("the softphone waits", () => (/waiting for a call/.test(run.output()) ? true : undefined));
  const sipp = await new Peer("sipp", ["-sn", "uac", "-i", "127.0.0.1", "-p", String(await freeUdpPort()), "-m", "1", "-d", "500", "-nostdin", "-timeout", "20", `127.0.0.1:${port}`], { timeoutMs: 25_000 }).ended;
  t.equal(sipp.exitCode, 0, sipp.output.slice(-1000));
  t.equal(await run.code, 0);
  t.match(run.output(), /called by sipp\n[\s\S]*ended by remote: bye/);
});

t.test("ringward call --codec: each codec of the program is answered and heard", { timeout: 120_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-call-"));
  const server = await startServer({ env: { RINGWARD_MEDIA_CODECS: CODECS.join(",") } });
  t.teardown(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const runs = CODECS.map((codec, i) => ({ codec, heard: join(folder, `${i}.wav`) })).map((one) => ({ ...one, run: call(`sip:95001@127.0.0.1:${server.sipPort}`, "--codec", one.codec, "--record", one.heard, "--hang-up-after", "4", "--from", "13900000001") }));
  for (const { codec, heard, run } of runs) {
    t.equal(await run.code, 0, run.output());
    t.match(run.output(), `answered ${codec}\n`);
    const loudest = readWav(heard).channels[0]!.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
    t.ok(loudest > 0.1 && loudest <= 1, `${codec}: the hospital was heard: peak ${loudest.toFixed(2)}`);
  }
});
