import t from "tap";
import { parseCallArguments } from "./call-arguments.js";

const SIP = "sip:95001@127.0.0.1";

t.test("ringward call: whom, how and what with", async (t) => {
  t.match(parseCallArguments([SIP]), { target: { number: "95001", at: { address: "127.0.0.1", port: 5060 } }, keys: "", codec: undefined, from: "softphone", answer: false });
  t.match(parseCallArguments(["sip:1001@127.0.0.1:5070", "--keys", "1,12#*", "--record=a.wav", "--hang-up-after", "2.5", "--from", "139", "--codec", "PCMU", "--listen", "127.0.0.1:5062"]), {
    target: { at: { port: 5070 } },
    keys: "1,12#*",
    record: "a.wav",
    hangUpAfterMs: 2500,
    from: "139",
    codec: "PCMU",
    listen: { address: "127.0.0.1", port: 5062 },
  });
  t.match(parseCallArguments(["--answer"]), { answer: true });
});

t.test("ringward call: any codec of the program, whatever the case", async (t) => {
  for (const [word, codec] of [["pcmu", "PCMU"], ["G722", "G722"], ["Opus", "opus"], ["l16/16000", "L16/16000"], ["G729", "G729"]] as const) t.match(parseCallArguments([SIP, "--codec", word]), { codec });
});

for (const { words, fault } of [
  { words: [], fault: /missing/ },
  { words: ["95001"], fault: /accepted: sip:NUMBER@ADDRESS/ },
  { words: ["sip:1@example.com"], fault: /numeric address/ },
  { words: [SIP, SIP], fault: /unexpected/ },
  { words: [SIP, "--answer"], fault: /does not place/ },
  { words: [SIP, "--keys", "1a"], fault: /--keys takes/ },
  { words: [SIP, "--keys"], fault: /--keys needs a value/ },
  { words: [SIP, "--hang-up-after", "0"], fault: /--hang-up-after takes/ },
  { words: [SIP, "--codec", "G711"], fault: /--codec takes PCMA, PCMU, G722/ },
  { words: [SIP, "--from", "a b"], fault: /--from takes/ },
  { words: [SIP, "--listen", "localhost"], fault: /--listen takes/ },
  { words: [SIP, "--loud", "1"], fault: /unknown option --loud/ },
])
  t.test(`ringward call ${words.join(" ")}: refused`, async (t) => t.match(parseCallArguments(words), fault));
