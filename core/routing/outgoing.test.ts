import t from "tap";
import { findOutsideRoute, isTrunksFault, statusForPhone, type OutgoingRule } from "./outgoing.js";

const RULES: readonly OutgoingRule[] = [
  { prefix: "00", strip: 2, add: "+", trunks: ["abroad"] },
  { prefix: "9", strip: 1, add: "", trunks: ["a", "b"] },
  { prefix: "5", strip: 0, add: "010", trunks: ["a"] },
];

t.test("the first rule that fits says where an outside number goes, and how it is told", async (t) => {
  for (const [dialled, number, trunks] of [
    ["913900000001", "13900000001", ["a", "b"]],
    ["0044123456", "+44123456", ["abroad"]],
    ["55551234", "01055551234", ["a"]],
    ["13900000001", undefined, undefined],
    ["9", undefined, undefined],
    ["91", undefined, undefined],
    ["9abc", undefined, undefined],
    ["9;phone-context=x", undefined, undefined],
    ["", undefined, undefined],
    [`9${"1".repeat(21)}`, undefined, undefined],
  ] as const) {
    const route = findOutsideRoute(RULES, dialled);
    t.same([route?.number, route?.trunks], [number, trunks], dialled);
  }
  t.same(findOutsideRoute([{ prefix: "", strip: 0, add: "", trunks: ["a"] }], "+8613900000001"), { number: "+8613900000001", trunks: ["a"] });
});

for (const [by, status, next, shown] of [
  ["remote", 486, false, 486],
  ["remote", 600, false, 486],
  ["remote", 603, false, 603],
  ["remote", 608, false, 603],
  ["remote", 404, false, 404],
  ["remote", 410, false, 410],
  ["remote", 484, false, 484],
  ["remote", 604, false, 404],
  ["remote", 480, false, 480],
  ["remote", 487, false, 480],
  ["remote", 488, false, 488],
  ["remote", 606, false, 488],
  ["remote", 699, false, 603],
  ["remote", 302, false, 480],
  ["remote", 401, true, 503],
  ["remote", 403, true, 503],
  ["remote", 407, true, 503],
  ["remote", 408, true, 503],
  ["remote", 500, true, 503],
  ["remote", 503, true, 503],
  ["remote", 599, true, 503],
  ["failure", 408, true, 503],
  ["failure", 503, true, 503],
  ["failure", undefined, true, 503],
  ["local", undefined, false, 480],
] as const)
  t.test(`RFC 3261 21: a trunk's ${status ?? "end"} (${by}): ${next ? "the next trunk is tried, " : ""}the phone is told ${shown}`, async (t) => {
    const failure = { by, ...(status === undefined ? {} : { status }) };
    t.equal(isTrunksFault(failure), next);
    t.equal(statusForPhone(failure), shown);
  });
