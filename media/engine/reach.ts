// Where a leg's packets go.
import type { Endpoint } from "../../protocol/base/endpoint.js";

/** An address of zeros is the old way of saying hold (RFC 3264 section 8.4). */
export const reachable = (remote: Endpoint): Endpoint | undefined => (remote.port === 0 || remote.address === "0.0.0.0" || remote.address === "::" ? undefined : remote);

/** RFC 3550 section 11: reports go to the port above that of the sound, where it comes from or else where it was said to be. */
export function reportEndpoint(source: Endpoint | undefined, remote: Endpoint | undefined): Endpoint | undefined {
  const rtp = source ?? (remote === undefined ? undefined : reachable(remote));
  return rtp === undefined || rtp.port === 65_535 ? undefined : { address: rtp.address, port: rtp.port + 1 };
}
