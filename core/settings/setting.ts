// What a hospital changes while calls run: phones, trunks, which calls go where, the numbers that it answers, and whom no
// limit turns away.
import type { Config } from "../config/schema.js";
import type { Phone } from "../registrar/phone.js";

export const SETTING_KINDS = ["phone", "trunk", "routing", "number", "vip"] as const;
export type SettingKind = (typeof SETTING_KINDS)[number];

/** A phone with what digest needs of its password. */
export type PhoneSetting = Phone & Pick<Config["phones"][number], "codecs">;
/** With its account's password: not for logs. */
export type TrunkSetting = Config["trunks"][number];
export type RoutingSetting = Pick<Config, "maxCalls" | "outgoing" | "emergencyNumbers">;
export type NumberSetting = Config["hospital"]["numbers"][number];
/** Of a person: not for logs. */
export type VipSetting = Config["vips"][number];

export interface SettingOf {
  readonly phone: PhoneSetting;
  readonly trunk: TrunkSetting;
  readonly routing: RoutingSetting;
  readonly number: NumberSetting;
  readonly vip: VipSetting;
}

/** `file`: as the settings' file has it, version 0. `api`: changed since. */
export interface Versioned<T> {
  readonly version: number;
  readonly origin: "file" | "api";
  readonly value: T;
}

/** By name, the one routing by ROUTING_NAME. Immutable; another one takes its place. */
export type SettingsSnapshot = { readonly [K in SettingKind]: ReadonlyMap<string, Versioned<SettingOf[K]>> };

export const valuesOf = <T>(table: ReadonlyMap<string, Versioned<T>>): readonly T[] => [...table.values()].map(({ value }) => value);

/** There is one routing. */
export const ROUTING_NAME = "calls";

/** As shown and kept: JSON without secrets. */
export type Shown = Readonly<Record<string, unknown>>;
