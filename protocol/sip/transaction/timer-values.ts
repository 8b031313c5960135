// RFC 3261 appendix A, table 4.

export interface TimerValues {
  /** Round trip estimate. */
  readonly t1Ms: number;
  /** Longest interval between retransmissions of non-INVITE requests and INVITE responses. */
  readonly t2Ms: number;
  /** How long a message stays in the network. */
  readonly t4Ms: number;
}

export const TIMER_VALUES: TimerValues = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 };

/** 64*T1: timers B, D, F, H, J, L and M. D is "at least 32 s" (section 17.1.1.2), which 64*T1 is. */
export const longestMs = (values: TimerValues): number => 64 * values.t1Ms;
