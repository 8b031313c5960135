// Data to the text of a session description (RFC 8866 section 5), lines in the order the grammar asks for.
import type { SdpAttribute, SdpSession } from "./session.js";

export function serializeSdp(session: SdpSession): string {
  const { origin } = session;
  const lines = ["v=0", `o=${origin.username} ${origin.sessionId} ${origin.version} IN ${addressType(origin.address)} ${origin.address}`, "s=-"];
  if (session.address !== undefined) lines.push(connection(session.address));
  lines.push("t=0 0", ...session.attributes.map(attribute));
  for (const media of session.media) {
    lines.push(`m=${media.kind} ${media.port} ${media.protocol} ${media.formats.join(" ")}`);
    if (media.address !== undefined) lines.push(connection(media.address));
    lines.push(...media.attributes.map(attribute));
  }
  return `${lines.join("\r\n")}\r\n`;
}

const addressType = (address: string): string => (address.includes(":") ? "IP6" : "IP4");
const connection = (address: string): string => `c=IN ${addressType(address)} ${address}`;
const attribute = ({ name, value }: SdpAttribute): string => (value === "" ? `a=${name}` : `a=${name}:${value}`);
