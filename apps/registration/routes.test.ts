import t from "tap";
import { audit, booked, hospital, walk } from "./lab-hospital.js";

t.test("R08: an appointment that is marked as attended stays, by whatever key it is marked again", async (t) => {
  const lab = await hospital();
  const patient = lab.call("95001");
  await walk(patient);
  await patient.hears("registration/booked");
  await patient.hangsUp();
  const [{ id } = { id: "" }] = await booked(lab);
  const attend = (idempotencyKey: string, of = id) => lab.request("POST", "/appointments/:id/attended", { params: { id: of }, idempotencyKey });
  for (const key of ["k1", "k1", "k2"]) t.same(await attend(key), { id, status: "attended" });
  await t.rejects(attend("k1", "nobody"), { status: 422, code: "HTTP_KEY_REUSED" });
  await t.rejects(attend("k3", "nobody"), { status: 404, code: "REGISTRATION_UNKNOWN" });
  t.match(await lab.journal("registration.attended"), [{ actor: { kind: "administrator" }, data: { number: 1 } }], "told once");
  t.match(await lab.request("GET", "/appointments", { query: { card: "10000001" } }), { items: [{ id, status: "attended" }] });
  t.same(await audit(lab), []);
});

t.test("what was cancelled can't be attended, what was attended can't be cancelled", async (t) => {
  const lab = await hospital();
  for (const cancels of [true, false]) {
    const patient = lab.call("95001");
    await walk(patient);
    await patient.hears("registration/booked", "registration/main-menu");
    const held = (await booked(lab)).find(({ status }) => status === "booked")!;
    await patient.presses("1");
    await walk(patient, [["registration/menu", "2"], ["registration/ask-card", "10000001#"], ["registration/ask-pin", "1234#"], ["registration/your-appointment", "1"], ["registration/ask-cancel", ""]]);
    const attend = () => lab.request("POST", "/appointments/:id/attended", { params: { id: held.id } });
    if (!cancels) await attend();
    await patient.presses("1");
    await patient.hears(cancels ? "registration/cancelled" : "registration/not-cancelled");
    if (cancels) await t.rejects(attend(), { status: 409, code: "REGISTRATION_RELEASED" });
    await patient.hangsUp();
  }
  t.same((await booked(lab)).map(({ status }) => status).sort(), ["attended", "cancelled"]);
  t.same(await audit(lab), []);
});
