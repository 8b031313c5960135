import { readFileSync } from "node:fs";
import t from "tap";
import { sdkReference } from "./sdk-reference.js";

t.test("docs/sdk.md is what the docstrings say now", async (t) => {
  const made = sdkReference();
  t.equal(readFileSync("docs/sdk.md", "utf8"), made, "else: npm run docs");
  for (const name of ["definePlugin", "Call", "PluginContext", "createLab", "LabPatient"]) t.match(made, `\n### ${name}\n`);
  t.match(made, /\*\* Of these extensions, those that are registered now; `free`: and that neither ring nor talk\. In the order given\. \*\//);
});
