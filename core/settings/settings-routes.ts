// The API's doors to the settings that change while calls run. PUT replaces a whole one, PATCH some of its fields
// (RFC 7396: null takes one away), DELETE takes it away; each names the version that it replaces. Passwords go in and never out.
import { z } from "zod";
import { isWeak } from "../config/config.js";
import { defineRoute, type AnyRoute } from "../http/api-route.js";
import { listSchema, pageSchema, readCursor, writeCursor } from "../http/list.js";
import type { Actor } from "../journal/entry.js";
import { makePhone, type PhoneMaker } from "../registrar/phone.js";
import { HttpProblem } from "../sdk/plugin.js";
import { SettingsError, type SettingsErrorCode } from "./error.js";
import { BODIES, describedAs, partsOf, REPLIES } from "./setting-body.js";
import { accept, readNumber, readPhone, readRouting, readTrunk, readVip, show } from "./setting-form.js";
import { ROUTING_NAME, type PhoneSetting, type SettingKind, type SettingOf, type Shown, type TrunkSetting, type Versioned } from "./setting.js";
import type { SettingsBook } from "./settings-book.js";

const STATUS: { readonly [C in SettingsErrorCode]: 404 | 409 | 422 | 503 } = { SETTINGS_UNKNOWN: 404, SETTINGS_VERSION: 409, SETTINGS_CONFLICT: 409, SETTINGS_INVALID: 422, SETTINGS_BUSY: 503 };

const gone = z.object({ removed: z.literal(true) });

export interface SettingsRoutesOptions {
  readonly book: SettingsBook;
  /** Of new passwords. */
  readonly phones: PhoneMaker;
  /** Takes the contacts of an extension away; resolves when that is durable. */
  signOut(extension: string): Promise<void>;
}

/** A setting's fields as they were sent, defaults filled in. */
type Fields = Readonly<Record<string, unknown>>;

interface Door<K extends SettingKind> {
  readonly path: string;
  /** What names one of several; without it there is one, always. */
  readonly param?: string;
  /** The field of the setting that holds its name. */
  readonly nameField?: string;
  /** The setting that these fields make. Throws SettingsError. */
  read(name: string, fields: Fields, current: SettingOf[K] | undefined): SettingOf[K];
  /** What is asked for besides, once the change is durable. */
  after?(name: string, fields: Fields): Promise<void>;
}

export function settingsRoutes({ book, phones, signOut }: SettingsRoutesOptions): readonly AnyRoute[] {
  return [
    ...doors(book, "phone", {
      path: "/settings/phones",
      param: "extension",
      nameField: "extension",
      read: (name, { password, signOut: _besides, ...fields }, current) => newPhone(phones, { ...fields, extension: name }, { password, current }),
      after: async (name, fields) => (fields["signOut"] === true ? signOut(name) : undefined),
    }),
    ...doors(book, "trunk", { path: "/settings/trunks", param: "trunk", nameField: "name", read: (name, fields, current) => newTrunk({ ...fields, name }, current) }),
    ...doors(book, "routing", { path: "/settings/routing", read: (_name, fields) => readRouting(fields) }),
    ...doors(book, "number", { path: "/settings/numbers", param: "number", nameField: "number", read: (name, fields) => readNumber({ ...fields, number: name }) }),
    ...doors(book, "vip", { path: "/settings/vips", param: "number", nameField: "number", read: (name, fields) => readVip({ ...fields, number: name }) }),
  ];
}

function doors<K extends SettingKind>(book: SettingsBook, kind: K, door: Door<K>): readonly AnyRoute[] {
  const { path, param } = door;
  const one = param === undefined ? path : `${path}/:${param}`;
  const params = param === undefined ? z.object({}) : z.object({ [param]: z.string().min(1).max(60) });
  const nameOf = (given: unknown): string => (param === undefined ? ROUTING_NAME : (given as Record<string, string>)[param]!);
  const table = (): ReadonlyMap<string, Versioned<SettingOf[K]>> => book.snapshot[kind];
  const shown = (setting: Versioned<SettingOf[K]>): Shown => ({ ...show(kind, setting.value), version: setting.version, origin: setting.origin });
  const body = BODIES[kind];
  const reply: z.ZodType = REPLIES[kind];
  const what = param === undefined ? `the ${kind}` : `a ${kind}`;
  /** @param fields what is sent, on the fields that stand where only some are sent */
  const set = async (request: { readonly name: string; readonly actor: Actor; readonly version: unknown }, fields: (current: SettingOf[K] | undefined) => Fields): Promise<Shown> => {
    const { name, actor } = request;
    let asked: Fields = {};
    const setting = await refusing(async () =>
      book.change({
        kind,
        name,
        actor,
        version: accept(z.object({ version: body.shape.version }), { version: request.version }).version,
        make: (current) => door.read(name, (asked = accept(body, fields(current)) as Fields), current),
      }),
    );
    await door.after?.(name, asked);
    return shown(setting!);
  };
  const all = [
    defineRoute({ method: "GET", path: one, summary: `What ${what} is set to, without passwords`, params, reply, handle: async ({ params: given }) => shown(find(table(), kind, nameOf(given))) }),
    defineRoute({
      method: "PUT",
      path: one,
      summary: `Set ${what} while calls run; \`version\` is the one that is replaced, none for a new one`,
      params,
      body: describedAs(body),
      reply,
      handle: async ({ params: given, body: { version, ...sent }, actor }) => set({ name: nameOf(given), actor, version }, () => sent),
    }),
    defineRoute({
      method: "PATCH",
      path: one,
      summary: `Set some fields of ${what} while calls run; null takes one away`,
      params,
      body: describedAs(body, partsOf),
      reply,
      handle: async ({ params: given, body: { version, ...sent }, actor }) =>
        set({ name: nameOf(given), actor, version }, (current) => {
          if (current === undefined) throw new SettingsError("SETTINGS_UNKNOWN", `there is no ${kind} ${nameOf(given)}`);
          const { [door.nameField ?? ""]: _name, ...standing } = show(kind, current);
          return merge(standing, sent);
        }),
    }),
  ];
  return param === undefined ? all : [listOf(table, { kind, path, reply, shown }), ...all, removalOf(book, kind, { path: one, params, what, nameOf })];
}

function removalOf(book: SettingsBook, kind: SettingKind, { path, params, what, nameOf }: { readonly path: string; readonly params: z.ZodType; readonly what: string; nameOf(given: unknown): string }): AnyRoute {
  return defineRoute({
    method: "DELETE",
    path,
    summary: `Take ${what} away; what it talks goes on`,
    params,
    query: z.object({ version: z.coerce.number().int().min(0).optional() }),
    reply: gone,
    handle: async ({ params: given, query: { version }, actor }) => {
      await refusing(async () => book.change({ kind, name: nameOf(given), version, actor, make: () => undefined }));
      return { removed: true as const };
    },
  });
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

async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asProblem(error);
  }
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
