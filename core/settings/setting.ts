// What a hospital changes while calls run: phones, trunks, and which calls go where. Each as the server uses it, and as it
// is shown and kept, which is how one writes it in the settings' file, without what is secret.
import { z } from "zod";
import { formatEndpoint } from "../../protocol/base/endpoint.js";
import { phoneSchema, routingShape, type Config } from "../config/schema.js";
import { trunkSchema } from "../config/trunk-schema.js";
import type { Phone } from "../registrar/phone.js";
import { SettingsError } from "./error.js";

export const SETTING_KINDS = ["phone", "trunk", "routing"] as const;
export type SettingKind = (typeof SETTING_KINDS)[number];

/** A phone with what digest needs of its password. */
export type PhoneSetting = Phone & Pick<Config["phones"][number], "codecs">;
/** With its account's password: not for logs. */
export type TrunkSetting = Config["trunks"][number];
export type RoutingSetting = Pick<Config, "maxCalls" | "outgoing" | "emergencyNumbers">;

export interface SettingOf {
  readonly phone: PhoneSetting;
  readonly trunk: TrunkSetting;
  readonly routing: RoutingSetting;
}

/** `file`: as the settings' file has it, version 0. `api`: changed since. */
export interface Versioned<T> {
  readonly version: number;
  readonly origin: "file" | "api";
  readonly value: T;
}

/** By name, the one routing by ROUTING_NAME. Immutable; another one takes its place. */
export type SettingsSnapshot = { readonly [K in SettingKind]: ReadonlyMap<string, Versioned<SettingOf[K]>> };

/** There is one routing. */
export const ROUTING_NAME = "calls";

/** As shown and kept: JSON without secrets. */
export type Shown = Readonly<Record<string, unknown>>;

export const routingSchema = z.strictObject(routingShape);
const shownPhoneSchema = phoneSchema.omit({ password: true });

export function showPhone({ extension, displayName, nat, codecs }: PhoneSetting): Shown {
  return { extension, nat, ...(displayName === undefined ? {} : { displayName }), ...(codecs === undefined ? {} : { codecs: [...codecs] }) };
}

export function showTrunk({ address, account, register, ...trunk }: TrunkSetting): Shown {
  const { password: _password, ...shownAccount } = account ?? { password: "" };
  return {
    ...trunk,
    ...(address === undefined ? {} : { address: formatEndpoint(address) }),
    ...(account === undefined ? {} : { account: shownAccount }),
    ...(register === undefined ? {} : { register: { ...register, ...(register.registrar === undefined ? {} : { registrar: formatEndpoint(register.registrar) }) } }),
  };
}

export const showRouting = (routing: RoutingSetting): Shown => ({ ...routing });

/** @throws SettingsError "SETTINGS_INVALID" */
export function readPhone(shown: Shown, ha1: Phone["ha1"]): PhoneSetting {
  const { displayName, codecs, ...phone } = accept(shownPhoneSchema, shown);
  return { ...phone, ha1, ...(displayName === undefined ? {} : { displayName }), ...(codecs === undefined ? {} : { codecs }) };
}

/** @param password of its account, where it has one. @throws SettingsError "SETTINGS_INVALID" */
export function readTrunk(shown: Shown, password: string | undefined): TrunkSetting {
  const { account } = shown;
  const whole = typeof account === "object" && account !== null ? { ...shown, account: { ...account, ...(password === undefined ? {} : { password }) } } : shown;
  return accept(trunkSchema, whole);
}

/** @throws SettingsError "SETTINGS_INVALID" */
export const readRouting = (shown: Shown): RoutingSetting => accept(routingSchema, shown);

function accept<T>(schema: z.ZodType<T>, value: unknown): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0]!;
  throw new SettingsError("SETTINGS_INVALID", `${path.join(".") || "the body"}: ${message}`);
}
