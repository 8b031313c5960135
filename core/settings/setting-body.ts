// What the API takes and gives of each kind of setting, exactly, for its checks and for its description.
import { z } from "zod";
import { numberSchema, phoneSchema, routingShape, vipSchema } from "../config/schema.js";
import { trunkSchema, trunkTextShape } from "../config/trunk-schema.js";
import { jsonSchemaOf } from "../http/api-route.js";
import type { SettingKind } from "./setting.js";

/** The one that is replaced; none for a new one. */
const version = z.int().min(0).optional();
const kept = { version: z.int(), origin: z.enum(["file", "api"]) };

const { displayName, nat, codecs, extension } = phoneSchema.shape;
const { account } = trunkTextShape;
const vipName = vipSchema.shape.displayName.meta({ personal: true });

const phoneBody = {
  /** Needed for a new one; it keeps its own where none is sent. Never shown. */
  password: z.string().max(200).exactOptional(),
  displayName,
  nat,
  codecs,
  /** Its contacts go as well: whoever has the old password is not rung any more. Not kept. */
  signOut: z.boolean().exactOptional(),
};
const numberBody = { language: numberSchema.shape.language, plugin: numberSchema.shape.plugin };

/** A whole setting without its name, which stands in the path. */
export const BODIES = {
  phone: z.strictObject({ ...phoneBody, version }),
  trunk: z.strictObject({ ...trunkTextShape, version }),
  routing: z.strictObject({ ...routingShape, version }),
  number: z.strictObject({ ...numberBody, version }),
  vip: z.strictObject({ displayName: vipSchema.shape.displayName, version }),
} as const satisfies { readonly [K in SettingKind]: z.ZodObject };

export const REPLIES = {
  phone: z.object({ extension, displayName: displayName.meta({ personal: true }), nat, codecs, ...kept }),
  trunk: z.object({ name: trunkSchema.shape.name, ...trunkTextShape, account: account.unwrap().omit({ password: true }).exactOptional(), ...kept }),
  routing: z.object({ ...routingShape, ...kept }),
  number: z.object({ number: numberSchema.shape.number, ...numberBody, ...kept }),
  vip: z.object({ number: vipSchema.shape.number.meta({ personal: true }), displayName: vipName, ...kept }),
} as const satisfies { readonly [K in SettingKind]: z.ZodObject };

type Json = Readonly<Record<string, unknown>>;

/**
 * Takes any object and says in the API's description that it is `exact`: what is wrong with it is said by the handler, with
 * the place and what is accepted there.
 */
export function describedAs(exact: z.ZodObject, change: (json: Json) => Json = (json) => json): z.ZodType<Record<string, unknown>> {
  const { $schema: _dialect, ...json } = jsonSchemaOf(exact, "input");
  return z.looseObject({}).meta(change(json));
}

/** As JSON Schema: any of its fields, null takes one away (RFC 7396); in what lies within likewise. `version` is a number all the same. */
export function partsOf(json: Json): Json {
  const { required: _required, properties, ...rest } = json as { readonly required?: unknown; readonly properties: Readonly<Record<string, Json>> };
  const part = ([name, property]: readonly [string, Json]): readonly [string, Json] => {
    if (name === "version") return [name, property];
    const { default: _default, ...value } = property;
    return [name, { anyOf: [value["type"] === "object" ? partsOf(value) : value, { type: "null" }] }];
  };
  return { ...rest, properties: Object.fromEntries(Object.entries(properties).map(part)) };
}
