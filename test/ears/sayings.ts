/** What people and machines say when a call is answered. */
export interface Sayings {
  readonly human: readonly string[];
  readonly machine: readonly string[];
}
