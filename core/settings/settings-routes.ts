// The API's doors to the settings that change while calls run. PUT replaces a whole one, PATCH some of its fields
// (RFC 7396: null takes one away), DELETE takes it away; each names the version that it replaces. Passwords go in and never out.
import { z } from "zod";
import { isWeak } from "../config/config.js";
import { codecsSchema } from "../config/codec-schema.js";
import { phoneSchema, routingShape } from "../config/schema.js";
import { trunkSchema } from "../config/trunk-schema.js";
import { defineRoute, type AnyRoute } from "../http/api-route.js";
import { listSchema, pageSchema, readCursor, writeCursor } from "../http/list.js";
import type { Actor } from "../journal/entry.js";
import { makePhone, type PhoneMaker } from "../registrar/phone.js";
import { HttpProblem } from "../sdk/plugin.js";
import { SettingsError, type SettingsErrorCode } from "./error.js";
import { readPhone, readRouting, readTrunk, ROUTING_NAME, type PhoneSetting, type SettingKind, type SettingOf, type Shown, type TrunkSetting, type Versioned } from "./setting.js";
import { show, type SettingsBook } from "./settings-book.js";

const STATUS: { readonly [C in SettingsErrorCode]: 404 | 409 | 422 } = { SETTINGS_UNKNOWN: 404, SETTINGS_VERSION: 409, SETTINGS_CONFLICT: 409, SETTINGS_INVALID: 422 };

const version = z.coerce.number().int().min(0).optional();
const kept = { version: z.int(), origin: z.enum(["file", "api"]) };
/** Any fields of PUT's; null takes one away. */
const patch = z.record(z.string().max(40), z.unknown());
const gone = z.object({ removed: z.literal(true) });

const shape = { phone: phoneSchema.shape, trunk: trunkSchema.shape };
const phoneReply = z.object({ extension: shape.phone.extension, displayName: z.string().meta({ personal: true }).optional(), nat: z.boolean(), codecs: codecsSchema.optional(), ...kept });
/** As the file's, addresses as text, without passwords. */
const trunkReply = z.looseObject({ name: z.string(), ...kept });
const routingReply = z.object({ ...routingShape, ...kept });
/** All of a trunk but its name; checked as a whole behind this. */
const trunkBody = z.looseObject({ version });
const password = z.string().min(1).max(200).exactOptional();
const phoneBody = z.strictObject({ displayName: shape.phone.displayName, nat: shape.phone.nat, codecs: shape.phone.codecs, password, version });
const routingBody = z.strictObject({ ...routingShape, version });

type Maker<K extends SettingKind> = (current: SettingOf[K] | undefined) => SettingOf[K] | undefined;

export interface SettingsRoutesOptions {
  readonly book: SettingsBook;
  /** Of new passwords. */
  readonly phones: PhoneMaker;
}

export function settingsRoutes({ book, phones }: SettingsRoutesOptions): readonly AnyRoute[] {
  return [
    ...doors(book, "phone", {
      path: "/settings/phones",
      param: "extension",
      reply: phoneReply,
      body: phoneBody,
      read: (name, { password, ...fields }, current) => newPhone(phones, { ...fields, extension: name }, { password, current }),
    }),
    ...doors(book, "trunk", { path: "/settings/trunks", param: "trunk", reply: trunkReply, body: trunkBody, read: (name, fields, current) => newTrunk({ ...fields, name }, current) }),
    ...doors(book, "routing", { path: "/settings/routing", reply: routingReply, body: routingBody, read: (_name, fields) => readRouting(fields) }),
  ];
}

interface Door<K extends SettingKind> {
  readonly path: string;
  /** What names one of several; without it there is one, always. */
  readonly param?: string;
  readonly reply: z.ZodType;
  readonly body: z.ZodType;
  /** The setting that these fields make. Throws SettingsError. */
  read(name: string, fields: Readonly<Record<string, unknown>>, current: SettingOf[K] | undefined): SettingOf[K];
}

function doors<K extends SettingKind>(book: SettingsBook, kind: K, { path, param, reply, body, read }: Door<K>): readonly AnyRoute[] {
  const one = param === undefined ? path : `${path}/:${param}`;
  const params = param === undefined ? z.object({}) : z.object({ [param]: z.string().min(1).max(60) });
  const nameOf = (given: unknown): string => (param === undefined ? ROUTING_NAME : (given as Record<string, string>)[param]!);
  const table = (): ReadonlyMap<string, Versioned<SettingOf[K]>> => book.snapshot[kind];
  const shown = (setting: Versioned<SettingOf[K]>): Shown => ({ ...show(kind, setting.value), version: setting.version, origin: setting.origin });
  const change = async (request: { readonly name: string; readonly version: number | undefined; readonly actor: Actor }, make: Maker<K>): Promise<Shown | undefined> => {
    const setting = await book.change({ kind, ...request, make }).catch((error: unknown) => Promise.reject(asProblem(error)));
    return setting && shown(setting);
  };
  const what = param === undefined ? `the ${kind}` : `a ${kind}`;
  const all = [
    defineRoute({ method: "GET", path: one, summary: `What ${what} is set to, without passwords`, params, reply, handle: async ({ params: given }) => shown(find(table(), kind, nameOf(given))) }),
    defineRoute({
      method: "PUT",
      path: one,
      summary: `Set ${what} while calls run; \`version\` is the one that is replaced, none for a new one`,
      params,
      body,
      reply,
      handle: async ({ params: given, body: sent, actor }) => {
        const { version: replaced, ...fields } = sent as { readonly version?: number };
        const name = nameOf(given);
        return change({ name, version: replaced, actor }, (current) => read(name, fields, current));
      },
    }),
    defineRoute({
      method: "PATCH",
      path: one,
      summary: `Set some fields of ${what} while calls run; null takes one away`,
      params,
      body: patch,
      reply,
      handle: async ({ params: given, body: sent, actor }) => {
        const { version: replaced, ...fields } = sent;
        const name = nameOf(given);
        return change({ name, version: z.int().optional().catch(undefined).parse(replaced), actor }, (current) => {
          if (current === undefined) throw new SettingsError("SETTINGS_UNKNOWN", `there is no ${kind} ${name}`);
          return read(name, { ...merge(show(kind, current), fields) }, current);
        });
      },
    }),
  ];
  if (param === undefined) return all;
  const remove = defineRoute({
    method: "DELETE",
    path: one,
    summary: `Take ${what} away; what it talks goes on`,
    params,
    query: z.object({ version }),
    reply: gone,
    handle: async ({ params: given, query, actor }) => {
      await change({ name: nameOf(given), version: query.version, actor }, () => undefined);
      return { removed: true as const };
    },
  });
  return [listOf(table, { kind, path, reply, shown }), ...all, remove];
}

function listOf<T>(table: () => ReadonlyMap<string, T>, { kind, path, reply, shown }: { readonly kind: SettingKind; readonly path: string; readonly reply: z.ZodType; shown(setting: T): Shown }): AnyRoute {
  return defineRoute({
    method: "GET",
    path,
    summary: `All settings of kind ${kind}, by name`,
    query: pageSchema,
    reply: listSchema(reply),
    handle: async ({ query: { limit, cursor } }) => {
      const after = cursor === undefined ? "" : String(readCursor(cursor)[0]);
      const behind = [...table().keys()].sort().filter((name) => name > after);
      const items = behind.slice(0, limit).map((name) => shown(table().get(name)!));
      return { items, next: behind.length > limit ? writeCursor([behind[limit - 1]!]) : null };
    },
  });
}

function find<T>(table: ReadonlyMap<string, T>, kind: SettingKind, name: string): T {
  const found = table.get(name);
  if (found === undefined) throw asProblem(new SettingsError("SETTINGS_UNKNOWN", `there is no ${kind} ${name}`));
  return found;
}

function asProblem(error: unknown): unknown {
  return error instanceof SettingsError ? new HttpProblem(STATUS[error.code], error.code, error.message) : error;
}

/** RFC 7396 section 2. */
function merge(target: unknown, change: unknown): Shown {
  const merged: Record<string, unknown> = isFields(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(change as Shown)) {
    if (value === null) delete merged[name];
    else merged[name] = isFields(value) ? merge(merged[name], value) : value;
  }
  return merged;
}

const isFields = (value: unknown): value is Shown => typeof value === "object" && value !== null && !Array.isArray(value);

/** Without a password it keeps the one it has. */
function newPhone(maker: PhoneMaker, fields: Shown & { readonly extension: string }, { password, current }: { readonly password: unknown; readonly current: PhoneSetting | undefined }): PhoneSetting {
  const { extension } = fields;
  if (password === undefined && current === undefined) throw new SettingsError("SETTINGS_INVALID", "password: accepted: the one that the phone registers with");
  if (password === undefined) return readPhone(fields, current!.ha1);
  if (typeof password !== "string" || isWeak(password, extension)) throw new SettingsError("SETTINGS_INVALID", "password: accepted: one that is not empty, not the extension and none of the demo's");
  return readPhone(fields, makePhone(maker, { extension, password }).ha1);
}

function newTrunk(fields: Shown, current: TrunkSetting | undefined): TrunkSetting {
  return readTrunk(fields, isFields(fields["account"]) && fields["account"]["password"] === undefined ? current?.account?.password : undefined);
}
