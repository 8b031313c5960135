import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { openProduction } from "../../apps/server/production.js";
import { readSettings } from "../../apps/server/settings.js";
import { loadLibc } from "../../media/net/libc/libc.js";
import { Baresip } from "./baresip.js";
import { eventually, missingPeers } from "./peers.js";
import { SERVER_RTP } from "./ports.js";
import { freeTcpPort, freeUdpPort } from "./server-process.js";
import { amplitudeAt, readWav, type Sound } from "./sound.js";

const PATIENT_TONE = { frequencyHz: 1004, level: 0.25 };
const AGENT_TONE = { frequencyHz: 620, level: 0.125 };
const TOKEN = "interop-token-0123456789abcdef";

interface Cdr {
  readonly id: string;
  readonly disposition: string;
  readonly cause: string;
  readonly recordings: readonly { readonly role: string; readonly offsetMs: number; readonly durationMs: number | null }[];
}

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
const loaded = await loadLibc();

/** Both sides do not end in the same moment. */
const END_MS = 600;

/** How much of the last `lastMs`, but for the very end, the tone fills, in parts of 200 ms. */
function fillOf(sound: Sound, { frequencyHz, level }: typeof PATIENT_TONE, { lastMs, channel = 0 }: { readonly lastMs: number; readonly channel?: number }): number {
  const whole = sound.channels[channel]!;
  const samples = whole.subarray(0, whole.length - (END_MS * sound.rateHz) / 1000);
  const span = sound.rateHz / 5;
  let [parts, filled] = [0, 0];
  for (let at = Math.max(0, samples.length - (lastMs * sound.rateHz) / 1000); at + span <= samples.length; at += span) {
    parts += 1;
    if (amplitudeAt(samples.subarray(at, at + span), sound.rateHz, frequencyHz) > level / 2) filled += 1;
  }
  return filled / parts;
}

const spans = (sound: Sound, { frequencyHz, level }: typeof PATIENT_TONE, channel: number): string => {
  const samples = sound.channels[channel]!;
  const span = sound.rateHz / 5;
  return Array.from({ length: Math.floor(samples.length / span) }, (_, i) => (amplitudeAt(samples.subarray(i * span, (i + 1) * span), sound.rateHz, frequencyHz) > level / 2 ? "x" : ".")).join("");
};

for (const net of ["libc", "dgram"] as const)
  t.test(`the worker of a call between two baresips is killed, the sockets ${net}'s: both go on hearing each other, and all but a second is recorded`, { skip: missingPeers("baresip") || (net === "libc" && "unavailable" in loaded && process.env["CI"] !== "true") }, async (t) => {
    const dataDir = mkdtempSync(join(tmpdir(), "ringward-worker-"));
    const environment = {
      RINGWARD_SIP: `127.0.0.1:${await freeUdpPort()}`,
      RINGWARD_HTTP: `127.0.0.1:${await freeTcpPort()}`,
      RINGWARD_RTP: `${SERVER_RTP.min}-${SERVER_RTP.max}`,
      RINGWARD_DATA: dataDir,
      RINGWARD_API_TOKEN: TOKEN,
      RINGWARD_MEDIA_WORKERS: "2",
      RINGWARD_MEDIA_PLACEMENT: "apart",
      RINGWARD_MEDIA_NET: net,
    };
    const server = await openProduction(await readSettings(undefined, environment), { environment, version: "0.0.0", log });
    const serverPort = server.sip.port;
    const get = async (path: string): Promise<Response> => fetch(`http://${environment.RINGWARD_HTTP}/api/v1/${path}`, { headers: { authorization: `Bearer ${TOKEN}` }, signal: AbortSignal.timeout(5000) });
    const phone = await Baresip.start({ serverPort, user: "1001", password: "demo-1001", tone: AGENT_TONE });
    const patient = await Baresip.start({ serverPort, user: "13900000001", tone: PATIENT_TONE });
    t.teardown(async () => {
      await Promise.all([phone.stop(), patient.stop()]);
      await server.stop(0);
      for (const one of [phone, patient]) one.removeFiles();
      rmSync(dataDir, { recursive: true, force: true });
    });
    patient.command("dial", `sip:95001@127.0.0.1:${serverPort}`);
    await patient.until("the server answered", /CALL_ESTABLISHED/);
    await pause(1000);
    patient.command("sndcode", "0");
    await phone.until("rang and answered", /CALL_ESTABLISHED/);
    await eventually("both on one worker", () => (server.media.counters.legs.includes(2) ? true : undefined));
    await pause(2000);
    server.media.kill(server.media.counters.legs.indexOf(2));
    await eventually("both legs back", () => (server.media.counters.revived === 2 ? true : undefined));
    await pause(3000);
    t.notMatch(phone.output + patient.output, /CALL_CLOSED/, "signalling is untouched");
    patient.command("hangup");
    await phone.until("released when the patient hung up", /CALL_CLOSED/);
    const call = await eventually("the CDR", async () => ((await (await get("cdrs")).json()) as { items: Cdr[] }).items[0]);
    t.match(call, { disposition: "answered", cause: "bye" });
    t.match(server.media.counters, { lost: 0, moved: 1 });
    await Promise.all([phone.stop(), patient.stop()]);

    t.ok(fillOf(readWav(phone.heardPath), PATIENT_TONE, { lastMs: 2000 }) > 0.9, "the agent hears the patient to the end");
    t.ok(fillOf(readWav(patient.heardPath), AGENT_TONE, { lastMs: 2000 }) > 0.9, "the patient hears the agent to the end");
    for (const role of ["caller", "agent"]) {
      const tracks = call.recordings.filter((recording) => recording.role === role);
      t.ok(tracks.length >= 2, `${role}: ${JSON.stringify(tracks.map(({ offsetMs, durationMs }) => [offsetMs, durationMs]))}`);
      t.ok(tracks.every(({ durationMs }) => durationMs !== null), "each is closed, with its length and its hash");
    }
    const recording = readWav(new Uint8Array(await (await get(`recordings/${call.id}`)).arrayBuffer()));
    const filled = [fillOf(recording, PATIENT_TONE, { lastMs: 4500 }), fillOf(recording, AGENT_TONE, { lastMs: 4500, channel: 1 })];
    t.ok(Math.min(...filled) > 0.6, `recorded before and after, but for a second and the time that the far sides took: ${filled.map((share) => share.toFixed(2)).join(", ")}`);
    const ends = [fillOf(recording, PATIENT_TONE, { lastMs: 2000 }), fillOf(recording, AGENT_TONE, { lastMs: 2000, channel: 1 })];
    t.ok(Math.min(...ends) > 0.9, `and to the end: ${ends.map((share) => share.toFixed(2)).join(", ")}`, { tracks: call.recordings, spans: [spans(recording, PATIENT_TONE, 0), spans(recording, AGENT_TONE, 1)] });
  });
