import t from "tap";
import type { Call, DialOutcome } from "../sdk/call.js";
import { RoutingError } from "./error.js";
import { phoneCallHandler } from "./phone-call.js";
import { Routing } from "./routing.js";

const table = (): Routing<string> => {
  const routing = new Routing<string>();
  routing.addHospitalNumber({ hospital: "demo", number: "95001", handler: "main menu" });
  routing.addPhone({ hospital: "demo", extension: "1001" });
  return routing;
};

t.test("a carrier's caller reaches hospital numbers only, a phone also phones", async (t) => {
  const routing = table();
  for (const [number, origin, kind] of [
    ["95001", "trunk", "hospital"],
    ["95001", "phone", "hospital"],
    ["1001", "phone", "phone"],
    ["1001", "trunk", "unknown"],
    ["1002", "phone", "unknown"],
    ["95009", "trunk", "unknown"],
    ["", "trunk", "unknown"],
    ["__proto__", "phone", "unknown"],
  ] as const)
    t.equal(routing.find(number, origin).kind, kind, `${number} from a ${origin}`);
  t.same(routing.find("1001", "trunk"), routing.find("1099", "trunk"), "what is forbidden looks like what is absent");
});

t.test("a phone's number that is none of ours goes out by a rule; a carrier's caller never does", async (t) => {
  const routing = new Routing<string>({ hospital: "demo", rules: [{ prefix: "", strip: 0, add: "", trunks: ["a", "b"] }] });
  routing.addHospitalNumber({ hospital: "demo", number: "95001", handler: "main menu" });
  routing.addPhone({ hospital: "demo", extension: "1001" });
  t.same(routing.find("13900000001", "phone"), { kind: "outside", hospital: "demo", number: "13900000001", trunks: ["a", "b"] });
  t.same(routing.find("13900000001", "trunk"), { kind: "unknown", status: 404 });
  t.same([routing.find("95001", "phone").kind, routing.find("1001", "phone").kind], ["hospital", "phone"], "ours first");
  t.equal(routing.find("not-a-number", "phone").kind, "unknown");
});

t.test("a number has one handler, and is free again once taken away", async (t) => {
  const routing = table();
  for (const again of [
    (): unknown => routing.addHospitalNumber({ hospital: "demo", number: "95001", handler: "other" }),
    (): unknown => routing.addPhone({ hospital: "demo", extension: "95001" }),
  ])
    t.throws(again, { name: "RoutingError", code: "ROUTING_NUMBER_TAKEN" });
  t.ok(new RoutingError("ROUTING_NUMBER_TAKEN", "", {}) instanceof Error);
  const remove = routing.addHospitalNumber({ hospital: "demo", number: "95002", handler: "old" });
  remove();
  routing.addHospitalNumber({ hospital: "demo", number: "95002", handler: "new" });
  remove();
  t.match(routing.find("95002", "trunk"), { kind: "hospital", handler: "new" });
});

t.test("a phone's call to a phone ends as the dialled one did", async (t) => {
  for (const [outcome, steps] of [
    [{ outcome: "unreachable" }, ["dial 1002", "reject unavailable"]],
    [{ outcome: "no-answer" }, ["dial 1002", "reject unavailable"]],
    [{ outcome: "busy" }, ["dial 1002", "reject busy"]],
    [{ outcome: "rejected" }, ["dial 1002", "reject declined"]],
    [{ outcome: "answered", target: "1002", talk: Promise.resolve() }, ["dial 1002", "hangup"]],
  ] as readonly (readonly [DialOutcome, readonly string[]])[]) {
    const seen: string[] = [];
    const call = {
      dial: async ({ targets }: { targets: readonly string[] }) => (seen.push(`dial ${targets.join()}`), outcome),
      reject: async (why: string) => void seen.push(`reject ${why}`),
      hangup: async () => void seen.push("hangup"),
    };
    await phoneCallHandler("1002")(call as unknown as Call);
    t.same(seen, steps, outcome.outcome);
  }
});
