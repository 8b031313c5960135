import { definePlugin } from "../../core/sdk/index.js";
import { createBilling } from "./billing.js";
import { attempts, cards, ledger } from "./collections.js";
import { LEDGER_RULES } from "./ledger.js";

export default definePlugin({ name: "billing", sdk: 1, collections: [cards, attempts, ledger], setup: (context) => createBilling(context, LEDGER_RULES) });
