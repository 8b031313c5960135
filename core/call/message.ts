// A message that a caller leaves: asked for, recorded from the first word to the last, ended by a pause, a key or its length.
import type { RecordingId } from "../../media/engine/command.js";
import type { MessageLimits, MessageRecording } from "../leg/leg.js";
import type { RecordOptions, RecordOutcome } from "../sdk/call.js";
import type { Conversation } from "./conversation.js";

export interface MessageTaker extends Conversation {
  beep(): Promise<void>;
  recordMessage(limits: MessageLimits): { readonly recording: RecordingId; readonly message: MessageRecording };
  /** Ends the wait for a key. */
  stopKeys(): void;
}

const BEGIN_MS = 5000;
const END_SILENCE_MS = 2000;

/** @throws CallEnded; what was said until then is kept and stands in the journal */
export async function takeMessage(taker: MessageTaker, options: RecordOptions): Promise<RecordOutcome> {
  if (options.prompt !== undefined) await taker.say(options.prompt);
  if (options.beep !== false) await taker.beep();
  // What was keyed until now was meant for another question.
  taker.forgetKeys();
  const { maxMs, endSilenceMs = END_SILENCE_MS, beginMs = BEGIN_MS } = options;
  const { recording, message } = taker.recordMessage({ beginMs, silenceMs: endSilenceMs, lengthMs: maxMs });
  const byKey = { key: false };
  const key = taker.key(maxMs + beginMs).then((pressed) => {
    byKey.key = pressed !== undefined;
    if (byKey.key) message.stop();
    return message.ended;
  });
  const ended = await Promise.race([message.ended, key]);
  // Stopped by a key, or by the end of a caller who is gone: the wait for the key says which.
  if (ended.why === "stopped") await key;
  else taker.stopKeys();
  if (ended.why === "failed") return { ended: "failed" };
  if (ended.durationMs === 0) return { ended: "nothing" };
  return { ended: byKey.key ? "key" : ended.why === "silence" ? "silence" : "length", recording, durationMs: ended.durationMs };
}
