import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { Baresip, type BaresipCodec } from "../baresip.js";
import { missingPeers, Peer } from "../peers.js";
import { SIPP_RTP } from "../ports.js";
import { freeUdpPort, startServer } from "../server-process.js";
import { loudestTone, readWav, type Sound } from "../sound.js";
import { Bcg729, missingLibrary } from "./bcg729.js";
import { RtpPeer } from "./rtp-peer.js";

const SCENARIO = fileURLToPath(new URL("../../../../test/interop/sipp/g729-caller.xml", import.meta.url));
/** All five with CODEC_MATRIX=all. */
const AGENTS: readonly BaresipCodec[] = process.env["CODEC_MATRIX"] === "all" ? ["PCMA/8000/1", "PCMU/8000/1", "G722/16000/1", "L16/16000/1", "opus/48000/2"] : ["PCMA/8000/1"];
const PATIENT_TONE = { frequencyHz: 1004, level: 0.25 };
const AGENT_TONE = { frequencyHz: 620, level: 0.125 };
/** Neither G.729 nor Opus is a waveform coder. */
const LEVEL_TOLERANCE_DB = 2;

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** Two seconds of a tone, coded by libbcg729, from where its encoder has settled. */
function coded(peer: Bcg729, { frequencyHz, level }: { readonly frequencyHz: number; readonly level: number }): Buffer {
  const samples = Buffer.alloc(3 * 16_000);
  for (let i = 0; 2 * i < samples.length; i++) samples.writeInt16LE(Math.round(32_767 * level * Math.sin((2 * Math.PI * frequencyHz * i) / 8000)), 2 * i);
  const records = peer.encode(samples);
  return Buffer.concat(Array.from({ length: 200 }, (_, i) => records.subarray(11 * (i + 90) + 1, 11 * (i + 91))));
}

t.test("M12: a caller with G.729, coded and decoded by libbcg729, and agents of other codecs hear each other's tone", { skip: missingLibrary() || missingPeers("sipp", "baresip"), timeout: 180_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-g729-"));
  const server = await startServer({ env: { RINGWARD_MEDIA_CODECS: "PCMA,PCMU,G722,L16/16000,opus,G729" } });
  t.teardown(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const library = new Bcg729(folder);
  for (const codec of AGENTS) {
    const agent = await Baresip.start({ serverPort: server.sipPort, user: "1001", password: "demo-1001", tone: AGENT_TONE, codec });
    const rtp = new RtpPeer(coded(library, PATIENT_TONE));
    try {
      const port = await rtp.open();
      const words = ["-sf", SCENARIO, "-s", "95001", "-key", "rtp_port", String(port), "-i", "127.0.0.1", "-p", String(await freeUdpPort()), "-mi", "127.0.0.1", "-mp", String(SIPP_RTP), "-m", "1", "-nostdin", `127.0.0.1:${server.sipPort}`];
      const caller = new Peer("sipp", words, { timeoutMs: 20_000 });
      await pause(1000);
      rtp.press("0");
      await agent.until("rang and answered", /CALL_ESTABLISHED/);
      const ended = await caller.ended;
      t.equal(ended.exitCode, 0, `${codec}: ${ended.output.slice(-500)}`);
      await agent.until("released when the caller hung up", /CALL_CLOSED/);
      await agent.stop();
      const raw = library.decode(rtp.records());
      const atCaller: Sound = { rateHz: 8000, channels: [Float64Array.from({ length: raw.length / 2 }, (_, i) => raw.readInt16LE(2 * i) / 32_768)] };
      for (const [where, sound, said] of [["the agent hears the caller", readWav(agent.heardPath), PATIENT_TONE], ["the caller hears the agent", atCaller, AGENT_TONE]] as const) {
        const heard = loudestTone(sound, 0, { lastMs: 1500 });
        const offDb = 20 * Math.log10(heard.amplitude / said.level);
        t.ok(Math.abs(heard.frequencyHz - said.frequencyHz) <= 2 && Math.abs(offDb) <= LEVEL_TOLERANCE_DB, `${codec}: ${where}: ${heard.frequencyHz} Hz, ${offDb.toFixed(2)} dB off`);
      }
    } finally {
      rtp.close();
      await agent.stop();
      agent.removeFiles();
    }
  }
});
