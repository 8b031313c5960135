import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import t from "tap";
import { eventually } from "./peers.js";
import { startServer } from "./server-process.js";

const MAIN = "dist/apps/cli/main.js";

t.test("ringward trace draws a call that has ended, by our id and by the carrier's Call-ID, without its secrets", async (t) => {
  const server = await startServer();
  t.teardown(() => server.stop());
  const caller = spawn(process.execPath, [MAIN, "call", `sip:95002@127.0.0.1:${server.sipPort}`, "--keys", "1,1,10000001#,1234#", "--hang-up-after", "8", "--from", "13900000001"], { stdio: "ignore" });
  await once(caller, "close");
  const { id } = await eventually("the call has its record", async () => (await server.get<{ items: { id: string }[] }>("cdrs")).items[0]);
  const draw = (...words: string[]): Promise<string> => ask("trace", ...words);
  const ask = async (...words: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [MAIN, ...words, "--url", server.base], { env: { ...process.env, RINGWARD_API_TOKEN: server.token } })).stdout;

  const ladder = await draw(id);
  const steps = ["INVITE SDP -", "<- 100 Trying (INVITE)", "<- 200 OK (INVITE) SDP", "- ACK -", "call.answered", "call.menu", "call.collected", "- BYE -", "<- 200 OK (BYE)", "call.ended"];
  let at = 0;
  for (const step of steps) {
    const found = ladder.indexOf(step, at);
    t.ok(found >= 0, `${step}\n${found < 0 ? ladder : ""}`);
    at = Math.max(at, found);
  }
  t.notMatch(ladder, /1234/);

  const [, sipCallId] = /^ {2}Call-ID: (\S+)$/m.exec(await draw(id, "--full"))!;
  t.match(await draw(sipCallId!), /INVITE SDP -/);
  const [record, ...others] = (await ask("export", "cdrs", "--from", "2026-01-01")).trim().split("\n").map((line) => JSON.parse(line) as { id: string; caller: string });
  t.match([record, others], [{ id, caller: "***01" }, []], "ringward export");
  t.match(JSON.parse((await ask("export", "cdrs", "--personal")).trim()), { caller: "13900000001" });
  const types = (await ask("export", "events")).trim().split("\n").map((line) => (JSON.parse(line) as { type: string }).type);
  t.ok(types.includes("call.ended") && types.includes("audit.read"), "and who reads is written down");
  await t.rejects(draw("nobody"), /answered 404: no call of this id is known \(HTTP_NOT_FOUND\) \(CLI_REFUSED\)/);
});
