/** Stops what it was returned for; calling it again, or after the fact, does nothing. */
export type Cancel = () => void;

/**
 * Time as an input. The two faces are never mixed: `monoMs` never jumps and serves durations, timers and billing;
 * `utcMs` follows the calendar and may step.
 */
export interface Clock {
  /** Milliseconds since an arbitrary start, never running backwards; fractions allowed. */
  monoMs(): number;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  utcMs(): number;
  /** Runs `fire` once, `delayMs` (>= 0) from now, never before this call returns. */
  after(delayMs: number, fire: () => void): Cancel;
}
