// `npm run docs`.
import { writeFileSync } from "node:fs";
import { sdkReference } from "./sdk-reference.js";

writeFileSync("docs/sdk.md", sdkReference());
