import t from "tap";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { DigestAccount } from "../../protocol/sip/auth/digest-account.js";
import { createResponse } from "../../protocol/sip/message/build.js";
import type { SipRequest } from "../../protocol/sip/message/message.js";
import { SimCrypto } from "../crypto/sim-crypto.js";
import type { ExchangeOptions } from "../signaling/exchange.js";
import { RegisterClient } from "./register-client.js";
import type { RegisterResult } from "./registration.js";

const OURS = "<sip:95001@192.0.2.9:5060;line=token>";

/** One REGISTER, and what becomes of the answer that `answer` makes to it. */
function register(expiresS: number, answer: (options: Omit<ExchangeOptions, "layer">, request: SipRequest) => void): { readonly sent: SipRequest; readonly results: readonly RegisterResult[] } {
  const results: RegisterResult[] = [];
  let sent: SipRequest | undefined;
  const client = new RegisterClient({
    signaling: {
      exchange: (options) => {
        sent = options.make();
        answer(options, sent);
      },
      contact: () => OURS,
    },
    random: new SimRandom(1),
    registrar: { address: "192.0.2.1", port: 5060 },
    domain: "carrier.example",
    account: new DigestAccount({ username: "hospital", password: "x", crypto: new SimCrypto(), random: new SimRandom(1) }),
    contact: { user: "95001", line: "token" },
  });
  client.send(expiresS, (result) => results.push(result));
  return { sent: sent!, results };
}

t.test("RFC 3261 10.2: the request", async (t) => {
  const { sent } = register(600, () => undefined);
  t.same(
    [sent.method, sent.rawUri, sent.headers.get("to"), sent.headers.get("contact"), sent.headers.expires, sent.headers.cseq.sequence],
    ["REGISTER", "sip:carrier.example", "<sip:hospital@carrier.example>", OURS, 600, 1],
  );
  t.match(sent.headers.get("from"), /^<sip:hospital@carrier\.example>;tag=.{20}$/);
});

for (const [title, status, headers, result] of [
  ["our contact's own time", 200, [["Contact", `<sip:other@198.51.100.1>;expires=5, ${OURS};expires=120`], ["Expires", "3600"]], { kind: "granted", expiresS: 120 }],
  ["rewritten by a NAT, known by its line", 200, [["Contact", "<sip:95001@203.0.113.1:61000;line=token>;expires=120"]], { kind: "granted", expiresS: 120 }],
  ["without parameters, known by its address", 200, [["Contact", "<sip:95001@192.0.2.9>;expires=60"]], { kind: "granted", expiresS: 60 }],
  ["no time of its own: the Expires of the answer", 200, [["Contact", OURS], ["Expires", "300"]], { kind: "granted", expiresS: 300 }],
  ["nothing listed, nothing said: what was asked", 200, [], { kind: "granted", expiresS: 600 }],
  ["others' contacts alone", 200, [["Contact", "<sip:95001@198.51.100.1>;expires=60"]], { kind: "refused", status: 200, why: /does not list our contact/ }],
  ["no time granted", 200, [["Contact", `${OURS};expires=0`]], { kind: "refused", status: 200 }],
  ["423", 423, [["Min-Expires", "1800"]], { kind: "too-brief", minExpiresS: 1800 }],
  ["423 without a number", 423, [], { kind: "too-brief", minExpiresS: 0 }],
  ["503 with a time and a comment", 503, [["Retry-After", "120 (busy);duration=60"]], { kind: "refused", status: 503, retryAfterS: 120 }],
  ["500 with nonsense", 500, [["Retry-After", "soon"]], { kind: "refused", status: 500, retryAfterS: undefined }],
  ["301", 301, [["Contact", "<sip:elsewhere>"]], { kind: "refused", status: 301 }],
] as const)
  t.test(`RFC 3261 10.2.4, 20.33: ${title}`, async (t) => {
    const { results } = register(600, ({ onResponse }, request) => {
      onResponse(createResponse(request, 100));
      onResponse(createResponse(request, status, { extra: headers }));
    });
    t.equal(results.length, 1);
    t.match(results[0], result);
  });

t.test("RFC 3261 10.2.2: taken back, whatever the answer lists", async (t) => {
  t.same(register(0, ({ onResponse }, request) => onResponse(createResponse(request, 200, { extra: [["Contact", "<sip:other@198.51.100.1>;expires=60"]] }))).results, [{ kind: "granted", expiresS: 0 }]);
});

t.test("RFC 3261 22.2: why a challenge could not be answered, silence, and no room to send", async (t) => {
  t.match(register(600, ({ onResponse }, request) => onResponse(createResponse(request, 401), "auth.wrong")).results, [{ kind: "refused", status: 401, why: "the name or password was refused" }]);
  t.same(register(600, ({ onTimeout }) => onTimeout()).results, [{ kind: "silent" }]);
  t.match(register(600, ({ onSent }, request) => onSent?.(request, undefined)).results, [{ kind: "refused", status: 503 }]);
});
