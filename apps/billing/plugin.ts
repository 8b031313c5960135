import { definePlugin } from "../../core/sdk/index.js";
import { createBilling } from "./billing.js";
import { LEDGER_RULES } from "./ledger.js";

export default definePlugin({ name: "billing", sdk: 1, setup: (context) => createBilling(context, LEDGER_RULES) });
