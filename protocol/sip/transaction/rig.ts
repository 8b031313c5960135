// What transaction tests are made of: a request, responses to it, and a port that writes down what happened.
import { SimClock } from "../../base/sim-clock.js";
import { createRequest, createResponse } from "../message/build.js";
import type { SipMessage, SipRequest, SipResponse } from "../message/message.js";
import { createVia } from "../message/via.js";
import type { ClientUser, TransactionPort } from "./port.js";
import { TIMER_VALUES } from "./timer-values.js";

/** A request of `method` as a client puts it on the wire. */
export const sampleRequest = (method: string, branch = "z9hG4bKnashds8"): SipRequest =>
  createRequest({
    method,
    uri: "sip:95001@10.0.0.1",
    via: createVia("UDP", { address: "10.0.0.2", port: 5060 }, branch),
    from: "<sip:13800000001@10.0.0.2>;tag=caller",
    to: "<sip:95001@10.0.0.1>",
    callId: "a84b4c76e66710",
    sequence: 314159,
    contact: "<sip:13800000001@10.0.0.2>",
    routes: ["<sip:10.0.0.7;lr>"],
  });

export const sampleResponse = (request: SipRequest, status: number): SipResponse => createResponse(request, status, { toTag: "callee" });

/** Records `what@ms` for everything sent or told. */
export class TransactionRig {
  readonly clock = new SimClock();
  readonly sent: SipMessage[] = [];
  readonly log: string[] = [];
  /** Milliseconds at which something was sent. */
  readonly sentAtMs: number[] = [];
  terminated = 0;
  ignored = 0;
  readonly port: TransactionPort;
  readonly user: ClientUser = {
    onResponse: (response) => void this.log.push(`tu ${response.status}`),
    onTimeout: () => void this.log.push("timeout"),
  };

  constructor(reliable = false) {
    this.port = {
      clock: this.clock,
      timers: TIMER_VALUES,
      reliable,
      send: (message) => {
        this.sent.push(message);
        this.sentAtMs.push(this.clock.monoMs());
        this.log.push(`send ${message.kind === "request" ? message.method : message.status}`);
      },
      onIgnored: () => void this.ignored++,
      onTerminated: () => void this.terminated++,
    };
  }
}
