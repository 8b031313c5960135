// A leg as plain data: written down by one process, gone on with by the next. Media is told apart, when it has stopped.
import { z } from "zod";
import type { CodecName, LegId, MediaSettings, SuspendedMedia } from "../../media/engine/command.js";
import type { DetectorSet } from "../../media/engine/detection.js";
import { originSchema, partySchema } from "../signaling/session-state.js";

const address = z.strictObject({ address: z.string(), port: z.number() });

const media = z.strictObject({
  port: z.number(),
  utcMs: z.number(),
  rtpTime: z.number(),
  clockPerMs: z.number(),
  seq: z.number(),
  ssrc: z.number(),
  packets: z.number(),
  octets: z.number(),
  cname: z.string(),
  source: address.exactOptional(),
}) satisfies z.ZodType<SuspendedMedia>;

/** What a codec needs besides goes along. */
const settings = z.looseObject({ remote: address, expectAddress: z.string(), codec: z.string(), payloadType: z.number(), direction: z.string(), ptimeMs: z.number() }).transform((agreed) => agreed as unknown as MediaSettings);
const detectors = z.looseObject({}).transform((set) => set as DetectorSet);
const codec = z.string().transform((name) => name as CodecName);
const legId = z.string().transform((id) => id as LegId);

export const legStateSchema = z.strictObject({
  id: legId,
  /** Our id of the call. */
  callId: z.string(),
  direction: z.enum(["incoming", "outgoing"]),
  origin: originSchema,
  remote: partySchema,
  nat: z.boolean(),
  state: z.enum(["setup", "ringing", "answered"]),
  /** Of its dialog. */
  session: z.strictObject({ callId: z.string(), localTag: z.string() }),
  /** Of our session descriptions, where they say that we listen, and the last one. */
  sessionId: z.string(),
  local: address.exactOptional(),
  previous: z.string().exactOptional(),
  settings: settings.exactOptional(),
  codecFirst: codec.exactOptional(),
  /** What the far side is listened to for; it begins anew. */
  detectors: detectors.exactOptional(),
  /** How others hear it. */
  shape: z.strictObject({ gainControl: z.boolean().exactOptional(), noiseGate: z.boolean().exactOptional(), removeKeys: z.boolean().exactOptional() }).exactOptional(),
  /** We hold the far side. */
  holds: z.boolean().exactOptional(),
  answerWanted: z.boolean(),
  answerSent: z.boolean(),
  awaitsAnswer: z.boolean(),
  /** Sound goes before the answer. */
  early: z.boolean().exactOptional(),
  /** The far side is being told of another port. */
  tellsPort: z.boolean(),
  /** Whose codec follows what this leg agrees. */
  peer: legId.exactOptional(),
  /** Absent: it had no port yet. */
  media: media.exactOptional(),
});

export type LegState = z.infer<typeof legStateSchema>;
