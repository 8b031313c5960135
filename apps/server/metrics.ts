// The numbers of signalling, legs and access, as /metrics shows them.
import type { LabelledSource, MetricSource } from "../../core/observe/metrics.js";
import type { Parts } from "./parts.js";

export const signalingMetrics = ({ telephony }: Parts): MetricSource => ({
  part: "sip",
  counters: {
    received: "Datagrams received.",
    sent: "Datagrams sent.",
    malformedAnswered: "Malformed messages that were answered with an error.",
    malformedDropped: "Malformed messages that no answer is possible to.",
    doorDropped: "Requests of addresses that are not listened to.",
    rejected: "Requests that were refused.",
    merged: "Requests that came over two ways (482).",
    overloaded: "Requests refused because too much goes on.",
    faults: "Faults of the program that a request met.",
    incoming: "Sessions that began with an INVITE from outside.",
    outgoing: "Sessions that began with an INVITE of ours.",
    noAck: "Answers that were never acknowledged.",
  },
  gauges: { clients: "Client transactions.", servers: "Server transactions.", sessions: "Sessions." },
  read: () => {
    const { counters, transactions, sessions } = telephony.signaling.snapshot();
    return { ...counters, clients: transactions.clients, servers: transactions.servers, sessions };
  },
});

export const legMetrics = ({ telephony }: Parts): MetricSource => ({
  part: "legs",
  gauges: { open: "Legs that are not over." },
  counters: { orphanedEvents: "Events of the media engine about legs that are gone.", listenerFailures: "Faults of the program that a media event met." },
  read: () => {
    const { orphans, failures } = telephony.hub.counters();
    return { open: telephony.switchboard.legs.length, orphanedEvents: orphans, listenerFailures: failures };
  },
});

export const accessMetrics = ({ access }: Parts): MetricSource => ({
  part: "access",
  gauges: { registeredPhones: "Extensions with a contact.", suspectAddresses: "Addresses with wrong credentials that are remembered.", nonces: "Nonces whose count is remembered." },
  read: () => ({ registeredPhones: access.registrar.size, suspectAddresses: access.limit.size, nonces: access.authenticator.nonceCount }),
});

export const trunkMetrics = ({ access }: Parts): MetricSource => ({
  part: "trunks",
  gauges: { calls: "Calls over trunks." },
  read: () => ({ calls: access.trunks.list().reduce((sum, trunk) => sum + trunk.calls, 0) }),
});

export const admissionMetrics = ({ access }: Parts): MetricSource => ({
  part: "admission",
  gauges: { calls: "Incoming calls that hold a place." },
  counters: { overloaded: "Calls turned away because the whole server is full.", beyond: "Calls to emergency numbers and of VIPs that were let in beyond a limit." },
  read: () => access.admission.counters,
});

export const settingsMetrics = ({ access }: Parts): MetricSource => ({
  part: "settings",
  gauges: { waiting: "Changes of settings that wait for those before them." },
  counters: { changes: "Changes of settings through the API that hold.", listenerFailures: "Faults of the program that a changed setting met." },
  read: () => access.settings.counters,
});

export const perTrunkMetrics = ({ access, registrations }: Parts): LabelledSource => ({
  part: "trunk",
  label: "trunk",
  gauges: { calls: "Calls over the trunk.", registered: "1 where the carrier's registrar holds our binding, else 0; only trunks that register.", registrationFailures: "Failed registrations in a row." },
  read: () => access.trunks.list().map(({ name, calls }) => {
    const registration = registrations.list().find(({ trunk }) => trunk === name);
    return [name, { calls, ...(registration === undefined ? {} : { registered: registration.state === "registered" ? 1 : 0, registrationFailures: registration.failures }) }] as const;
  }),
});
