// What the parts of the server notice, as log lines: constant messages, fields first, no number of a caller.
import type { LegObservation } from "../../core/leg/observation.js";
import type { RegistrarObservation } from "../../core/registrar/registrar.js";
import type { RegistrationObservation } from "../../core/trunks/registration.js";
import type { PluginLog } from "../../core/sdk/index.js";
import type { SecurityObservation } from "../../core/security/phone-gate.js";

export class LogObserver {
  readonly #log: PluginLog;

  constructor(log: PluginLog) {
    this.#log = log;
  }

  onFault(where: string, error: unknown): void {
    this.#log.error({ where, err: error }, "something failed that should not have; the server goes on");
  }

  onAccess(observation: RegistrarObservation | SecurityObservation): void {
    switch (observation.type) {
      case "phone.registered":
      case "phone.unregistered":
      case "phone.expired":
        return this.#log.info({ event: observation.type, extension: observation.extension, contacts: observation.contacts }, "a phone's contacts changed");
      case "phone.lost":
        return this.#log.warn({ extension: observation.extension, contacts: observation.contacts }, "a phone's connection is gone and none can be had: it is not rung until it registers again");
      case "phone.unsaved":
        return this.#log.error({ extension: observation.extension, err: observation.error }, "what is registered could not be kept");
      case "security.failed":
        return this.#log.warn({ method: observation.method, source: observation.address, username: observation.username }, "wrong credentials");
      case "security.blocked":
        return this.#log.warn({ method: observation.method, source: observation.address }, "an address with too many wrong credentials is not listened to");
      default:
        return observation satisfies never;
    }
  }

  onRegistration(observation: RegistrationObservation): void {
    const { type: event, ...fields } = observation;
    switch (event) {
      case "trunk.registered":
      case "trunk.unregistered":
        return this.#log.info({ event, ...fields }, "the registration with a carrier changed");
      case "trunk.refused":
      case "trunk.unreachable":
      case "trunk.expired":
        return this.#log.warn({ event, ...fields }, "the registration with a carrier failed; it is tried again");
      default:
        return event satisfies never;
    }
  }

  onLeg(observation: LegObservation): void {
    switch (observation.type) {
      case "leg.created":
        return this.#log.info({ leg: observation.leg, call: observation.callId, direction: observation.direction, origin: observation.origin }, "leg created");
      case "leg.ended":
        return this.#log.info({ leg: observation.leg, end: observation.end, counters: observation.counters, forced: observation.forced }, "leg ended");
      case "leg.silent":
        return this.#log.warn({ leg: observation.leg }, observation.sentence);
      case "leg.recording-failed":
        return this.#log.error({ leg: observation.leg, recording: observation.recording, reason: observation.reason }, "a recording failed");
      case "leg.listener-failed":
        return this.onFault("leg", observation.error);
      case "leg.ringing":
      case "leg.early":
      case "leg.answered":
      case "leg.media":
      case "leg.started":
      case "leg.held":
        // In the journal or the leg's last line.
        return;
      default:
        return observation satisfies never;
    }
  }
}
