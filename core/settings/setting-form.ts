// Each kind of setting as it is shown and kept, which is how one writes it in the settings' file without what is secret,
// and read again from that.
import { z } from "zod";
import { formatEndpoint } from "../../protocol/base/endpoint.js";
import { accepted } from "../config/config.js";
import { numberSchema, phoneSchema, routingShape, vipSchema } from "../config/schema.js";
import { trunkSchema } from "../config/trunk-schema.js";
import type { SecretSeal } from "../crypto/secret-seal.js";
import type { Phone } from "../registrar/phone.js";
import { SettingsError } from "./error.js";
import type { PhoneSetting, RoutingSetting, SettingKind, SettingOf, Shown, TrunkSetting } from "./setting.js";
import type { SettingRow } from "./setting-row.js";

const routingSchema = z.strictObject(routingShape);
const shownPhoneSchema = phoneSchema.omit({ password: true });

function showPhone({ extension, displayName, nat, codecs }: PhoneSetting): Shown {
  return { extension, nat, ...(displayName === undefined ? {} : { displayName }), ...(codecs === undefined ? {} : { codecs: [...codecs] }) };
}

function showTrunk({ address, account, register, ...trunk }: TrunkSetting): Shown {
  const { password: _password, ...shownAccount } = account ?? { password: "" };
  return {
    ...trunk,
    ...(address === undefined ? {} : { address: formatEndpoint(address) }),
    ...(account === undefined ? {} : { account: shownAccount }),
    ...(register === undefined ? {} : { register: { ...register, ...(register.registrar === undefined ? {} : { registrar: formatEndpoint(register.registrar) }) } }),
  };
}

const SHOWS: { readonly [K in SettingKind]: (value: SettingOf[K]) => Shown } = {
  phone: showPhone,
  trunk: showTrunk,
  routing: (routing) => ({ ...routing }),
  number: (number) => ({ ...number }),
  vip: (vip) => ({ ...vip }),
};

export function show<K extends SettingKind>(kind: K, value: SettingOf[K]): Shown {
  return SHOWS[kind](value);
}

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
/** @throws SettingsError "SETTINGS_INVALID" */
export const readNumber = (shown: Shown): SettingOf["number"] => accept(numberSchema, shown);
/** @throws SettingsError "SETTINGS_INVALID" */
export const readVip = (shown: Shown): SettingOf["vip"] => accept(vipSchema, shown);

/** What a row keeps. @throws SettingsError "SETTINGS_INVALID" */
export function readRow({ kind, ha1, sealed }: SettingRow, value: Shown, seal: SecretSeal): SettingOf[SettingKind] {
  switch (kind) {
    case "phone":
      return readPhone(value, ha1 ?? { md5: "", sha256: "" });
    case "trunk": {
      const password = sealed === undefined ? undefined : seal.open(sealed);
      if (sealed !== undefined && password === undefined) throw new SettingsError("SETTINGS_INVALID", "its password was sealed with another key");
      return readTrunk(value, password);
    }
    case "routing":
      return readRouting(value);
    case "number":
      return readNumber(value);
    case "vip":
      return readVip(value);
    default:
      return kind satisfies never;
  }
}

/** What is kept beside what is shown. */
export function keptSecrets(value: SettingOf[SettingKind], seal: SecretSeal): Pick<SettingRow, "ha1" | "sealed"> {
  if ("ha1" in value) return { ha1: value.ha1 };
  return "account" in value && value.account !== undefined ? { sealed: seal.seal(value.account.password) } : {};
}

/** To be compared, never to be shown. */
export function secretText(value: SettingOf[SettingKind] | undefined): string {
  if (value === undefined) return "";
  return "ha1" in value ? value.ha1.sha256 : "account" in value ? (value.account?.password ?? "") : "";
}

/** The first place that `schema` refuses, with what it takes and without what was given. @throws SettingsError "SETTINGS_INVALID" */
export function accept<T>(schema: z.ZodType<T>, value: unknown): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const issue = read.error.issues[0]!;
  const [path, words] = issue.code === "unrecognized_keys" ? [[...issue.path, issue.keys[0]!], "not known here"] : [issue.path, accepted(issue)];
  throw new SettingsError("SETTINGS_INVALID", `${path.map(String).join(".") || "the body"}: ${words}`);
}
