// A REFER as call control sees it: where a party wants the other one to be put through to, and what it is told of that.
import type { ReferTo } from "../../protocol/sip/refer/refer-to.js";

export interface Refer {
  readonly to: ReferTo;
  /** 100-199: the target rings, or the like. */
  progress(status: number): void;
  /** 200-699: how it ended, told last. Resolves when the far side has taken that, or is not waited for any more. */
  finish(status: number): Promise<void>;
}
