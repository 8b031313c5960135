// A phone's REFER inside of a call: how it is answered, and what the phone is told afterwards.
import t from "tap";
import type { Refer } from "../../../core/signaling/refer.js";
import { createInDialog, createUacDialog } from "../../../protocol/sip/dialog/dialog.js";
import { createResponse } from "../../../protocol/sip/message/build.js";
import type { SipRequest, SipResponse } from "../../../protocol/sip/message/message.js";
import { NOTHING_LEFT, Pair, type PairOptions, STRANGER } from "./pair.js";
import { Peer, sdp } from "./peer.js";

/** A phone that talks to the server; `answers`: what it says to a NOTIFY, undefined for nothing at all. */
async function talking(options: PairOptions & { readonly answers?: (count: number) => number | undefined } = {}) {
  const pair = await Pair.create(options);
  const peer = await Peer.create(pair);
  const invite = peer.request({ method: "INVITE", body: sdp("offer") });
  peer.send(invite);
  pair.clock.advanceMs(10);
  pair.incoming!.answer("our-sdp");
  pair.clock.advanceMs(10);
  const dialog = createUacDialog(invite, peer.last as SipResponse);
  let branch = 0;
  const within = (method: string, extra: readonly (readonly [string, string])[] = []): SipRequest => {
    if (method === "ACK") dialog.localSequence -= 1;
    const request = createInDialog(dialog, method, { extra });
    request.headers.prepend("Via", `SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKrefer${(branch += 1)}`);
    return request;
  };
  peer.send(within("ACK"));
  const refers: Refer[] = [];
  let status = 202;
  pair.served.onRefer = (refer) => {
    refers.push(refer);
    return status;
  };
  const notified: string[] = [];
  const seen = new Set<string>();
  /** Answers what has come, once a request however often it came. */
  const tick = (ms: number): void => {
    for (let at = 0; at < ms; at += 10) {
      pair.clock.advanceMs(10);
      for (const message of peer.received.splice(0)) {
        if (message.kind === "response") answers.push(message);
        else if (message.method === "NOTIFY") {
          const key = String(message.headers.cseq.sequence);
          if (!seen.has(key)) {
            seen.add(key);
            notified.push(`${new TextDecoder().decode(message.body).trim().slice(8)} ${message.headers.get("event")} ${message.headers.get("subscription-state")?.replace(/\d+/, "n")}`);
          }
          const answer = options.answers === undefined ? 200 : options.answers(seen.size);
          if (answer !== undefined) peer.send(createResponse(message, answer));
        } else if (message.method === "BYE") peer.send(createResponse(message, 200));
      }
    }
  };
  const answers: SipResponse[] = [];
  const refer = (extra: readonly (readonly [string, string])[] = [["Refer-To", "<sip:1002@ringward>"]]): SipResponse | undefined => {
    const request = within("REFER", extra);
    for (let i = 0; i < 12 && !answers.some((answer) => answer.headers.cseq.sequence === request.headers.cseq.sequence); i++) {
      peer.send(request);
      tick(500);
    }
    return answers.find((answer) => answer.headers.cseq.sequence === request.headers.cseq.sequence);
  };
  return { pair, peer, refers, notified, refer, tick, within, refuse: (code: number) => void (status = code), answers };
}

t.test("RFC 3515 2.4: 202, NOTIFYs with what becomes of it, the last one ends the subscription", async (t) => {
  const { pair, refers, notified, refer, tick } = await talking();
  const answer = refer()!;
  t.equal(answer.status, 202);
  t.match(answer.headers.get("contact"), /10\.0\.0\.1/);
  t.same(refers[0]!.to, { number: "1002" });
  t.same(notified, ["100 Trying refer active;expires=n"], "at once");
  refers[0]!.progress(180);
  tick(100);
  const taken = refers[0]!.finish(200);
  tick(100);
  await taken;
  t.same(notified.slice(1), ["180 Ringing refer active;expires=n", "200 OK refer terminated;reason=noresource"]);
  refers[0]!.progress(183);
  tick(100);
  t.equal(notified.length, 3, "nothing after the last word");
  t.equal(refer()!.status, 202, "another one");
  t.match(notified[3], /^100 Trying refer;id=3 active/, "section 2.4.6: of a later REFER with its CSeq");
  void refers[1]!.finish(486);
  tick(100);
  t.match(notified[4], /^486 Busy Here refer;id=3 terminated/);
  t.equal(pair.server.snapshot().sessions, 1, "the call goes on");
  pair.incoming!.hangup();
  tick(100);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3515 2.4.5: with a third of the packets lost all is told in order, the last word surely", async (t) => {
  for (let seed = 1; seed <= 10; seed++) {
    const { pair, refers, notified, refer, tick } = await talking();
    pair.network.drop = () => pair.random.next() < 0.33;
    const answer = refer();
    t.equal(answer?.status, 202);
    t.equal(refers.length, 1, "asked once, however often it came");
    refers[0]!.progress(180);
    tick(10_000);
    void refers[0]!.finish(200);
    tick(40_000);
    t.same(notified.map((line) => line.slice(0, 3)), ["100", "180", "200"], `seed ${seed}`);
    pair.network.drop = () => false;
    pair.incoming!.hangup();
    tick(100);
    t.same(pair.leftovers(), NOTHING_LEFT);
    for (let i = 0; i < seed; i++) pair.random.next();
  }
});

for (const [title, extra, status] of [
  ["2.4.2: without a Refer-To", [], 400],
  ["2.4.2: to something that is no SIP URI", [["Refer-To", "<http://example.com>"]], 400],
  ["2.4.2: to a URI that is longer than any", [["Refer-To", `<sip:${"9".repeat(3000)}@x>`]], 400],
  ["2.4.2: with Replaces that names no dialog", [["Refer-To", "<sip:1002@x?Replaces=zzz>"]], 400],
] as const)
  t.test(`RFC 3515 ${title}: ${status}, and nobody is asked`, async (t) => {
    const { refers, notified, refer } = await talking();
    t.equal(refer(extra)?.status, status);
    t.same([refers, notified], [[], []]);
  });

t.test("RFC 3515 2.4.2: refused by who decides, without a subscription; where that breaks: 500; two at a time: 491", async (t) => {
  const { pair, refers, notified, refer, refuse } = await talking();
  refuse(403);
  t.equal(refer()?.status, 403);
  t.same(notified, []);
  refuse(202);
  t.equal(refer()?.status, 202, "and may ask again");
  t.equal(refer()?.status, 491);
  t.equal(refers.length, 2);
  pair.served.onRefer = () => { throw new Error("broken"); };
  void refers[1]!.finish(200);
  pair.clock.advanceMs(5000);
  t.equal(refer()?.status, 500);
});

t.test("RFC 4488 4: Refer-Sub: false: 202 says so too, and no NOTIFY comes", async (t) => {
  const { refers, notified, refer, tick } = await talking();
  const answer = refer([["Refer-To", "<sip:1002@x>"], ["Refer-Sub", "false"], ["Supported", "norefersub"]])!;
  t.same([answer.status, answer.headers.get("refer-sub")], [202, "false"]);
  refers[0]!.progress(180);
  await refers[0]!.finish(200);
  tick(1000);
  t.same(notified, []);
});

t.test("RFC 6665 4.2.2: a phone that wants no NOTIFYs (481), or answers none, is not waited for", async (t) => {
  for (const answers of [() => 481, () => undefined]) {
    const { pair, refers, notified, refer, tick } = await talking({ answers });
    refer();
    tick(100);
    const finished = refers[0]!.finish(200);
    tick(4100);
    await finished;
    tick(80_000);
    t.same(notified.map((line) => line.slice(0, 3)), ["100"]);
    pair.incoming!.hangup();
    tick(100);
    t.same(pair.leftovers(), NOTHING_LEFT);
  }
});

t.test("RFC 5589 6: a phone that hangs up at its 202 hears the end all the same, and the dialog is gone", async (t) => {
  const { pair, peer, refers, notified, refer, tick, within } = await talking();
  refer();
  peer.send(within("BYE"));
  tick(100);
  t.match(pair.served.log.at(-1), /ended remote bye/);
  void refers[0]!.finish(200);
  tick(100);
  t.same(notified.map((line) => line.slice(0, 3)), ["100", "200"]);
  peer.send(within("REFER", [["Refer-To", "<sip:1002@x>"]]));
  tick(100);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("a REFER outside of a dialog is a 403, in an unknown one 481; Allow and Supported say what is taken", async (t) => {
  const pair = await Pair.create();
  const peer = await Peer.create(pair);
  const refer = (to: string) => peer.request({ method: "REFER", to, callId: `x${to.length}`, extra: [["Refer-To", "<sip:1002@x>"]] });
  peer.send(refer("<sip:95001@10.0.0.1>"));
  peer.send(refer("<sip:95001@10.0.0.1>;tag=none"));
  peer.send(peer.request({ method: "OPTIONS", callId: "options" }));
  pair.clock.advanceMs(10);
  t.same(peer.lines, ["403 REFER", "481 REFER", "200 OPTIONS"]);
  t.match(peer.last!.headers.get("allow"), /REFER/);
  t.same(peer.last!.headers.supported, ["replaces", "norefersub"]);
  t.equal(STRANGER.port, 5070);
});

t.test("a transfer that a restart of the server cuts off: the phone is told 503, and its call goes on", async (t) => {
  const { pair, refers, notified, refer, tick } = await talking();
  refer();
  const state = await pair.restartServer(800);
  t.equal(state.sessions[0]?.established?.referred, "refer");
  tick(500);
  t.same(notified.map((line) => line.slice(0, 3)), ["100", "503"]);
  t.equal(refers.length, 1);
  t.equal(pair.server.snapshot().sessions, 1);
  pair.incoming!.hangup();
  tick(100);
  t.same(pair.leftovers(), NOTHING_LEFT);
});
