import type { CallManager } from "../../core/call/call-manager.js";
import type { CdrKeeper } from "../../core/cdr/cdr-keeper.js";
import type { Journal } from "../../core/journal/journal.js";
import type { PluginHost } from "../../core/plugin-host/plugin-host.js";
import type { SipTrace } from "../../core/trace/sip-trace.js";
import type { Registrations } from "../../core/trunks/registrations.js";
import type { ServerState } from "../../core/suspension/server-state.js";
import type { Access } from "./access.js";
import type { ServerOptions } from "./ports.js";
import type { Telephony } from "./telephony.js";

/** What a server is made of, before anything can be reached from outside. */
export interface Parts {
  readonly options: ServerOptions;
  readonly journal: Journal;
  readonly cdrs: CdrKeeper;
  readonly trace: SipTrace;
  readonly access: Access;
  readonly telephony: Telephony;
  readonly registrations: Registrations;
  readonly plugins: PluginHost;
  readonly calls: CallManager;
  /** What the process before was doing, to be gone on with. */
  readonly past: ServerState | undefined;
}
