import t from "tap";
import { createInDialog, createUacDialog } from "../../../protocol/sip/dialog/dialog.js";
import type { SipResponse } from "../../../protocol/sip/message/message.js";
import { Pair } from "./pair.js";
import { Peer, sdp } from "./peer.js";

const encoder = new TextEncoder();
const RELAY = "application/dtmf-relay";

for (const { type = RELAY, body, status, heard } of [
  { body: "Signal=5\r\nDuration=160\r\n", status: 200, heard: ["key 5 160"] },
  { body: "Signal= *\r\nDuration= 250", status: 200, heard: ["key * 250"] },
  { body: "signal=#\n", status: 200, heard: ["key # 100"] },
  { body: "Duration=90\r\nSignal=a", status: 200, heard: ["key A 90"] },
  { body: "Signal=11\r\n", status: 200, heard: ["key # 100"] },
  { body: "Signal=5\r\nDuration=999999", status: 200, heard: ["key 5 10000"] },
  { type: "application/dtmf", body: "7", status: 200, heard: ["key 7 100"] },
  { body: "", status: 200, heard: [] },
  { body: "Signal=16\r\n", status: 400, heard: [] },
  { body: "Signal=\r\n", status: 400, heard: [] },
  { body: "hello", status: 400, heard: [] },
  { body: `Signal=5\r\n${"x".repeat(300)}`, status: 400, heard: [] },
  { type: "application/json", body: "{}", status: 415, heard: [] },
])
  t.test(`RFC 6086 4.2.2: INFO of ${type} ${JSON.stringify(body.slice(0, 40))} is a ${status}`, async (t) => {
    const pair = await Pair.create();
    const peer = await Peer.create(pair);
    const invite = peer.request({ method: "INVITE", body: sdp("offer") });
    peer.send(invite);
    pair.clock.advanceMs(10);
    const keys: string[] = [];
    pair.served.onKey = (key, durationMs) => void keys.push(`key ${key} ${durationMs}`);
    pair.incoming!.answer("our-sdp");
    pair.clock.advanceMs(10);
    t.match(peer.last!.headers.get("allow"), /INFO/);
    const dialog = createUacDialog(invite, peer.last as SipResponse);
    const within = (method: string, sequence: number, content?: { contentType: string; bytes: Uint8Array }) => {
      const request = createInDialog({ ...dialog, localSequence: sequence - 1 }, method, content === undefined ? {} : { body: content });
      request.headers.prepend("Via", `SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKinfo${sequence}${method}`);
      return request;
    };
    peer.send(within("ACK", 1));
    peer.send(within("INFO", 2, body === "" ? undefined : { contentType: type, bytes: encoder.encode(body) }));
    pair.clock.advanceMs(10);
    t.equal(peer.lines.at(-1), `${status} INFO`);
    if (status === 415) t.match(peer.last!.headers.get("accept"), /application\/dtmf-relay/);
    t.same(keys, heard);
    t.equal(pair.server.snapshot().sessions, 1, "the call goes on");
  });
