import t from "tap";
import { SimRandom } from "../../base/sim-random.js";
import { StreamFramer, type FramingFault } from "./framing.js";

const encoder = new TextEncoder();
const message = (body: string, length: string | undefined = `Content-Length: ${encoder.encode(body).length}\r\n`): string => `OPTIONS sip:a@192.0.2.1 SIP/2.0\r\nCall-ID: x\r\n${length}\r\n${body}`;

function frame(text: string, pieces: (left: number) => number): { heard: string[]; fault: FramingFault | undefined; pendingBytes: number } {
  const heard: string[] = [];
  const framer = new StreamFramer({ onMessage: (bytes) => void heard.push(new TextDecoder().decode(bytes)), onPing: () => void heard.push("ping") });
  const bytes = encoder.encode(text);
  let fault: FramingFault | undefined;
  for (let at = 0; at < bytes.length && fault === undefined; ) {
    const size = pieces(bytes.length - at);
    fault = framer.push(bytes.subarray(at, at + size));
    at += size;
  }
  return { heard, fault, pendingBytes: framer.pendingBytes };
}

const [one, two, utf8] = [message("v=0\r\n\r\no=1"), message(""), message("Grüße")];
const LARGEST = message("x".repeat(65_535 - 70));
const seed = Date.now() >>> 0;
const random = new SimRandom(seed);
for (const [title, text, heard] of [
  ["one message", one, [one]],
  ["three in a row", one + two + utf8, [one, two, utf8]],
  ["RFC 3261 7.5: line ends between messages are nothing", `\r\n${one}\r\n${two}`, [one, two]],
  ["RFC 5626 3.5.1: a ping", `\r\n\r\n${one}\r\n\r\n`, ["ping", one, "ping"]],
  ["compact form, spaces before the colon", message("abc", "l : 3\r\n"), [message("abc", "l : 3\r\n")]],
  ["Content-Length twice, the same", message("abc", "l: 3\r\nContent-Length: 3\r\n"), [message("abc", "l: 3\r\nContent-Length: 3\r\n")]],
  ["the largest message", LARGEST, [LARGEST]],
] as const)
  t.test(`RFC 3261 18.3: ${title}, however it is cut (seed ${seed})`, async (t) => {
    for (const pieces of [(left: number) => left, () => 1, () => 7, (left: number) => 1 + Math.floor(random.next() * left)]) {
      const result = frame(text, pieces);
      t.same([result.heard.join("|") === heard.join("|"), result.fault, result.pendingBytes], [true, undefined, 0]);
    }
  });

for (const [title, text, fault] of [
  ["no Content-Length", message("abc", ""), "framing.length"],
  ["a negative one", message("abc", "Content-Length: -999\r\n"), "framing.length"],
  ["one that is no number", message("abc", "Content-Length: 3x\r\n"), "framing.length"],
  ["two that differ", message("abc", "Content-Length: 3\r\nl: 2\r\n"), "framing.length"],
  ["one beyond the limit", message("x".repeat(65_535 - 69)), "framing.limit"],
  ["one of ten digits", message("", "Content-Length: 4294967296\r\n"), "framing.limit"],
  ["headers without an end", `OPTIONS sip:a SIP/2.0\r\n${"X: y\r\n".repeat(11_000)}`, "framing.limit"],
  ["noise without an end", "x".repeat(66_000), "framing.limit"],
] as const)
  t.test(`RFC 3261 18.3: ${title} ends the stream`, async (t) => {
    for (const pieces of [(left: number) => left, () => 1000, () => 1]) {
      const result = frame(text + two, pieces);
      t.same([result.heard, result.fault, result.pendingBytes], [[], fault, 0]);
    }
  });

t.test("after a fault nothing is heard any more", async (t) => {
  let heard = 0;
  const framer = new StreamFramer({ onMessage: () => void heard++, onPing: () => void heard++ });
  t.equal(framer.push(encoder.encode(message("", ""))), "framing.length");
  t.equal(framer.push(encoder.encode(`${two}\r\n\r\n`)), "framing.length");
  t.equal(heard, 0);
});
