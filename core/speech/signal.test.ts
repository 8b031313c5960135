import t from "tap";
import { announce } from "./announcement.js";
import { pause, tone } from "./part.js";

const library = { resolve: (language: string, name: string): string => `${language}/${name}` };
const on = (frequenciesHz: readonly number[], levelDbm0: number, durationMs: number) => ({ kind: "tone", frequenciesHz, levelDbm0, durationMs });
const off = (durationMs: number) => ({ kind: "silence", durationMs });

t.test("E.180: a tone by its name is the country's, one round unless told", async (t) => {
  t.same(announce([tone("ringback")], "zh-CN", library), [on([450], -10, 1000), off(4000)]);
  t.same(announce([tone("ringback")], "en", { ...library, country: "na" }), [on([440, 480], -19, 2000), off(4000)]);
  t.same(announce([tone("busy", 1000)], "en", { ...library, country: "cn" }), [on([450], -10, 350), off(350), on([450], -10, 300)]);
  t.same(announce([tone("dial")], "en", { ...library, country: "eu" }), [on([425], -10, 3000)]);
  t.same(announce([tone("dial", 60_000)], "en", library), [on([450], -10, 60_000)]);
  t.same(announce([tone("warning"), pause(100), tone("beep")], "en", library), [on([1400], -16, 100), off(100), on([1400], -16, 100), off(100), off(100), on([1000], -14, 300)]);
  t.same(announce([tone("600@-20/50,0/50", 175)], "en", library), [on([600], -20, 50), off(50), on([600], -20, 50), off(25)]);
});

t.test("what is no tone is a coded error that says what is", async (t) => {
  for (const part of [tone("ring"), tone("toString"), tone(""), tone("450/x"), tone("busy", 0), tone("busy", 600_001), tone("busy", Number.NaN), tone("450/1,0/1", 600_000)])
    t.throws(() => announce([part], "en", library), { code: "SPEECH_TONE" }, JSON.stringify(part));
});
