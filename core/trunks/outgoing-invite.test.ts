import t from "tap";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { DigestAccount } from "../../protocol/sip/auth/digest-account.js";
import { SimCrypto } from "../crypto/sim-crypto.js";
import { outgoingInvite } from "./outgoing-invite.js";
import { Trunks, type TrunkDefinition } from "./trunk.js";

const account = new DigestAccount({ username: "hospital", password: "x", crypto: new SimCrypto(), random: new SimRandom(1) });
const invite = (definition: Partial<TrunkDefinition>, number = "13900000001") =>
  outgoingInvite(new Trunks([{ name: "t", address: { address: "192.0.2.1", port: 5080 }, number: "95001", ...definition }]).get("t")!, number);

t.test("RFC 3261 8.1.1: the hospital's number in From, at our address", async (t) => {
  t.match(invite({}), { uri: "sip:13900000001@192.0.2.1:5080", to: { address: "192.0.2.1", port: 5080 }, from: { number: "95001" }, headers: [], symmetric: false, silenceMaxMs: 5000 });
  t.equal(invite({})!.fromHost, undefined);
  t.match(invite({ domain: "sip.carrier.example", nat: true, silenceMs: 900 }, "+8610"), { uri: "sip:+8610@sip.carrier.example", fromHost: "sip.carrier.example", symmetric: true, silenceMaxMs: 900 });
});

t.test("RFC 3325 9.1: or in P-Asserted-Identity, the account's name in From", async (t) => {
  t.match(invite({ showNumberIn: "p-asserted-identity", account, domain: "c.example" }), { from: { number: "hospital" }, headers: [["P-Asserted-Identity", "<sip:95001@c.example>"]], account });
  t.match(invite({ showNumberIn: "p-asserted-identity" }), { from: { number: "95001" }, headers: [["P-Asserted-Identity", "<sip:95001@192.0.2.1:5080>"]] });
});

t.test("a trunk without an address takes no calls of ours", async (t) => {
  t.equal(outgoingInvite(new Trunks([{ name: "in", sources: ["192.0.2.1"] }]).get("in")!, "1"), undefined);
});
