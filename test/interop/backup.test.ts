import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { eventually } from "./peers.js";
import { startServer, type ServerProcess } from "./server-process.js";

const MAIN = "dist/apps/cli/main.js";
const BOOK = "1,1,10000001#,1234#,,1,1,1,1,,1";

interface List<T> {
  readonly items: readonly T[];
}

/** A patient who presses `keys` and stays on the line until `hangUp`. */
function call(server: ServerProcess, keys: string): { hangUp(): Promise<unknown> } {
  const child = spawn(process.execPath, [MAIN, "call", `sip:95002@127.0.0.1:${server.sipPort}`, "--keys", keys, "--hang-up-after", "40", "--from", "13900000001"], { stdio: "ignore" });
  const over = once(child, "close");
  return { hangUp: () => (child.kill("SIGTERM"), over) };
}

/** Calls and presses until `count` appointments are booked. */
async function book(server: ServerProcess, count: number): Promise<void> {
  const caller = call(server, BOOK);
  await eventually(`${count} appointments`, async () => ((await server.get<List<unknown>>("appointments?card=10000001")).items.length === count ? true : undefined), 35_000);
  await caller.hangUp();
}

const command = async (words: readonly string[], dataDir: string): Promise<string> => (await promisify(execFile)(process.execPath, [MAIN, ...words], { env: { ...process.env, RINGWARD_DATA: dataDir } })).stdout;

/** What the hospital owes its patient. */
const books = async (server: ServerProcess): Promise<unknown> => ({
  balance: (await server.get<{ balance: unknown }>("cards/10000001")).balance,
  appointments: (await server.get<List<{ id: string; number: number; day: string; status: string }>>("appointments?card=10000001")).items,
});

t.test("ringward backup while calls go on; restored elsewhere, appointments, balance and records are right, and so is the PIN", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-backup-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const [dataDir, copy, restored] = [join(folder, "data"), join(folder, "copy"), join(folder, "restored")];
  const first = await startServer({ dataDir });
  t.teardown(() => first.stop());
  await book(first, 1);
  const owed = await books(first);
  t.match(owed, { balance: { amount: 9_500 }, appointments: [{ number: 1 }] });
  await eventually("the booking's call has its record", async () => ((await first.get<List<unknown>>("cdrs")).items.length === 1 ? true : undefined));

  const talking = call(first, "1");
  const { id } = await eventually("another call goes on", async () => (await first.get<List<{ id: string }>>("calls")).items[0]);
  await new Promise((resolve) => void setTimeout(resolve, 1000));
  t.match(await command(["backup", copy], dataDir), /^backup .*\nsound +\d+ files listed, not copied.*\nkey +not in the backup/);
  await t.rejects(command(["backup", copy], dataDir), /is not empty: nothing was written \(BACKUP_TARGET\)/);
  t.same((await first.get<List<{ id: string }>>("calls")).items.map((one) => one.id), [id], "the call went on meanwhile");

  await t.rejects(command(["restore", copy], restored), /the key is not in the backup.*\(BACKUP_KEY\)/);
  await t.rejects(command(["restore", copy, "--key", join(dataDir, "pepper")], dataDir), /is not empty.*\(BACKUP_TARGET\)/);
  mkdirSync(join(restored, ".unfinished"), { recursive: true });
  await t.rejects(startServer({ dataDir: restored }), /was not finished, or goes on: run it again.*\(SERVER_DATA\)/, "as where it was killed");
  t.match(await command(["restore", copy, "--key", join(dataDir, "pepper")], restored), /^restored .*restored: demo as of /);
  const second = await startServer({ dataDir: restored });
  t.teardown(() => second.stop());
  t.same(await books(second), owed, "as it was told");
  const records = await eventually("the call of the backup's moment is closed", async () => {
    const { items } = await second.get<List<{ id: string; disposition: string }>>("cdrs");
    return items.length === 2 ? items : undefined;
  });
  t.equal(records.find((cdr) => cdr.id === id)?.disposition, "closed-after-crash");
  await book(second, 2);
  t.match(await books(second), { balance: { amount: 9_000 }, appointments: { length: 2 } }, "the PIN is right, the fee is taken, the next number given");
  await talking.hangUp();
  t.match(await books(first), owed as object, "the server that was backed up knows nothing of it");
});
