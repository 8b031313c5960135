// kamailio as a carrier: a registrar and proxy that asks for digest, and sends what is not registered to a gateway.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, Peer } from "./peers.js";
import { freeUdpPort, isUdpPortTaken } from "./server-process.js";

export interface KamailioOptions {
  /** The one account: the user is also the number that callers dial. */
  readonly user: string;
  readonly password: string;
  /** Where calls of the account to other numbers go, once it has proved who it is. */
  readonly gatewayPort: number;
  /** What the registrar grants at most, and at least. */
  readonly expiresS: number;
}

export class Kamailio {
  private constructor(
    readonly port: number,
    readonly folder: string,
    readonly peer: Peer,
  ) {}

  static async start(options: KamailioOptions): Promise<Kamailio> {
    const folder = mkdtempSync(join(tmpdir(), "ringward-kamailio-"));
    const port = await freeUdpPort();
    writeFileSync(join(folder, "kamailio.cfg"), configOf(port, options));
    // Stays in front, its children with it; little memory, for it serves one call.
    const peer = new Peer("kamailio", ["-DD", "-E", "-f", join(folder, "kamailio.cfg"), "-P", join(folder, "pid"), "-Y", folder, "-w", folder, "-m", "16", "-M", "4"], { timeoutMs: 90_000 });
    const carrier = new Kamailio(port, folder, peer);
    await eventually(`kamailio on port ${port}`, () => (isUdpPortTaken(port) ? true : undefined)).catch(async (error: unknown) => {
      const { output } = await carrier.stop();
      throw new Error(`${String(error)}\n${output}`);
    });
    return carrier;
  }

  async stop(): Promise<{ readonly output: string }> {
    const run = await this.peer.stop();
    rmSync(this.folder, { recursive: true, force: true });
    return run;
  }
}

const configOf = (port: number, { user, password, gatewayPort, expiresS }: KamailioOptions): string => `#!KAMAILIO
debug=2
log_stderror=yes
children=2
disable_tcp=yes
auto_aliases=no
listen=udp:127.0.0.1:${port}
alias="carrier.example"

loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "auth.so"
loadmodule "xlog.so"

modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", ${expiresS})
modparam("registrar", "min_expires", ${expiresS})
modparam("auth", "nonce_count", 1)
modparam("auth", "qop", "auth")

request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (has_totag()) {
    if (loose_route()) {
      # The dialog's own credentials are right again in each request of ours.
      if (is_method("BYE") && $fU == "95001") {
        if (!pv_proxy_authenticate("carrier", "${password}", "0")) { xlog("L_WARN", "SEEN bye without credentials\\n"); }
        else { xlog("L_WARN", "SEEN bye with credentials\\n"); consume_credentials(); }
      }
      t_relay();
      exit;
    }
    if (is_method("ACK") && !t_check_trans()) exit;
    t_relay();
    exit;
  }
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    exit;
  }
  if (is_method("REGISTER")) {
    if ($tU != "${user}" || !pv_www_authenticate("carrier", "${password}", "0")) { www_challenge("carrier", "1"); exit; }
    xlog("L_WARN", "SEEN register $hdr(Expires) $ct\\n");
    save("location");
    exit;
  }
  record_route();
  if ($rU == "${user}") {
    if (!lookup("location")) { sl_send_reply("404", "Not Registered"); exit; }
    append_hf("P-Asserted-Identity: <sip:+8613900000003@carrier.example>\\r\\n");
    t_relay();
    exit;
  }
  if (!pv_proxy_authenticate("carrier", "${password}", "0")) { proxy_challenge("carrier", "1"); exit; }
  consume_credentials();
  $du = "sip:127.0.0.1:${gatewayPort}";
  t_relay();
}
`;
