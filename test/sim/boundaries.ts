// Where a simulated process can die: at every timer that fires, every packet that comes or goes, every step of a commit.

export const BOUNDARY_KINDS = ["timer", "socket.receive", "socket.send", "store.commit", "store.committed", "store.synced"] as const;
export type BoundaryKind = (typeof BOUNDARY_KINDS)[number];

export interface KillPoint {
  readonly kind: BoundaryKind;
  /** Dies when the `nth` boundary of its kind is reached, 1 the first. */
  readonly nth: number;
}

/**
 * One process's boundaries. Code that is running when it dies runs on to its next await, as nobody can stop it,
 * but everything that would reach the world asks `cross` first and is refused: to the world it died there.
 */
export class Boundaries {
  readonly counts = new Map<BoundaryKind, number>(BOUNDARY_KINDS.map((kind) => [kind, 0]));
  #alive = true;

  constructor(
    readonly killPoint: KillPoint | undefined,
    readonly onKilled: () => void,
  ) {}

  get alive(): boolean {
    return this.#alive;
  }

  /** False where the process is dead, or dies here. */
  cross(kind: BoundaryKind): boolean {
    if (!this.#alive) return false;
    const count = this.counts.get(kind)! + 1;
    this.counts.set(kind, count);
    if (this.killPoint?.kind !== kind || this.killPoint.nth !== count) return true;
    this.kill();
    return false;
  }

  /** Ends by itself. */
  end(): void {
    this.#alive = false;
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.onKilled();
  }
}
