import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { findDelay } from "./matrix/likeness.js";
import { missingPeers } from "./peers.js";
import { startServer } from "./server-process.js";
import { softphone } from "./softphone.js";
import { readWav } from "./sound.js";

/** Who stands in the demo's seed with a name and without a recording. */
const NAME = "Sun Li";
const VOICES = { "95001": ["-v", "cmn-latn-pinyin", "-s", "150"], "95002": ["-v", "en-gb", "-s", "145"] } as const;

/** As espeak-ng says it and sox makes 8000 Hz of it, without the silence around. */
function rendering(voice: readonly string[], folder: string): Int16Array {
  const wav = join(folder, "name.wav");
  execFileSync("espeak-ng", [...voice, "-w", wav, NAME], { stdio: "pipe" });
  const trim = ["silence", "1", "0.01", "1%", "reverse", "silence", "1", "0.01", "1%", "reverse"];
  const raw = execFileSync("sox", ["-R", wav, "-t", "raw", "-r", "8000", "-c", "1", "-b", "16", "-e", "signed", "-", ...trim]);
  return Int16Array.from({ length: raw.length >> 1 }, (_, i) => raw.readInt16LE(2 * i));
}

t.test("a doctor whose name nobody has recorded is read by name in a whole call, in the language of the number", { skip: missingPeers("espeak-ng", "sox") }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-text-"));
  const server = await startServer();
  t.teardown(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  await Promise.all(
    (["95001", "95002"] as const).map(async (number, i) => {
      const recorded = join(folder, `${number}.wav`);
      // Booking, card, PIN, paediatrics: then the doctors are told.
      const keys = `1,1,1000000${i + 1}#,${["1234", "2345"][i]}#,,3`;
      const call = softphone(`sip:${number}@127.0.0.1:${server.sipPort}`, "--keys", keys, "--record", recorded, "--hang-up-after", "22", "--from", `1390000000${i}`);
      t.equal(await call.code, 0, call.output());
      const sound = readWav(recorded);
      const heard = Int16Array.from(sound.channels[0]!, (sample) => Math.round(sample * 32_767));
      const name = rendering(VOICES[number], folder);
      const at = heard.length - name.length;
      const { correlation, delay } = findDelay(heard, name, { at, delayMax: at });
      t.ok(correlation >= 0.9, `${number}: "${NAME}" heard ${((at - delay) / 8000).toFixed(1)} s into the call, ${correlation.toFixed(3)} alike`);
    }),
  );
});
