// Everything that goes on in a server, as plain data: calls, their legs, the dialogs and transactions below them. Queues
// are in it too: a call says in which one it waits and since when.
import { z } from "zod";
import { callStateSchema, type CallState } from "../call/call-state.js";
import { legStateSchema, type LegState } from "../leg/leg-state.js";
import { signalingStateSchema, type SignalingState } from "../signaling/session-state.js";
import { savedDialogSchema, type SavedDialog } from "../trace/saved-dialog.js";

/** Of all shapes together: what another version wrote is not gone on with. */
export const SERVER_STATE_VERSION = 1;

export interface ServerState {
  /** When it was written down; all that was to happen so much later is due so much after this. */
  readonly utcMs: number;
  readonly calls: readonly CallState[];
  readonly legs: readonly LegState[];
  readonly signaling: SignalingState;
  /** The SIP of the calls until then. */
  readonly trace: readonly SavedDialog[];
}

export const serverStateSchema = z.strictObject({ utcMs: z.number(), calls: z.array(callStateSchema), legs: z.array(legStateSchema), signaling: signalingStateSchema, trace: z.array(savedDialogSchema) });
