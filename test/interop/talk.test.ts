import t from "tap";
import { Baresip } from "./baresip.js";
import { eventually, missingPeers } from "./peers.js";
import { startServer } from "./server-process.js";
import { loudestTone, readWav } from "./sound.js";

const PATIENT_TONE = { frequencyHz: 1004, level: 0.25 };
const AGENT_TONE = { frequencyHz: 620, level: 0.125 };
/** G.711 costs well under half a decibel on a sine of this level. */
const LEVEL_TOLERANCE_DB = 0.5;

const NONE = {};
/** The agent rings on another worker than the patient: one of them has to move before they hear each other. */
const APART = { RINGWARD_MEDIA_WORKERS: "2", RINGWARD_MEDIA_PLACEMENT: "apart" };

const levelDb = (amplitude: number, reference: number): number => 20 * Math.log10(amplitude / reference);

for (const { codec, media, how } of [
  { codec: "PCMA", media: NONE, how: "as shipped" },
  { codec: "PCMU", media: APART, how: "two media workers, each leg on another one" },
  { codec: "PCMA", media: { ...APART, RINGWARD_MEDIA_NET: "dgram" }, how: "the same on Node's sockets" },
] as const)
  t.test(`A01 A03 M01: a ${codec} caller presses 0, baresip answers as 1001, both hear each other and are recorded: ${how}`, { skip: missingPeers("baresip") }, async (t) => {
    const server = await startServer({ env: media });
    const phone = await Baresip.start({ serverPort: server.sipPort, user: "1001", password: "demo-1001", tone: AGENT_TONE });
    const patient = await Baresip.start({ serverPort: server.sipPort, user: "13900000001", tone: PATIENT_TONE, codec });
    t.teardown(async () => {
      await Promise.all([phone.stop(), patient.stop()]);
      await server.stop();
      for (const one of [phone, patient]) one.removeFiles();
    });

    patient.command("dial", `sip:95001@127.0.0.1:${server.sipPort}`);
    await patient.until("the server answered", /CALL_ESTABLISHED/);
    await new Promise((resolve) => void setTimeout(resolve, 1000));
    patient.command("sndcode", "0");
    await phone.until("rang and answered", /CALL_ESTABLISHED/);
    await new Promise((resolve) => void setTimeout(resolve, 3000));
    if (media !== NONE) t.match(await (await server.fetch("/metrics")).text(), /^ringward_media_legs_moved_total [1-9]/m, "one of the legs went to the other's worker");
    patient.command("hangup");
    await phone.until("released when the patient hung up", /CALL_CLOSED/);
    const call = await eventually("the CDR", async () => (await server.get<{ items: { id: string; disposition: string }[] }>("cdrs")).items[0]);
    t.equal(call.disposition, "answered");
    await Promise.all([phone.stop(), patient.stop()]);

    // The patient heard the hospital's voice before the agent's tone.
    const [atAgent, atPatient] = [loudestTone(readWav(phone.heardPath), 0), loudestTone(readWav(patient.heardPath), 0, { lastMs: 2500 })];
    const recording = readWav(await server.getBytes(`recordings/${call.id}`));
    t.equal(recording.channels.length, 2);
    for (const [where, heard, said] of [
      ["the agent hears the patient", atAgent, PATIENT_TONE],
      ["the patient hears the agent", atPatient, AGENT_TONE],
      ["left is the caller", loudestTone(recording, 0), PATIENT_TONE],
      ["right is the agent", loudestTone(recording, 1), AGENT_TONE],
    ] as const) {
      t.ok(Math.abs(heard.frequencyHz - said.frequencyHz) <= 2, `${where}: ${heard.frequencyHz} Hz for ${said.frequencyHz} Hz`);
      const offDb = levelDb(heard.amplitude, said.level);
      t.ok(Math.abs(offDb) <= LEVEL_TOLERANCE_DB, `${where}: level off by ${offDb.toFixed(2)} dB`);
    }
  });

t.test("N03: a wrong password does not register", { skip: missingPeers("baresip") }, async (t) => {
  const server = await startServer();
  t.teardown(() => server.stop());
  await t.rejects(Baresip.start({ serverPort: server.sipPort, user: "1001", password: "not-it", tone: AGENT_TONE }), /baresip registered/);
  t.notMatch(server.stderr(), /phone\.registered/);
});
