import t from "tap";
import { Baresip, type BaresipCodec } from "./baresip.js";
import { missingPeers } from "./peers.js";
import { startServer, type ServerProcess } from "./server-process.js";
import { loudestTone, readWav, shareAbove } from "./sound.js";

const CODECS: readonly BaresipCodec[] = ["PCMA/8000/1", "G722/16000/1", "L16/16000/1", "opus/48000/2", "PCMU/8000/1"];
const PATIENT_TONE = { frequencyHz: 1004, level: 0.25 };
const AGENT_TONE = { frequencyHz: 620, level: 0.125 };
/** Opus is no waveform coder: a sine may come out a little louder or softer. */
const LEVEL_TOLERANCE_DB = 1.5;
const CALL_MS = 2200;
/** So long the caller hears prompts alone. */
const PROMPTS_S = 3;

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** Calls 1001 of a codec from a phone of another, each in baresip, by way of the operator's key. */
async function talk(server: ServerProcess, caller: BaresipCodec, agent: BaresipCodec): Promise<{ readonly atAgent: string; readonly atCaller: string; readonly stop: () => void }> {
  const phone = await Baresip.start({ serverPort: server.sipPort, user: "1001", password: "demo-1001", tone: AGENT_TONE, codec: agent });
  const patient = await Baresip.start({ serverPort: server.sipPort, user: "13900000001", tone: PATIENT_TONE, codec: caller });
  const stop = (): void => [phone, patient].forEach((one) => one.removeFiles());
  try {
    patient.command("dial", `sip:95001@127.0.0.1:${server.sipPort}`);
    await patient.until("the server answered", /CALL_ESTABLISHED/);
    await pause(600);
    patient.command("sndcode", "0");
    await phone.until("rang and answered", /CALL_ESTABLISHED/);
    await pause(CALL_MS);
    patient.command("hangup");
    await phone.until("released when the patient hung up", /CALL_CLOSED/);
    await Promise.all([phone.stop(), patient.stop()]);
    return { atAgent: phone.heardPath, atCaller: patient.heardPath, stop };
  } catch (error) {
    await Promise.all([phone.stop(), patient.stop()]);
    stop();
    throw error;
  }
}

// A ring of five calls, in which each codec is once the caller's and once the agent's; all 25 with CODEC_MATRIX=all.
t.test("M01: every codec calls every other, baresip at both ends: tones at their frequency and level", { skip: missingPeers("baresip"), timeout: 300_000 }, async (t) => {
  const server = await startServer({ env: { RINGWARD_MEDIA_CODECS: "PCMA,PCMU,G722,L16/16000,opus" } });
  t.teardown(() => server.stop());
  const pairs = process.env["CODEC_MATRIX"] === "all" ? CODECS.flatMap((a) => CODECS.map((b) => [a, b] as const)) : CODECS.map((a, i) => [a, CODECS[(i + 1) % CODECS.length]!] as const);
  for (const [caller, agent] of pairs) {
    const { atAgent, atCaller, stop } = await talk(server, caller, agent);
    for (const [where, path, said] of [["the agent hears the caller", atAgent, PATIENT_TONE], ["the caller hears the agent", atCaller, AGENT_TONE]] as const) {
      const sound = readWav(path);
      const heard = loudestTone(sound, 0, { lastMs: 1500 });
      const offDb = 20 * Math.log10(heard.amplitude / said.level);
      t.ok(Math.abs(heard.frequencyHz - said.frequencyHz) <= 2 && Math.abs(offDb) <= LEVEL_TOLERANCE_DB, `${caller} to ${agent}: ${where}: ${heard.frequencyHz} Hz, ${offDb.toFixed(2)} dB off`);
    }
    const { rateHz, channels } = readWav(atCaller);
    const wide = rateHz > 8000 ? shareAbove(channels[0]!.subarray(0, PROMPTS_S * rateHz), rateHz, 4300) : 0;
    t.ok(rateHz > 8000 ? wide > 0.0008 : wide === 0, `${caller}: the hospital's voice has ${(1e6 * wide).toFixed(0)} millionths of its power above 4.3 kHz`);
    stop();
  }
  t.match(await (await server.fetch("/metrics")).text(), /ringward_media_/);
});
