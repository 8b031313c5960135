import t from "tap";
import { downsample } from "./whole.js";

t.test("22.05, 24 and 48 kHz to 8 kHz keep the telephone band and fold nothing back into it", async (t) => {
  for (const fromHz of [16_000, 22_050, 24_000, 44_100, 48_000])
    for (const [hertz, dbMin, dbMax] of [[300, -0.1, 0.1], [1000, -0.1, 0.1], [3000, -0.3, 0.3], [4400, -200, -55], [6000, -200, -60]] as const) {
      const sine = Int16Array.from({ length: fromHz }, (_, i) => 20_000 * Math.sin((2 * Math.PI * hertz * i) / fromHz));
      const out = downsample(sine, fromHz, 8000);
      t.equal(out.length, 8000);
      const middle = out.subarray(500, 7500);
      const db = 10 * Math.log10(middle.reduce((sum, sample) => sum + sample ** 2, 0) / middle.length / 2e8 + 1e-12);
      t.ok(db >= dbMin && db <= dbMax, `${hertz} Hz from ${fromHz}: ${db.toFixed(2)} dB`);
    }
});
