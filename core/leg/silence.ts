import type { MediaEvent } from "../../media/engine/command.js";
import type { Leg } from "./leg.js";

/** What `media.silent` means, in one sentence that an operator can act on. */
export function silenceSentence(origin: Leg["origin"], event: Pick<Extract<MediaEvent, { type: "media.silent" }>, "expected" | "received" | "foreign">): string {
  const came =
    event.foreign > 0
      ? `${packets(event.foreign)} came from elsewhere: a NAT or a wrong address in its SDP`
      : event.received > 0
        ? `${packets(event.received)} came, none of them usable`
        : "nothing came: a firewall, or it does not send";
  return `No sound from ${origin.kind} ${origin.name} for 3 s: RTP was expected from ${event.expected}, and ${came}.`;
}

const packets = (count: number): string => (count === 1 ? "1 packet" : `${count} packets`);
