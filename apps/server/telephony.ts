// Signalling, media and the legs between them.
import { ON_HOLD } from "../../core/call/prompts.js";
import { SipSwitchboard } from "../../core/leg/sip-switchboard.js";
import type { LegObservation } from "../../core/leg/observation.js";
import { MediaHub } from "../../core/media-port/media-hub.js";
import { codecsOf } from "./codec-choice.js";
import { OWN_CODECS } from "../../media/codec/catalog.js";
import type { MessageObserver } from "../../core/signaling/wire.js";
import { SipSignaling } from "../../core/signaling/sip-signaling.js";
import type { Access } from "./access.js";
import type { ServerOptions } from "./ports.js";

export interface Telephony {
  readonly signaling: SipSignaling;
  readonly hub: MediaHub;
  readonly switchboard: SipSwitchboard;
}

export interface TelephonyObserver {
  onLeg(observation: LegObservation): void;
  onMessage: MessageObserver;
  /** Something threw that should not have; `where` says in whose hands. */
  onFault(where: string, error: unknown): void;
}

/** Nothing is bound yet: `signaling.start()` does that. */
export function buildTelephony({ config, ports }: ServerOptions, access: Access, context: { readonly node: string; readonly observer: TelephonyObserver }): Telephony {
  const { clock, random, transports, media } = ports;
  const { node, observer } = context;
  const { phones, trunks, admission, registrar } = access;
  const signaling = new SipSignaling({
    clock,
    random,
    network: transports,
    local: config.sip.listen,
    door: access.callDoor,
    registrar: access.registerDoor,
    account: (username) => trunks.list().find((trunk) => trunk.account?.username === username)?.account,
    contactsOf: (extension) => registrar.contacts(extension),
    staysOnUdp: (to) => trunks.staysOnUdp(to),
    onMessage: observer.onMessage,
    onFault: (error) => observer.onFault("signaling", error),
  });
  const hub = new MediaHub({ media, onFailure: (_leg, error) => observer.onFault("media", error) });
  const switchboard = new SipSwitchboard({
    clock,
    random,
    signaling,
    hub,
    contacts: registrar,
    parties: { phone: (extension) => phones.get(extension), trunk: (name) => trunks.get(name), admit: (call) => admission.admit(call), occupyTrunk: (name, number) => admission.occupy(name, number), restTrunk: (name, seconds) => admission.rest(name, seconds) },
    node,
    comfortNoise: config.media.comfortNoise,
    ...(config.media.keyTones === "remove" ? { shape: { removeKeys: true } } : {}),
    codecsOf: codecsOf(config, ports.codecs ?? OWN_CODECS, () => access.settings.snapshot),
    whileHeld: ON_HOLD,
    observe: (observation) => observer.onLeg(observation),
  });
  return { signaling, hub, switchboard };
}
