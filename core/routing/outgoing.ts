// Which trunks take an outside number, as a pure table, and what a phone is told where none of them could.

export interface OutgoingRule {
  /** What the dialled number begins with; empty fits every number. */
  readonly prefix: string;
  /** Digits taken off its front. */
  readonly strip: number;
  /** Put in front of what is left. */
  readonly add: string;
  /** Best first. */
  readonly trunks: readonly string[];
}

export interface OutsideRoute {
  /** As the carriers are told. */
  readonly number: string;
  readonly trunks: readonly string[];
}

/** What a telephone number can be: E.164 allows 15 digits, access codes come on top; nothing else leaves the house. */
const NUMBER = /^\+?[0-9]{2,20}$/;

/** The first rule that fits; undefined where none does, or where it is no number. */
export function findOutsideRoute(rules: readonly OutgoingRule[], dialled: string): OutsideRoute | undefined {
  if (!NUMBER.test(dialled)) return undefined;
  const rule = rules.find(({ prefix }) => dialled.startsWith(prefix));
  const number = rule && rule.add + dialled.slice(rule.strip);
  return number === undefined || !NUMBER.test(number) ? undefined : { number, trunks: rule!.trunks };
}

/** How an attempt over a trunk ended: `by` and `status` of its `SessionEnd`. */
export interface TrunkFailure {
  readonly by: "remote" | "local" | "failure";
  readonly status?: number;
}

/** Statuses that speak of the carrier and not of who was called: the next trunk may do better. 5xx and silence are others. */
const CARRIERS_OWN: readonly number[] = [401, 402, 403, 407, 408];

export const isTrunksFault = ({ by, status }: TrunkFailure): boolean => by === "failure" || (by === "remote" && status !== undefined && ((status >= 500 && status < 600) || CARRIERS_OWN.includes(status)));

/** Of the callee's statuses those that a phone shows as they are (RFC 3261 sections 21.4 and 21.6). */
const SHOWN: readonly number[] = [404, 410, 480, 484, 486, 488, 603];
const SHOWN_AS: Readonly<Record<number, number>> = { 487: 480, 600: 486, 604: 404, 606: 488, 607: 603, 608: 603 };

/**
 * What the phone that dialled is answered. Challenges and refusals between us and the carrier are not its business, and
 * it could take a 401 or 407 for its own: whatever is the carrier's fault is 503.
 */
export function statusForPhone(failure: TrunkFailure): number {
  const { by, status } = failure;
  if (by === "local") return 480;
  if (status === undefined || isTrunksFault(failure)) return 503;
  return SHOWN_AS[status] ?? (SHOWN.includes(status) ? status : status >= 600 ? 603 : 480);
}
