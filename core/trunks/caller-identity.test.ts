import t from "tap";
import { createRequest } from "../../protocol/sip/message/build.js";
import { formatFrom } from "../signaling/party.js";
import { callerIdentity, type CallerSource } from "./caller-identity.js";

const PAI = "p-asserted-identity";
const RPID = "remote-party-id";

const ROWS: readonly { readonly title: string; readonly sources: readonly CallerSource[]; readonly headers?: readonly (readonly [string, string])[]; readonly from?: string; readonly caller: object }[] = [
  { title: "From alone is believed unless told", sources: ["from"], headers: [["P-Asserted-Identity", "<sip:666@x>"]], caller: { number: "13800000001", displayName: "Li" } },
  { title: "RFC 3325 9.1: the carrier's word before the caller's", sources: [PAI, "from"], headers: [["P-Asserted-Identity", '"Wang" <sip:+8613900000002@carrier.example;user=phone>']], caller: { number: "+8613900000002", displayName: "Wang" } },
  { title: "RFC 3325 9.1: a SIP and a tel URI", sources: [PAI], headers: [["P-Asserted-Identity", "<sip:anonymous@x>, <tel:+86-139-0000-0002>"]], caller: { number: "+8613900000002" } },
  { title: "RFC 3325 9.1: two fields", sources: [PAI], headers: [["P-Asserted-Identity", "<tel:1001;phone-context=x>"], ["P-Asserted-Identity", "<sip:b@x>"]], caller: { number: "1001" } },
  { title: "the first source that is there", sources: [PAI, RPID, "from"], headers: [["Remote-Party-ID", "<sip:139@x>;party=calling;screen=yes"]], caller: { number: "139" } },
  { title: "Remote-Party-ID of the called side is not the caller", sources: [RPID, "from"], headers: [["Remote-Party-ID", "<sip:95001@x>;party=called"]], caller: { number: "13800000001", displayName: "Li" } },
  { title: "none of them there: From", sources: [PAI], caller: { number: "13800000001", displayName: "Li" } },
  { title: "malformed: From", sources: [PAI, "from"], headers: [["P-Asserted-Identity", '"x <sip:']], caller: { number: "13800000001", displayName: "Li" } },
  { title: "RFC 3325 9.3: known, and shown to nobody", sources: [PAI, "from"], headers: [["P-Asserted-Identity", "<sip:139@x>"], ["Privacy", "id;critical"]], from: '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=a', caller: { number: "139", withheld: true } },
  { title: "RFC 3323 4.2: the same of From", sources: ["from"], headers: [["Privacy", "user"]], caller: { number: "13800000001", displayName: "Li", withheld: true } },
  { title: "RFC 3323 4.2: none is none", sources: ["from"], headers: [["Privacy", "none"]], caller: { number: "13800000001", displayName: "Li" } },
  { title: "Remote-Party-ID has a privacy of its own", sources: [RPID], headers: [["Remote-Party-ID", "<sip:139@x>;privacy=full"]], caller: { number: "139", withheld: true } },
  { title: "RFC 3323 4.1.1.3: anonymous in From", sources: ["from"], from: '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=a', caller: { number: "", displayName: "Anonymous" } },
];

for (const { title, sources, headers = [], from = '"Li" <sip:13800000001@192.0.2.1>;tag=a', caller } of ROWS)
  t.test(`${title} (${sources.join(", ")})`, async (t) => {
    const request = createRequest({ method: "INVITE", uri: "sip:95001@10.0.0.1", from, to: "<sip:95001@10.0.0.1>", callId: "c", sequence: 1, extra: headers });
    t.same(callerIdentity(request, sources), caller);
  });

t.test("RFC 3325 9.3: a phone that is rung shows nothing of a caller who withholds", async (t) => {
  const at = { address: "10.0.0.1", port: 5060 };
  t.equal(formatFrom({ number: "139", displayName: "Wang", withheld: true }, at, "t"), "<sip:anonymous@10.0.0.1:5060>;tag=t");
  t.equal(formatFrom({ number: "139", displayName: "Wang" }, at, "t"), '"Wang" <sip:139@10.0.0.1:5060>;tag=t');
});
