// What the settings' file says, as the settings that change begin.
import type { Crypto } from "../../protocol/base/crypto.js";
import type { Config } from "../config/schema.js";
import { makePhone } from "../registrar/phone.js";
import { ROUTING_NAME, type SettingsSnapshot, type Versioned } from "./setting.js";

/** @param maker `realm` is part of every HA1 */
export function fileSettings({ phones, trunks, maxCalls, outgoing, emergencyNumbers, hospital, vips }: Config, maker: { readonly crypto: Crypto; readonly realm: string }): SettingsSnapshot {
  return {
    phone: table(phones.map((phone) => [phone.extension, { ...makePhone(maker, phone), ...(phone.codecs === undefined ? {} : { codecs: phone.codecs }) }])),
    trunk: table(trunks.map((trunk) => [trunk.name, trunk])),
    routing: table([[ROUTING_NAME, { maxCalls, outgoing, emergencyNumbers }]]),
    number: table(hospital.numbers.map((number) => [number.number, number])),
    vip: table(vips.map((vip) => [vip.number, vip])),
  };
}

const table = <T>(entries: readonly (readonly [string, T])[]): ReadonlyMap<string, Versioned<T>> => new Map(entries.map(([name, value]) => [name, { version: 0, origin: "file", value }]));
