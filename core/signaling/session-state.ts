// What goes on in signalling, as plain data: written down by one process, gone on with by the next. No secret is in it.
import { z } from "zod";
import type { Dialog } from "../../protocol/sip/dialog/dialog.js";

export const endpointSchema = z.strictObject({ address: z.string(), port: z.number(), protocol: z.literal("TCP").exactOptional() });
export const partySchema = z.strictObject({ number: z.string(), displayName: z.string().exactOptional(), withheld: z.boolean().exactOptional() });
export const originSchema = z.strictObject({ kind: z.enum(["trunk", "phone"]), name: z.string() });

const dialog = z.strictObject({
  role: z.enum(["uac", "uas"]),
  callId: z.string(),
  localTag: z.string(),
  remoteTag: z.string(),
  localUri: z.string(),
  remoteUri: z.string(),
  localSequence: z.number(),
  /** Absent where the far side sent no request. */
  remoteSequence: z.number().optional(),
  routes: z.array(z.string()).readonly(),
  remoteTarget: z.string(),
  secure: z.boolean(),
  confirmed: z.boolean(),
});

const peer = z.strictObject({ endpoint: endpointSchema, symmetric: z.boolean() });

/** A 2xx of ours that waits for its ACK: it is its transaction's last response. */
const unacked = z.strictObject({ transaction: z.string(), offered: z.boolean(), initial: z.boolean(), intervalMs: z.number(), resendMs: z.number(), endMs: z.number() });
/** `referred`: the event of the far side's transfer that is not decided yet. */
const established = z.strictObject({ byeWanted: z.boolean(), unacked: unacked.exactOptional(), referred: z.string().exactOptional() });

const shared = {
  callId: z.string(),
  localTag: z.string(),
  remote: partySchema,
  peer,
  /** The name of the account that answers challenges. */
  account: z.string().exactOptional(),
  /** How long it may still take until the answer. */
  setupMs: z.number(),
  established: established.exactOptional(),
};

const incoming = z.strictObject({
  ...shared,
  direction: z.literal("incoming"),
  called: z.string(),
  offer: z.string().exactOptional(),
  origin: originSchema,
  dialog,
  /** Of the INVITE, until it is answered. */
  transaction: z.string().exactOptional(),
  /** 180 comes again then. */
  repeatMs: z.number().exactOptional(),
});

/** What a branch of a fork said before the answer: `sequence` of the last reliable response (RFC 3262), and its answer. */
const early = z.strictObject({ dialog, sequence: z.number().exactOptional(), sdp: z.string().exactOptional() });

const outgoing = z.strictObject({
  ...shared,
  direction: z.literal("outgoing"),
  request: z.strictObject({
    uri: z.string(),
    to: endpointSchema,
    from: partySchema,
    offer: z.string(),
    callId: z.string(),
    fromHost: z.string().exactOptional(),
    headers: z.array(z.tuple([z.string(), z.string()]).readonly()).readonly().exactOptional(),
    symmetric: z.boolean().exactOptional(),
    silenceMaxMs: z.number().exactOptional(),
  }),
  /** The last that was sent, as text, and its CSeq. */
  invite: z.string(),
  sequence: z.number(),
  provisional: z.boolean(),
  cancelled: z.boolean(),
  silenceMs: z.number().exactOptional(),
  /** By the tag of who answered. */
  acks: z.array(z.tuple([z.string(), z.string()])).readonly(),
  dialog: dialog.exactOptional(),
  early: z.array(early).readonly().exactOptional(),
});

const transaction = z.strictObject({
  kind: z.enum(["client", "server"]),
  request: z.string(),
  way: z.strictObject({ to: endpointSchema, first: endpointSchema.exactOptional() }),
  machine: z.strictObject({ state: z.string(), timers: z.array(z.tuple([z.string(), z.number()]).readonly()).readonly() }),
  intervalMs: z.number().exactOptional(),
  response: z.string().exactOptional(),
});

export const signalingStateSchema = z.strictObject({ sessions: z.array(z.discriminatedUnion("direction", [incoming, outgoing])).readonly(), transactions: z.array(transaction).readonly() });

export type SignalingState = z.infer<typeof signalingStateSchema>;
export type IncomingState = z.infer<typeof incoming>;
export type OutgoingState = z.infer<typeof outgoing>;
export type EarlyState = z.infer<typeof early>;
export type EstablishedState = z.infer<typeof established>;

/** JSON leaves out what is undefined. */
export const readDialog = (state: z.infer<typeof dialog>): Dialog => ({ ...state, remoteSequence: state.remoteSequence });
