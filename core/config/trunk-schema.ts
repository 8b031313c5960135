// A carrier's trunk in the settings: who it is, where its calls come from and go to, what it is shown, and what it asks for.
import { z } from "zod";
import { readAddressRange } from "../trunks/address-range.js";
import { codecsSchema } from "./codec-schema.js";
import { isWildcard, parseListen } from "./address.js";

/** Far sides are called at it, so it has a port and is one host. */
const peerText = z.string().refine((text) => {
  const endpoint = parseListen(text);
  return endpoint !== undefined && endpoint.port !== 0 && !isWildcard(endpoint.address);
}, "accepted: host:port with a numeric address, e.g. 192.0.2.1:5060");
const peerAddress = peerText.transform((text) => parseListen(text)!);

const account = z.strictObject({
  username: z.string().min(1).max(100),
  /** In the clear here, or `${NAME}` to take it from the environment. */
  password: z.string().min(1).max(200),
  /** Only this realm is answered; any unless told. */
  realm: z.string().min(1).exactOptional(),
});

const registerWith = <A extends z.ZodType>(peer: A) =>
  z.strictObject({
    /** Where REGISTER goes; the trunk's address unless told. */
    registrar: peer.exactOptional(),
    /** How long a registration is asked for; the registrar may grant less. */
    expiresS: z.int().min(30).max(86_400).default(3600),
  });

/** The header field that says who calls, best first of those that are believed. */
export const CALLER_SOURCES = ["p-asserted-identity", "remote-party-id", "from"] as const;

const trunkName = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, "accepted: a name of lower-case words joined by hyphens");

/** @param peer an address as it is used, or as it is written */
const fieldsWith = <A extends z.ZodType, W extends z.ZodType>(peer: A, who: W) => ({
  /** Where its SIP comes from, any port; where none is named, the host of `address`. */
  sources: z.array(z.string().refine((source) => readAddressRange(source) !== undefined, "accepted: a numeric address or a range, e.g. 192.0.2.0/24")).default([]),
  /** Where calls to outside numbers go; without it none do. */
  address: peer.exactOptional(),
  /** The carrier's name in From, To and the Request-URI; its address unless told. */
  domain: z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, "accepted: a host name").exactOptional(),
  /** For 401 and 407. */
  account: who.exactOptional(),
  /** We register with the carrier, and its calls come by that registration. */
  register: registerWith(peer).exactOptional(),
  /** The hospital's number that outside parties see, and that calls by a registration lead to; the first of hospital.numbers unless told. */
  number: z.string().regex(/^\+?[0-9]{2,15}$/, "accepted: a number of 2 to 15 digits, in quotes").exactOptional(),
  /** Where that number stands: in From, or in P-Asserted-Identity (RFC 3325) with the account's name in From. */
  showNumberIn: z.enum(["from", "p-asserted-identity"]).default("from"),
  /** Where a caller's number is taken from; only of a carrier that checks what its callers put there. */
  callerFrom: z.array(z.enum(CALLER_SOURCES)).min(1).default(["from"]),
  /** False: requests that are too large for one datagram stay on UDP all the same. */
  tcp: z.boolean().default(true),
  /** A carrier that sends nothing at all for so long is passed over for the next of its rule. */
  silenceMs: z.int().min(500).max(32_000).default(5000),
  /** Sound is expected from where the SIP came from, whatever the SDP says. */
  nat: z.boolean().default(false),
  /** media.codecs unless told. */
  codecs: codecsSchema.exactOptional(),
  /** Calls at a time, both ways together; one more is answered 503. */
  maxCalls: z.int().min(1).max(100_000).default(1000),
});

/** A trunk's fields without its name, addresses as they are written: for who sends and shows them. */
export const trunkTextShape = fieldsWith(peerText, account.extend({ password: account.shape.password.exactOptional() }));

export const trunkSchema = z
  .strictObject({ name: trunkName, ...fieldsWith(peerAddress, account) })
  .refine((trunk) => trunk.register === undefined || trunk.account !== undefined, { path: ["account"], message: "accepted: username and password, which a registration needs" })
  .refine((trunk) => trunk.register?.registrar !== undefined || trunk.register === undefined || trunk.address !== undefined, { path: ["address"], message: "accepted: host:port, where the registration goes" })
  .refine((trunk) => trunk.sources.length > 0 || trunk.address !== undefined || trunk.register !== undefined, { path: ["sources"], message: "accepted: at least one" });

const dialled = z.string().regex(/^\+?[0-9]{0,15}$/, "accepted: digits, in quotes");

/** Which trunks take a number that no extension and no number of the hospital is; the first rule that fits. */
export const outgoingSchema = z.strictObject({
  /** What the dialled number begins with. */
  prefix: dialled.default(""),
  /** Digits taken off its front. */
  strip: z.int().min(0).max(15).default(0),
  /** Put in front of what is left. */
  add: dialled.default(""),
  /** In this order: the next where one is full, silent or fails (5xx). */
  trunks: z.array(z.string()).min(1).max(10),
});
