// Digest as client over one dialog or registration (RFC 3261 section 22.2-22.3): takes challenges, and puts credentials
// onto every request that follows, so that a BYE is not refused first.
import { randomToken } from "../../base/random.js";
import { quote } from "../message/grammar.js";
import type { SipRequest, SipResponse } from "../message/message.js";
import { DIGEST_NAMES, digestResponse, plainDigestResponse, sessionHa1 } from "./digest.js";
import { readChallenge, type Challenge, type ChallengeFault } from "./challenge.js";
import type { DigestAccount } from "./digest-account.js";

/** Why a challenge was not taken. */
export type DigestRefusal =
  | ChallengeFault
  /** A 401 or 407 without a challenge. */
  | "auth.absent"
  /** For another realm than the account's. */
  | "auth.realm"
  /** Refused once more after the right answer: the name or the password is wrong. */
  | "auth.wrong";

/** Challenges that one request has answered already; a new one for each request. */
export type AnsweredChallenges = Set<string>;

interface Session {
  readonly challenge: Challenge;
  readonly ha1: string;
  readonly cnonce: string;
  /** Requests made with this nonce. */
  count: number;
}

type Kind = "www" | "proxy";

const HEADERS: { readonly [K in Kind]: { readonly challenge: string; readonly credentials: string } } = {
  www: { challenge: "WWW-Authenticate", credentials: "Authorization" },
  proxy: { challenge: "Proxy-Authenticate", credentials: "Proxy-Authorization" },
};
const KINDS: readonly Kind[] = ["www", "proxy"];

/** Challenges of one response that are read, and realms that are remembered: a path crosses few. */
const CHALLENGES_MAX = 8;
const REALMS_MAX = 4;
/** A proxy's challenge, then the far side's, a stale nonce in between. */
const TRIES_MAX = 4;
const CNONCE_LENGTH = 16;

export class DigestClient {
  readonly #account: DigestAccount;
  readonly #sessions = new Map<string, Session>();

  constructor(account: DigestAccount) {
    this.#account = account;
  }

  /** Puts Authorization and Proxy-Authorization onto a request for what was challenged before; each request once, its URI and method are digested. */
  authorize(request: SipRequest): void {
    for (const [key, session] of this.#sessions) request.headers.add(HEADERS[kindOf(key)].credentials, this.#credentials(session, request));
  }

  /**
   * Reads a 401's or 407's challenges. Undefined: the request may be sent anew, authorized, under a higher CSeq; else why
   * that is of no use. `answered` remembers what this request has answered: a challenge that comes again, not stale, is a refusal.
   */
  take(response: SipResponse, answered: AnsweredChallenges): DigestRefusal | undefined {
    let refusal: DigestRefusal = "auth.absent";
    let taken = false;
    for (const kind of KINDS) {
      const outcome = this.#takeKind(kind, response, answered);
      if (outcome === "taken") taken = true;
      else if (outcome !== undefined) refusal = outcome;
    }
    // Of several realms one refusal decides: without that one the request would only be refused again.
    return taken && refusal === "auth.absent" ? undefined : refusal;
  }

  #takeKind(kind: Kind, response: SipResponse, answered: AnsweredChallenges): "taken" | DigestRefusal | undefined {
    const values = response.headers.getAll(HEADERS[kind].challenge).slice(0, CHALLENGES_MAX);
    const read = values.map(readChallenge);
    const chosen = strongest(read.filter((item): item is Challenge => typeof item !== "string"));
    // A fault counts only where nothing else could be read: other algorithms beside ours are no fault.
    if (chosen.length === 0) return read.find((item): item is ChallengeFault => typeof item === "string");
    const ours = chosen.filter(({ realm }) => this.#account.isFor(realm));
    if (ours.length === 0) return "auth.realm";
    for (const challenge of ours) {
      const key = `${kind} ${challenge.realm}`;
      if ((answered.has(key) && !challenge.stale) || answered.size >= TRIES_MAX) return "auth.wrong";
      if (!this.#sessions.has(key) && this.#sessions.size >= REALMS_MAX) return "auth.realm";
      // A second stale in one request has a key of its own, so that they are counted too.
      answered.add(answered.has(key) ? `${key} ${challenge.nonce}` : key);
      this.#sessions.set(key, this.#open(challenge));
    }
    return "taken";
  }

  #open(challenge: Challenge): Session {
    const { crypto, random } = this.#account;
    const cnonce = randomToken(random, CNONCE_LENGTH);
    const ha1 = this.#account.ha1(challenge.algorithm, challenge.realm);
    return { challenge, cnonce, count: 0, ha1: challenge.session ? sessionHa1(crypto, challenge.algorithm, { ha1, nonce: challenge.nonce, cnonce }) : ha1 };
  }

  #credentials(session: Session, { method, rawUri: uri }: SipRequest): string {
    const { crypto, username } = this.#account;
    const { challenge, ha1, cnonce } = session;
    const { algorithm, nonce } = challenge;
    session.count += 1;
    const nc = session.count.toString(16).padStart(8, "0");
    const response = challenge.qopAuth ? digestResponse(crypto, algorithm, { ha1, method, uri, nonce, nc, cnonce }) : plainDigestResponse(crypto, algorithm, { ha1, method, uri, nonce });
    const parts = [`username=${quote(username)}`, `realm=${quote(challenge.realm)}`, `nonce=${quote(nonce)}`, `uri=${quote(uri)}`, `response="${response}"`, `algorithm=${challenge.algorithmName}`];
    // The -sess algorithms need the cnonce also without qop.
    if (challenge.qopAuth || challenge.session) parts.push(`cnonce="${cnonce}"`);
    if (challenge.qopAuth) parts.push("qop=auth", `nc=${nc}`);
    if (challenge.opaque !== undefined) parts.push(`opaque=${quote(challenge.opaque)}`);
    return `Digest ${parts.join(", ")}`;
  }
}

const kindOf = (key: string): Kind => (key.startsWith("www ") ? "www" : "proxy");

/** Of each realm the best algorithm that we know, whatever order they came in: RFC 8760 section 2.4 leaves that to the client's policy. */
function strongest(challenges: readonly Challenge[]): readonly Challenge[] {
  const rank = ({ algorithm }: Challenge): number => DIGEST_NAMES.findIndex(([known]) => known === algorithm);
  const best = new Map<string, Challenge>();
  for (const challenge of challenges) {
    const before = best.get(challenge.realm);
    if (before === undefined || rank(challenge) < rank(before)) best.set(challenge.realm, challenge);
  }
  return [...best.values()];
}
