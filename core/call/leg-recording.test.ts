import t from "tap";
import type { RecordingId } from "../../media/engine/command.js";
import type { Leg } from "../leg/leg.js";
import { LegRecording } from "./leg-recording.js";

const id = (name: string): RecordingId => name as RecordingId;

t.test("the tracks of a leg stand in the journal with their places in the call: to the millisecond where nothing was lost", async (t) => {
  const started: string[] = [];
  const entries: unknown[] = [];
  let nowMs = 1500;
  const leg = { id: "leg-1", startRecording: (recording: string) => void started.push(recording) } as unknown as Leg;
  const recording = new LegRecording({ callId: "call-1", leg, role: "agent", extension: "1001", log: { offsetMs: () => nowMs, write: (type, data) => void entries.push([type, data]) } });
  recording.start();
  nowMs = 9999;
  recording.continued({ recording: id("call-1-leg-1"), next: id("call-1-leg-1-2"), afterMs: 8480 });
  recording.closed({ recording: id("call-1-leg-1"), durationMs: 8480, sha256: "aa" });
  nowMs = 12_345;
  recording.continued({ recording: id("call-1-leg-1-2"), next: id("call-1-leg-1-3") });
  recording.continued({ recording: id("call-1-leg-1-3"), next: id("call-1-leg-1-4"), afterMs: 20 });
  t.same(started, ["call-1-leg-1"], "the rest is the media plane's doing");
  const began = (name: string, offsetMs: number): unknown => ["call.recording-started", { recording: name, leg: "leg-1", role: "agent", extension: "1001", offsetMs }];
  t.same(entries, [
    began("call-1-leg-1", 1500),
    began("call-1-leg-1-2", 9980),
    ["call.recording-closed", { recording: "call-1-leg-1", durationMs: 8480, sha256: "aa", leg: "leg-1" }],
    began("call-1-leg-1-3", 12_345),
    began("call-1-leg-1-4", 12_365),
  ]);
});
