import t from "tap";
import type { LegId, MediaCommand, MediaEvent, MediaPort } from "../../media/engine/command.js";
import { MediaHub } from "./media-hub.js";

const leg = (name: string): LegId => name as LegId;
const key = (name: string, digit: string): MediaEvent => ({ type: "dtmf", leg: leg(name), digit });

t.test("events reach their own leg, whatever the others' listeners do", async (t) => {
  let emit: (event: MediaEvent) => void = () => {};
  const sent: MediaCommand[] = [];
  const media: MediaPort = { send: (command) => void sent.push(command), onEvent: (listener) => void (emit = listener) };
  const failures: unknown[] = [];
  const hub = new MediaHub({ media, onFailure: (id, error) => void failures.push([id, error]) });
  const heard: string[] = [];
  hub.attach(leg("a"), () => {
    throw "boom";
  });
  hub.attach(leg("b"), (event) => void heard.push(event.type));
  emit(key("a", "1"));
  emit(key("b", "2"));
  emit(key("nobody", "3"));
  t.same(heard, ["dtmf"]);
  t.same(failures, [["a", "boom"]]);
  t.same(hub.counters(), { orphans: 1, failures: 1 });
  hub.detach(leg("b"));
  emit(key("b", "4"));
  t.same([heard.length, hub.size, hub.counters().orphans], [1, 1, 2]);
  t.same(sent, []);
  emit({ type: "leg.opened", leg: leg("late"), address: "127.0.0.1", port: 20000 });
  t.same(sent, [{ type: "leg.close", leg: "late" }], "a port that nobody waits for is given back");
});
