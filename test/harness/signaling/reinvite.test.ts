import t from "tap";
import { createInDialog, createUacDialog, type Dialog } from "../../../protocol/sip/dialog/dialog.js";
import type { SipRequest, SipResponse } from "../../../protocol/sip/message/message.js";
import { NOTHING_LEFT, Pair } from "./pair.js";
import { Peer, sdp } from "./peer.js";

interface Talk {
  readonly pair: Pair;
  readonly peer: Peer;
  readonly dialog: Dialog;
  readonly via: (request: SipRequest) => SipRequest;
}

let branch = 0;
const withVia = (request: SipRequest): SipRequest => {
  request.headers.prepend("Via", `SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKre${++branch}`);
  return request;
};

/** A peer that called and was answered; its ACK went out unless `ack` is false. */
async function talk(options: { readonly offer?: string; readonly ack?: boolean } = {}): Promise<Talk> {
  const pair = await Pair.create();
  const peer = await Peer.create(pair);
  const invite = peer.request({ method: "INVITE", ...(options.offer === undefined ? {} : { body: sdp(options.offer) }) });
  peer.send(invite);
  pair.clock.advanceMs(10);
  pair.incoming!.answer("our-sdp");
  pair.clock.advanceMs(10);
  const dialog = createUacDialog(invite, peer.last as SipResponse);
  const ack = withVia(createInDialog({ ...dialog, localSequence: 0 }, "ACK"));
  if (options.ack !== false) peer.send(ack);
  pair.clock.advanceMs(10);
  return { pair, peer, dialog, via: withVia };
}

const reinvite = (dialog: Dialog, offer?: string): SipRequest => withVia(createInDialog(dialog, "INVITE", { contact: "<sip:moved@10.0.0.9:5070>", ...(offer === undefined ? {} : { body: sdp(offer) }) }));
const ackOf = (dialog: Dialog, body?: string, sequence = dialog.localSequence): SipRequest => withVia(createInDialog({ ...dialog, localSequence: sequence - 1 }, "ACK", body === undefined ? {} : { body: sdp(body) }));

t.test("RFC 3261 14.2: a hold is asked for and answered, and the target refreshed", async (t) => {
  const { pair, peer, dialog } = await talk({ offer: "offer" });
  peer.send(reinvite(dialog, "hold-offer"));
  pair.clock.advanceMs(10);
  t.same(pair.served.log, ["confirmed", "offer hold-offer"]);
  t.same(peer.lines.slice(-2), ["100 INVITE", "200 INVITE"]);
  t.equal(new TextDecoder().decode(peer.last!.body), "re-answer");
  peer.send(ackOf(dialog));
  pair.clock.advanceMs(2000);
  t.equal(peer.lines.filter((line) => line === "200 INVITE").length, 2, "acknowledged, so not sent again");
  pair.incoming!.hangup();
  pair.clock.advanceMs(10);
  t.match(peer.last, { method: "BYE", rawUri: "sip:moved@10.0.0.9:5070" });
  peer.send(peer.respond(peer.last as SipRequest, 200));
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 14.2: an offer that we can't take is a 488, and the call goes on", async (t) => {
  const { pair, peer, dialog } = await talk({ offer: "offer" });
  pair.served.onOfferReturn = { warning: '304 here "no"' };
  const request = reinvite(dialog, "video-only");
  peer.send(request);
  pair.clock.advanceMs(10);
  t.equal(peer.lines.at(-1), "488 INVITE");
  t.equal(peer.last?.headers.get("warning"), '304 here "no"', "RFC 3261 20.43");
  t.same(pair.served.log, ["confirmed", "offer video-only"]);
  t.equal(pair.server.snapshot().sessions, 1);
});

t.test("RFC 3261 14.2: an offerless re-INVITE gets our offer; while its answer is out, another is a 491", async (t) => {
  const { pair, peer, dialog } = await talk({ offer: "offer" });
  peer.send(reinvite(dialog));
  pair.clock.advanceMs(10);
  t.same(pair.served.log, ["confirmed", "offer none"]);
  const early = reinvite(dialog, "too-early");
  peer.send(early);
  pair.clock.advanceMs(10);
  t.equal(peer.lines.at(-1), "491 INVITE");
  peer.send(ackOf(dialog, "their-answer", dialog.localSequence - 1));
  pair.clock.advanceMs(10);
  t.same(pair.served.log, ["confirmed", "offer none", "confirmed their-answer"]);
});

t.test("RFC 3261 13.2.1: an offerless INVITE gets our offer, the ACK brings the answer", async (t) => {
  const { pair, peer, dialog } = await talk({ ack: false });
  t.equal(pair.incoming!.offer, undefined);
  const ack = withVia(createInDialog({ ...dialog, localSequence: 0 }, "ACK", { body: sdp("their-answer") }));
  peer.send(ack);
  pair.clock.advanceMs(10);
  t.same(pair.served.log, ["confirmed their-answer"]);
});

t.test("RFC 3261 14.2: a re-INVITE before the first is answered is a 500 with Retry-After", async (t) => {
  const pair = await Pair.create();
  const peer = await Peer.create(pair);
  const invite = peer.request({ method: "INVITE", body: sdp("offer") });
  peer.send(invite);
  pair.clock.advanceMs(10);
  pair.incoming!.ring();
  pair.clock.advanceMs(10);
  const dialog = createUacDialog(invite, peer.last as SipResponse);
  peer.send(reinvite(dialog, "second"));
  pair.clock.advanceMs(10);
  t.equal(peer.lines.at(-1), "500 INVITE");
  const seconds = Number(peer.last!.headers.get("retry-after"));
  t.ok(seconds >= 0 && seconds <= 10);
  t.same(pair.served.log, []);
});

t.test("RFC 3261 14.2: glare, an INVITE into the dialog of our unanswered INVITE is a 491", async (t) => {
  const pair = await Pair.create();
  const peer = await Peer.create(pair);
  const session = pair.server.invite({ uri: "sip:1001@10.0.0.9:5070", to: { address: "10.0.0.9", port: 5070 }, from: { number: "95001" }, offer: "o", callId: "c1" });
  pair.clock.advanceMs(10);
  const ours = peer.last as SipRequest;
  t.match(ours.headers.get("x-ringward-call"), "c1");
  peer.send(peer.respond(ours, 180));
  pair.clock.advanceMs(10);
  peer.send(peer.request({ method: "INVITE", callId: session.callId, from: "<sip:1001@10.0.0.9:5070>;tag=peer-tag", to: ours.headers.get("from")!, body: sdp("glare") }));
  pair.clock.advanceMs(10);
  t.equal(peer.lines.at(-1), "491 INVITE");
});

t.test("RFC 3261 12.2.2: out of order is a 500, of another dialog a 481", async (t) => {
  const { pair, peer, dialog } = await talk({ offer: "offer" });
  peer.send(withVia(createInDialog({ ...dialog, localSequence: -1 }, "BYE")));
  pair.clock.advanceMs(10);
  t.equal(peer.lines.at(-1), "500 BYE");
  peer.send(withVia(createInDialog({ ...dialog, localTag: "forged" }, "BYE")));
  pair.clock.advanceMs(10);
  t.equal(peer.lines.at(-1), "481 BYE");
  peer.send(withVia(createInDialog({ ...dialog, remoteTag: "forged" }, "BYE")));
  pair.clock.advanceMs(10);
  t.equal(peer.lines.at(-1), "481 BYE");
  t.same(pair.served.log, ["confirmed"], "the call goes on");
  for (const [method, line] of [["UPDATE", "405 UPDATE"], ["INFO", "200 INFO"], ["FROBNICATE", "501 FROBNICATE"], ["OPTIONS", "200 OPTIONS"]] as const) {
    peer.send(withVia(createInDialog(dialog, method)));
    pair.clock.advanceMs(10);
    t.equal(peer.lines.at(-1), line);
  }
  t.same(pair.served.log, ["confirmed"]);
});

t.test("RFC 3261 14.2: no ACK to the 2xx of a re-INVITE ends the call", async (t) => {
  const { pair, peer, dialog } = await talk({ offer: "offer" });
  peer.send(reinvite(dialog, "hold"));
  pair.clock.advanceMs(33_000);
  t.same(pair.served.log, ["confirmed", "offer hold", "ended failure no-ack"]);
  t.ok(peer.lines.includes("BYE"));
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 6026 7.1: a re-INVITE whose ACK before it was lost proves that our 200 arrived", async (t) => {
  const { pair, peer, dialog } = await talk({ offer: "offer", ack: false });
  peer.send(reinvite(dialog, "hold"));
  pair.clock.advanceMs(10);
  t.same(pair.served.log, ["confirmed", "offer hold"]);
  peer.send(ackOf(dialog));
  pair.clock.advanceMs(40_000);
  t.equal(pair.server.snapshot().sessions, 1);
});

t.test("RFC 3261 12.1.1: the route set goes back with 180 and 200, and our BYE takes it", async (t) => {
  const pair = await Pair.create();
  const peer = await Peer.create(pair);
  const routes = ["<sip:10.0.0.9:5070;lr>", "<sip:10.0.0.10;lr>"];
  const invite = peer.request({ method: "INVITE", body: sdp("offer"), extra: [["Record-Route", routes.join(", ")]] });
  peer.send(invite);
  pair.clock.advanceMs(10);
  pair.incoming!.ring();
  pair.incoming!.answer("our-sdp");
  pair.clock.advanceMs(10);
  t.same(peer.received.slice(-2).map((message) => message.headers.getAll("record-route")), [routes, routes]);
  peer.send(withVia(createInDialog({ ...createUacDialog(invite, peer.last as SipResponse), localSequence: 0 }, "ACK")));
  pair.clock.advanceMs(10);
  pair.incoming!.hangup();
  pair.clock.advanceMs(10);
  t.match(peer.last, { method: "BYE", rawUri: "sip:peer@10.0.0.9:5070" });
  t.same(peer.last!.headers.getAll("route"), routes);
});
