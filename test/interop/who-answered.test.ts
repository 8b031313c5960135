// Who picked up, over SIP and RTP: the server dials phones (baresip) that say what a person, a machine, an exchange and a fax say,
// and a plugin is told who it was.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import t from "tap";
import { cadence, type Cadence } from "../../media/dsp/cadence/cadence.js";
import { CadenceSource } from "../../media/dsp/cadence/cadence-source.js";
import { NATIONAL_TONES } from "../../media/dsp/cadence/national-tones.js";
import { RateConverter } from "../../media/dsp/resampler/rate-converter.js";
import type { SampleRateHz } from "../../media/dsp/resampler/resampler.js";
import { speak } from "../ears/corpus.js";
import { Baresip, type BaresipCodec } from "./baresip.js";
import { eventually, missingPeers } from "./peers.js";
import { startServer } from "./server-process.js";

/** Called numbers end in the extension that is dialled. */
const DIALLER = `export default {
  name: "dialler",
  sdk: 1,
  setup({ calls }) {
    for (const extension of ["1001", "1002", "1003", "1004", "1005"])
      calls.onIncoming("9" + extension, async (call) => {
        await call.answer();
        const { talk, ...outcome } = await call.dial({ targets: [extension], answeringMachine: { onMachine: "join", beepMs: 8000 } });
        call.note("dialler.dialled", { extension, ...outcome });
        await call.hangup();
      });
  },
};
`;

const folder = mkdtempSync(join(tmpdir(), "ringward-who-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

/** `parts` one after the other, each at 8000 Hz, brought to a phone's rate; then silence. */
const said = (...parts: readonly Int16Array[]) => (rateHz: number): Int16Array => {
  const whole = [...parts, new Int16Array(8 * 20_000)].flatMap((part) => [...part]);
  const out = new Int16Array((Math.floor(whole.length / 160) * rateHz) / 50);
  const rate = new RateConverter(rateHz as SampleRateHz);
  for (let i = 0; (i + 1) * 160 <= whole.length; i++) out.set(rate.convert(Int16Array.from(whole.slice(160 * i, 160 * i + 160)), 8000), (i * rateHz) / 50);
  return out;
};

function sounded(of: Cadence, ms: number): Int16Array {
  const out = new Int16Array(8 * ms);
  new CadenceSource(of, 8000).fill(out);
  return out;
}

const silence = (ms: number): Int16Array => new Int16Array(8 * ms);
const voice = (name: string, language: string, text: string): Int16Array => speak(join(folder, `${name}.raw`), language, text);

const ROWS: readonly { readonly name: string; readonly extension: string; readonly codec: BaresipCodec; readonly says: () => (rateHz: number) => Int16Array; readonly told: object }[] = [
  { name: "a person", extension: "1001", codec: "PCMA/8000/1", says: () => said(silence(400), voice("hello", "en-us+f4", "Hello?")), told: { outcome: "answered", answeredBy: { who: "human", why: "pause" } } },
  {
    name: "a machine and its beep",
    extension: "1002",
    codec: "opus/48000/2",
    says: () => said(silence(300), voice("greeting", "nl+m1", "Goedendag, u bent verbonden met het antwoordapparaat van Jansen. Spreek na de toon uw boodschap in."), silence(500), sounded(cadence("1000@-12/500*1"), 500)),
    told: { outcome: "answered", answeredBy: { who: "machine", why: "greeting", beep: true } },
  },
  { name: "an exchange's busy tone", extension: "1003", codec: "G722/16000/1", says: () => said(sounded(NATIONAL_TONES.cn.busy, 5000)), told: { outcome: "busy" } },
  { name: "a fax", extension: "1004", codec: "PCMU/8000/1", says: () => said(silence(500), sounded(cadence("2100@-12/3000*1"), 3000)), told: { outcome: "fax", answeredBy: { who: "fax", why: "tone" } } },
  { name: "a person", extension: "1005", codec: "opus/48000/2", says: () => said(silence(600), voice("alo", "tr+m4", "Efendim?")), told: { outcome: "answered", answeredBy: { who: "human", why: "pause" } } },
];

t.test("the plugin is told who picked up, and busy where it was an exchange", { skip: missingPeers("baresip", "espeak-ng", "sox") }, async (t) => {
  t.setTimeout(60_000);
  const demo = readFileSync(resolve("examples/demo-hospital/config.yaml"), "utf8").replace("./seed.yaml", resolve("examples/demo-hospital/seed.yaml"));
  const config = join(folder, "config.yaml");
  writeFileSync(config, `${demo.replace(/^( +)numbers:\n/m, (_, indent: string) => `${indent}numbers:\n${ROWS.map(({ extension }) => `${indent}  - { number: "9${extension}", language: en }\n`).join("")}`)}  dialler: { module: ./dialler.mjs }\n`);
  writeFileSync(join(folder, "dialler.mjs"), DIALLER);
  const server = await startServer({ env: { RINGWARD_CONFIG: config, RINGWARD_MEDIA_CODECS: "opus, G722, PCMA, PCMU" } });
  const phones: Baresip[] = [];
  t.teardown(async () => {
    for (const phone of phones) {
      await phone.stop();
      phone.removeFiles();
    }
    await server.stop();
  });
  for (const { extension, codec, says } of ROWS) phones.push(await Baresip.start({ serverPort: server.sipPort, user: extension, password: `demo-${extension}`, tone: { frequencyHz: 500, level: 0 }, says: says(), codec }));
  const callers = ROWS.map(({ extension }, i) => spawn(process.execPath, ["dist/apps/cli/main.js", "call", `sip:9${extension}@127.0.0.1:${server.sipPort}`, "--hang-up-after", "40", "--from", `1390000000${i}`], { stdio: "ignore" }));
  const ended = Promise.all(callers.map((caller) => once(caller, "close")));
  const told = await eventually(
    "all were told",
    async () => {
      const { items } = await server.get<{ items: readonly { readonly data: { readonly extension: string } }[] }>("events?types=dialler.dialled");
      return items.length === ROWS.length ? items.map(({ data }) => data) : undefined;
    },
    45_000,
  );
  await ended;
  for (const { name, extension, codec, told: expected } of ROWS) t.match(told.find((one) => one.extension === extension), expected, `${name}, ${codec}`);
});
