// Phones that we did not write transfer their callers; what each side hears afterwards tells who talks to whom.
import t from "tap";
import { Baresip } from "./baresip.js";
import { eventually, missingPeers } from "./peers.js";
import { startServer } from "./server-process.js";
import { loudestTone, readWav } from "./sound.js";

const TONES = { patient: { frequencyHz: 1004, level: 0.25 }, "1001": { frequencyHz: 620, level: 0.25 }, "1002": { frequencyHz: 440, level: 0.25 } };
/** Each leg rings on another worker: who is put through moves. */
const APART = { RINGWARD_MEDIA_WORKERS: "2", RINGWARD_MEDIA_PLACEMENT: "apart" };
const HEARD_MS = 2500;
const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

interface Record {
  readonly id: string;
  readonly disposition: string;
  readonly agents: readonly { readonly extension: string }[];
  readonly recordings: readonly { readonly leg: string; readonly sha256: string | null }[];
}

for (const { by, media, how } of [
  { by: "agent", media: {}, how: "the agent transfers its caller" },
  { by: "agent", media: APART, how: "the same with two media workers, the legs apart" },
  { by: "caller", media: APART, how: "a phone that called transfers whom it called" },
] as const)
  t.test(`RFC 3515, RFC 5589 6: baresip transfers blind, ${how}: the other two hear each other`, { skip: missingPeers("baresip") }, async (t) => {
    const server = await startServer({ env: media });
    const phones: Baresip[] = [];
    t.teardown(async () => {
      await Promise.all(phones.map((phone) => phone.stop()));
      await server.stop();
      for (const phone of phones) phone.removeFiles();
    });
    const start = async (user: "1001" | "1002"): Promise<Baresip> => {
      const phone = await Baresip.start({ serverPort: server.sipPort, user, password: `demo-${user}`, tone: TONES[user] });
      phones.push(phone);
      return phone;
    };
    const referrer = await start("1001");
    const staying = by === "agent" ? await Baresip.start({ serverPort: server.sipPort, user: "13900000001", tone: TONES.patient }) : await Baresip.start({ serverPort: server.sipPort, user: "1003", password: "demo-1003", tone: TONES.patient });
    phones.push(staying);
    if (by === "agent") {
      staying.command("dial", `sip:95001@127.0.0.1:${server.sipPort}`);
      await staying.until("the server answered", /CALL_ESTABLISHED/);
      await pause(500);
      staying.command("sndcode", "0");
    } else referrer.command("dial", `sip:1003@127.0.0.1:${server.sipPort}`);
    await referrer.until("talks", /CALL_ESTABLISHED/);
    const target = await start("1002");
    await pause(500);
    referrer.command("transfer", `sip:1002@127.0.0.1:${server.sipPort}`);
    await target.until("rang and answered", /CALL_ESTABLISHED/);
    await referrer.until("was let go", /CALL_CLOSED/);
    await pause(HEARD_MS + 500);
    t.notMatch(staying.output, /CALL_CLOSED/, "the call goes on");
    staying.command("hangup");
    await target.until("released with the other one", /CALL_CLOSED/);
    const call = await eventually("the CDR", async () => (await server.get<{ items: Record[] }>("cdrs")).items[0]);
    await Promise.all(phones.map((phone) => phone.stop()));

    for (const [who, phone, hears] of [
      ["who was put through", staying, TONES["1002"]],
      ["the target", target, TONES.patient],
    ] as const) {
      const heard = loudestTone(readWav(phone.heardPath), 0, { lastMs: HEARD_MS - 500 });
      t.ok(Math.abs(heard.frequencyHz - hears.frequencyHz) <= 2, `${who} hears ${heard.frequencyHz} Hz of ${hears.frequencyHz} Hz`);
    }
    t.equal(call.disposition, "answered");
    t.same(call.agents.map(({ extension }) => extension), by === "agent" ? ["1001", "1002"] : ["1003", "1002"], "each is credited");
    t.equal(new Set(call.recordings.map(({ leg }) => leg)).size, 3, "every leg is recorded, in as many tracks as it was on workers");
    t.ok(call.recordings.every(({ sha256 }) => sha256 !== null), "every track is closed");
    const types = (await server.get<{ items: { type: string }[] }>("events?types=call.transfer,call.transferred,call.caller-changed")).items.map(({ type }) => type);
    t.same(types, by === "agent" ? ["call.transfer", "call.transferred"] : ["call.caller-changed", "call.transfer", "call.transferred"]);
    t.equal((await server.get<{ items: readonly unknown[] }>("calls")).items.length, 0);
  });
