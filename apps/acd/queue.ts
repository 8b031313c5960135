// One queue: its callers wait in line, the first one rings all free phones of its members.
import type { Call, PluginContext, QueueOutcome } from "../../core/sdk/index.js";
import { WaitingLine, type Waiting } from "./waiting-line.js";

export interface QueueOptions {
  readonly name: string;
  /** Extensions. */
  readonly members: readonly string[];
  /** How long phones ring before the caller is told to go on waiting. */
  readonly ringMs: number;
  readonly waitMsMax: number;
}

/** How often a waiting caller is told so, and how soon a phone that became free is noticed. */
const REASSURE_MS = 20_000;
const LOOK_MS = 500;

export class Queue {
  readonly #options: QueueOptions;
  readonly #context: Pick<PluginContext<unknown>, "calls" | "clock">;
  readonly #line = new WaitingLine();

  constructor(options: QueueOptions, context: Pick<PluginContext<unknown>, "calls" | "clock">) {
    this.#options = options;
    this.#context = context;
  }

  get length(): number {
    return this.#line.length;
  }

  /** Resolves when the caller was served and the talk is over, or the queue gives up; rejects with CallEnded. */
  async serve(call: Call, { priority, waitedMs }: { readonly priority: number; readonly waitedMs?: number }): Promise<QueueOutcome> {
    const waiting: Waiting = { call: call.id, priority, sinceMs: this.#context.clock.monoMs() - (waitedMs ?? 0), ringing: false };
    this.#line.join(waiting);
    call.note(waitedMs === undefined ? "acd.queued" : "acd.requeued", { queue: this.#options.name, priority, ahead: this.#line.ahead(waiting) });
    const abandoned = (): void => {
      this.#line.leave(waiting);
      call.note("acd.abandoned", { queue: this.#options.name, waitedMs: this.#waitedMs(waiting) });
    };
    call.signal.addEventListener("abort", abandoned, { once: true });
    try {
      return await this.#waitAndTalk(call, waiting, { isNew: waitedMs === undefined, onServed: () => call.signal.removeEventListener("abort", abandoned) });
    } finally {
      call.signal.removeEventListener("abort", abandoned);
      this.#line.leave(waiting);
    }
  }

  async #waitAndTalk(call: Call, waiting: Waiting, { isNew, onServed }: { readonly isNew: boolean; readonly onServed: () => void }): Promise<QueueOutcome> {
    const { name, members, waitMsMax } = this.#options;
    if (isNew) await call.play("acd/transfer");
    for (let saidMs = this.#context.clock.monoMs(); ; ) {
      // Rang or talked when the server was restarted: those phones are not free, and theirs is this call.
      const reached = call.others.map(({ extension }) => extension);
      if (reached.length > 0) {
        if (await this.#dial(call, waiting, { targets: reached, onServed })) return "served";
        saidMs = -Infinity;
      }
      if (this.#context.calls.phones(members, "registered").length === 0) return this.#giveUp(call, "nobody-there");
      if (this.#waitedMs(waiting) > waitMsMax) return this.#giveUp(call, "timeout");
      const free = this.#line.ahead(waiting) === 0 ? this.#context.calls.phones(members, "free") : [];
      if (free.length > 0) {
        call.note("acd.offered", { queue: name, extensions: free, reason: "first in line, all free members ring", waitedMs: this.#waitedMs(waiting) });
        if (await this.#dial(call, waiting, { targets: free, onServed })) return "served";
        saidMs = -Infinity;
      }
      if (this.#context.clock.monoMs() - saidMs >= REASSURE_MS) {
        await call.play("acd/please-wait", { bargeIn: false });
        saidMs = this.#context.clock.monoMs();
      }
      await call.sleep(LOOK_MS);
    }
  }

  /** True when one of them answered and the talk is over. */
  async #dial(call: Call, waiting: Waiting, { targets, onServed }: { readonly targets: readonly string[]; readonly onServed: () => void }): Promise<boolean> {
    const { name, ringMs } = this.#options;
    const wasTalking = call.others.some(({ state }) => state === "talking");
    waiting.ringing = true;
    const dialled = await call.dial({ targets, timeoutMs: ringMs });
    waiting.ringing = false;
    if (dialled.outcome !== "answered") return false;
    this.#line.leave(waiting);
    onServed();
    if (!wasTalking) call.note("acd.served", { queue: name, extension: dialled.target, waitedMs: this.#waitedMs(waiting) });
    await dialled.talk;
    return true;
  }

  async #giveUp(call: Call, outcome: "nobody-there" | "timeout"): Promise<QueueOutcome> {
    call.note("acd.given-up", { queue: this.#options.name, outcome });
    call.forgetKeys();
    await call.play(`acd/${outcome}`);
    return outcome;
  }

  #waitedMs(waiting: Waiting): number {
    return this.#context.clock.monoMs() - waiting.sinceMs;
  }
}
