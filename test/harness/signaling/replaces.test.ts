// INVITEs that want the place of a dialog of ours, on the wire.
import t from "tap";
import type { Door } from "../../../core/signaling/door.js";
import { NOTHING_LEFT, Pair } from "./pair.js";
import { Peer, sdp } from "./peer.js";

/** The stranger is a phone of ours, the carrier a carrier. */
const door: Door = { admit: (_request, source) => ({ kind: "accept", origin: source.address === "10.0.0.9" ? { kind: "phone", name: "1003" } : { kind: "trunk", name: "carrier" } }) };

for (const [title, options, line] of [
  ["a confirmed dialog", {}, "INVITE"],
  ["a confirmed dialog, early-only", { early: ";early-only" }, "486 INVITE"],
  ["a dialog whose tags are others", { fromTag: "other" }, "481 INVITE"],
  ["a dialog that is not there", { callId: "none" }, "481 INVITE"],
  ["a dialog that has ended", { ended: true }, "603 INVITE"],
  ["a dialog in which we are rung ourselves", { answered: false }, "481 INVITE"],
  ["something unreadable", { text: "a;to-tag=1" }, "400 INVITE"],
  ["a dialog, and to join another", { join: true }, "400 INVITE"],
] as const satisfies readonly (readonly [string, { readonly early?: string; readonly fromTag?: string; readonly callId?: string; readonly ended?: boolean; readonly answered?: boolean; readonly text?: string; readonly join?: boolean }, string])[])
  t.test(`RFC 3891 3: Replaces names ${title}: ${line}`, async (t) => {
    const { early = "", fromTag, callId, ended = false, answered = true, text, join = false }: { early?: string; fromTag?: string; callId?: string; ended?: boolean; answered?: boolean; text?: string; join?: boolean } = options;
    const pair = await Pair.create({ server: { door } });
    const { session } = answered ? pair.talk() : pair.call();
    pair.clock.advanceMs(10);
    const first = pair.incoming!;
    if (ended) session.hangup();
    pair.clock.advanceMs(10);
    const peer = await Peer.create(pair);
    const value = text ?? `${callId ?? first.callId};to-tag=${first.localTag};from-tag=${fromTag ?? session.localTag}${early}`;
    peer.send(peer.request({ method: "INVITE", body: sdp("offer"), extra: [["Replaces", value], ["Require", "replaces"], ...(join ? [["Join", value] as const] : [])] }));
    pair.clock.advanceMs(10);
    if (line === "INVITE") {
      t.same(peer.lines, ["100 INVITE"]);
      t.same(pair.server.dialog(pair.incoming!.replaces!).session, first, "handed on with what it replaces");
      pair.incoming!.reject(480);
    } else t.same(peer.lines, [line]);
    t.match(pair.ladder.some((entry) => entry.includes("BYE")), ended, "what is not replaced goes on");
    if (!ended) session.hangup();
    first.hangup();
    t.same(pair.leftovers(), NOTHING_LEFT);
  });

t.test("RFC 3891 3, 8: a carrier replaces nothing, and is not told what is there", async (t) => {
  const pair = await Pair.create();
  const { session } = pair.talk();
  const first = pair.incoming!;
  const peer = await Peer.create(pair);
  for (const [n, callId] of [first.callId, "none"].entries()) peer.send(peer.request({ method: "INVITE", callId: `c${n}`, body: sdp("offer"), extra: [["Replaces", `${callId};to-tag=${first.localTag};from-tag=${session.localTag}`]] }));
  pair.clock.advanceMs(10);
  t.same(peer.lines, ["403 INVITE", "403 INVITE"]);
  session.hangup();
  t.same(pair.leftovers(), NOTHING_LEFT);
});
