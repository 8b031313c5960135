import t from "tap";
import { openCatalog } from "./open-catalog.js";

t.test("a machine without libopus: the reason is told, Opus is none of its codecs, the others are", async (t) => {
  const { codecs, opusUnavailable } = await openCatalog("libopus-is-absent.so.0");
  t.match(opusUnavailable, /cannot open|No such file|not found/i);
  t.equal(codecs("opus", ""), undefined);
  for (const name of ["PCMA", "PCMU", "G722", "L16/16000", "G729"] as const) t.equal(codecs(name, "")?.format.codec, name);
});
