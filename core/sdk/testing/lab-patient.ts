// A caller in the lab: hears prompts by name, presses keys, hangs up.
import type { Detected } from "../../../media/engine/detection.js";
import type { SimClock } from "../../../protocol/base/sim-clock.js";
import type { LabLeg } from "./lab-leg.js";
import { pressTransfer } from "./lab-transfer.js";
import { within } from "./within.js";

/** Between two keys, as a quick hand presses them. */
const KEY_GAP_MS = 100;

export class LabPatient {
  /** What was heard up to here is done with: `hears` looks behind it. */
  #cursor = 0;

  constructor(
    readonly leg: LabLeg,
    readonly clock: SimClock,
  ) {}

  /** Names of all prompts that began, `plugin/name`, in the order in which they were heard. */
  get heard(): readonly string[] {
    return this.leg.heard.map(({ prompt }) => withoutLanguage(prompt));
  }

  /** Languages that were heard. */
  get languages(): readonly string[] {
    return [...new Set(this.leg.heard.map(({ prompt }) => prompt.slice(0, prompt.indexOf("/"))))];
  }

  get state(): LabLeg["state"] {
    return this.leg.state;
  }

  /** The leg's end; undefined while it lasts. */
  get end(): LabLeg["end"] {
    return this.leg.end;
  }

  /** Waits until each of `prompts` began, in this order, other prompts between them or not. */
  async hears(...prompts: readonly string[]): Promise<void> {
    for (const prompt of prompts) {
      const next = (): number => this.heard.indexOf(prompt, this.#cursor);
      await within(this.clock, { withinMs: 60_000, what: () => `"${prompt}" was not heard (instead: ${this.heard.slice(this.#cursor).join(", ") || "nothing"}; the call is ${this.leg.state})` }, () => next() >= 0);
      this.#cursor = next() + 1;
    }
  }

  /** Keys, one after the other. */
  async presses(keys: string): Promise<void> {
    for (const key of keys) {
      this.leg.press(key);
      await this.clock.runMs(KEY_GAP_MS);
    }
  }

  /** Something sounds on the caller's side; told where the plugin listens for it. */
  async sounds(what: Detected): Promise<void> {
    this.leg.sounds(what);
    await this.clock.runMs(1);
  }

  /** Leaves a message: waits until the server records one, speaks, and waits until it is clear that no more comes. */
  async says(durationMs: number, quietMs = 3000): Promise<void> {
    await within(this.clock, { withinMs: 60_000, what: () => "nothing of what the caller says is recorded" }, () => this.leg.says(durationMs));
    await this.clock.runMs(durationMs + quietMs);
  }

  /** A caller at one of the desk phones puts whom it talks to through to `number`. See `LabPhone.transfersTo`. */
  transfersTo(number: string): Promise<number> {
    return pressTransfer(this.clock, this.leg, number);
  }

  async hangsUp(): Promise<void> {
    this.leg.finish({ by: "remote", cause: this.leg.state === "answered" ? "bye" : "cancelled" });
    await this.clock.runMs(1);
  }

  /** Waits until both talk: the extension, or the other lab phone's number. */
  async talksTo(extension: string): Promise<void> {
    await within(this.clock, { withinMs: 60_000, what: () => `the caller does not talk to ${extension}` }, () => this.leg.bridgedTo?.remote.number === extension);
  }

  /** Waits until the server let the caller go. */
  async isReleased(withinMs = 120_000): Promise<void> {
    await within(this.clock, { withinMs, what: () => `the call is not over (${this.leg.state}; heard ${this.heard.slice(this.#cursor).join(", ") || "nothing"})` }, () => this.leg.state === "ended");
  }
}

const withoutLanguage = (prompt: string): string => prompt.slice(prompt.indexOf("/") + 1);
