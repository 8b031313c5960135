// Every setting with what it accepts and, once, its default. The file is examples/demo-hospital/config.yaml's kind.
import { z } from "zod";
import { TONE_COUNTRIES, type ToneCountry } from "../../media/dsp/cadence/national-tones.js";
import { LANGUAGES } from "../speech/announcement.js";
import type { Language } from "../speech/part.js";
import { codecsSchema, DEFAULT_CODECS } from "./codec-schema.js";
import { isWildcard, parseAddress, parseListen } from "./address.js";
import { referenceFaults } from "./references.js";
import { outgoingSchema, trunkSchema } from "./trunk-schema.js";

const LISTEN_HINT = "host:port with a numeric address, e.g. 127.0.0.1:5060; port 0 lets the system choose";

const listen = z.string().transform((text, context) => {
  const endpoint = parseListen(text);
  if (endpoint !== undefined) return endpoint;
  context.addIssue({ code: "custom", message: `accepted: ${LISTEN_HINT}` });
  return z.NEVER;
});

/** Contact and SDP carry it to the far side, so it must be one that can be reached. */
const toldListen = listen.refine((endpoint) => !isWildcard(endpoint.address), "accepted: one address of this machine, not all of them (far sides are told it)");
const toldAddress = z
  .string()
  .transform((text, context) => {
    const address = parseAddress(text);
    if (address !== undefined) return address;
    context.addIssue({ code: "custom", message: "accepted: a numeric address" });
    return z.NEVER;
  })
  .refine((address) => !isWildcard(address), "accepted: one address of this machine, not all of them (far sides are told it)");

const word = (what: string) => z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, `accepted: ${what} of lower-case words joined by hyphens`);
const digits = (what: string) => z.string().regex(/^[0-9]{2,15}$/, `accepted: ${what} of 2 to 15 digits, in quotes`);
const port = z.int().min(1024).max(65_535);

const DIGEST_ALGORITHMS = ["md5", "sha-256"] as const;

const sip = z.strictObject({
  listen: toldListen.prefault("127.0.0.1:5060"),
  /**
   * What phones are asked to prove their password with, best first. MD5 alone unless told: phones that know nothing else
   * (baresip 1.0 for one) give up at a challenge that names SHA-256 at all, wherever it stands.
   */
  digest: z.array(z.enum(DIGEST_ALGORITHMS)).min(1).max(2).default(["md5"]),
});

const rtp = z
  .strictObject({
    address: toldAddress.prefault("127.0.0.1"),
    portMin: port.default(20_000),
    portMax: port.default(29_999),
    /** How much sound is held back to even out the network: more is safer and later. */
    jitterMs: z.int().min(20).max(200).multipleOf(20).default(60),
  })
  .refine((section) => section.portMax - section.portMin >= 3, { path: ["portMax"], message: "accepted: at least 3 above rtp.portMin (a call needs two ports a leg)" });

const media = z.strictObject({
  /** RTP sockets: the C library's cost half of Node's; `auto` takes them where they can be had. */
  net: z.enum(["auto", "dgram", "libc"]).default("auto"),
  /** What trunks and phones are offered and may choose, best first; each may have a list of its own. */
  codecs: codecsSchema.default(DEFAULT_CODECS),
  /**
   * Pauses that are not sent (RFC 3389). `receive`: trunks and phones may leave theirs out, and their noise is heard instead.
   * `send`: we leave ours out too. `off`: neither.
   */
  comfortNoise: z.enum(["off", "receive", "send"]).default("receive"),
  /**
   * Tones of pressed keys in what callers and agents say. `remove`: they are taken out, of recordings too, and keys go to the
   * other side by events alone; every talk is then decoded, and heard 60 to 80 ms later. `pass`: where a plugin asks for it.
   */
  keyTones: z.enum(["pass", "remove"]).default("pass"),
  /** Threads that carry the sound, each with its share of the RTP ports; one for each core beyond the first unless told. */
  workers: z.int().min(1).max(256).exactOptional(),
  /** Which thread a new leg goes to. `apart` is for tests: to another one than the leg before it. */
  placement: z.enum(["least-loaded", "apart"]).default("least-loaded"),
});

const recording = z.strictObject({
  /** Whose sound is kept: everybody's, or nobody's where the law or the hospital wants it so. */
  calls: z.enum(["all", "none"]).default("all"),
});

const tts = z
  .strictObject({
    /** Who reads what has no recording: espeak-ng on this machine, a service behind HTTP, or nobody. */
    voice: z.enum(["espeak-ng", "http", "none"]).default("espeak-ng"),
    /** Of the service: it is sent {"text", "language", "voice"} as JSON and answers with a WAV. */
    url: z.url({ protocol: /^https?$/ }).exactOptional(),
    /** Sent to the service as a bearer token; `${NAME}` takes it from the environment. */
    token: z.string().min(1).exactOptional(),
    /** What the service calls its voice, by language. */
    voices: z.strictObject({ "zh-CN": z.string().min(1).exactOptional(), en: z.string().min(1).exactOptional() }).exactOptional(),
    /** A caller waits no longer for a voice. */
    timeoutMs: z.int().min(100).max(30_000).default(5000),
    /** What was read is kept in the data folder, up to so much. */
    cacheMb: z.int().min(0).max(10_000).default(100),
  })
  .refine((section) => section.voice !== "http" || section.url !== undefined, { path: ["url"], message: "accepted: the address of the service, where tts.voice is http" });

const http = z.strictObject({ listen: listen.prefault("127.0.0.1:8080") });

const isTimeZone = (zone: string): boolean => {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
};

export const numberSchema = z.strictObject({
  number: digits("a number"),
  language: z.enum(LANGUAGES as [Language, ...Language[]]),
  /** Who answers, whatever the plugin's own section says; unless told, the plugin that takes this number by its section. */
  plugin: word("a plugin's name").exactOptional(),
});

/** A caller whom no limit turns away: the number as the carrier tells it (a trunk's `callerFrom`). */
export const vipSchema = z.strictObject({
  number: z.string().regex(/^\+?[0-9]{3,15}$/, "accepted: a number of 3 to 15 digits, in quotes"),
  displayName: z.string().min(1).max(100).exactOptional(),
});

const hospital = z.strictObject({
  id: word("an id"),
  name: z.string().min(1),
  timeZone: z.string().refine(isTimeZone, "accepted: a zone of the IANA list, e.g. Asia/Shanghai"),
  currency: z.string().regex(/^[A-Z]{3}$/, "accepted: a code of ISO 4217, e.g. CNY"),
  /** What outside callers may dial, and the language a call to it begins in. */
  numbers: z.array(numberSchema).min(1).max(1000),
});

export const phoneSchema = z.strictObject({
  extension: digits("an extension"),
  /** In the clear here, or `${NAME}` to take it from the environment. */
  password: z.string(),
  displayName: z.string().min(1).max(100).exactOptional(),
  /** As a trunk's; phones mostly stand behind NAT. */
  nat: z.boolean().default(true),
  /** media.codecs unless told. */
  codecs: codecsSchema.exactOptional(),
});

/** Which calls go where, and how many. */
export const routingShape = {
  /** Calls at a time, all together. One more is answered 503 with Retry-After: the whole server is busy, not one trunk. */
  maxCalls: z.int().min(1).max(100_000).default(2000),
  /** Where phones' calls to outside numbers go; nowhere unless told. */
  outgoing: z.array(outgoingSchema).max(1000).default([]),
  /** Numbers, called from inside or outside, that no limit turns away. */
  emergencyNumbers: z.array(digits("a number")).max(100).default([]),
} as const;

const unique = <T>(of: (item: T) => string, what: string) => [(items: readonly T[]): boolean => new Set(items.map(of)).size === items.length, `accepted: each ${what} once`] as const;

const settings = z.strictObject({
  sip: sip.prefault({}),
  rtp: rtp.prefault({}),
  media: media.prefault({}),
  recording: recording.prefault({}),
  http: http.prefault({}),
  tts: tts.prefault({}),
  /** Folder of the store, the recordings and the keys; relative to where the server is started. */
  data: z.string().min(1).default("./data"),
  /** Folder of a hospital's own recordings, `<language>/<plugin>/<name>.wav`; relative to the config file. */
  prompts: z.string().min(1).exactOptional(),
  /** File that fills an empty store once; relative to the config file. */
  seed: z.string().min(1).exactOptional(),
  logLevel: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  /** How long running calls may go on after SIGTERM. */
  drainMs: z.int().min(0).max(3_600_000).default(30_000),
  hospital,
  /** Whose dial, ringback and busy tones callers hear: China, the North American plan, Europe. */
  tones: z.enum(TONE_COUNTRIES as [ToneCountry, ...ToneCountry[]]).default("cn"),
  maxCalls: routingShape.maxCalls,
  trunks: z
    .array(trunkSchema)
    .max(1000)
    .default([])
    .refine(...unique<z.output<typeof trunkSchema>>((item) => item.name, "name")),
  outgoing: routingShape.outgoing,
  emergencyNumbers: routingShape.emergencyNumbers,
  vips: z
    .array(vipSchema)
    .max(10_000)
    .default([])
    .refine(...unique<z.infer<typeof vipSchema>>((item) => item.number, "number")),
  phones: z
    .array(phoneSchema)
    .max(10_000)
    .default([])
    .refine(...unique<z.infer<typeof phoneSchema>>((item) => item.extension, "extension")),
  /** By name, in the order they start; the rest is the plugin's own to check. `module` loads one that is not built in; relative to the config file. */
  plugins: z.record(word("a plugin's name"), z.looseObject({ module: z.string().min(1).optional() }).nullable().transform((section) => section ?? {})).default({}),
});

export const configSchema = settings.superRefine((config, context) => {
  for (const { path, message } of referenceFaults({ ...config, numbers: config.hospital.numbers, plugins: Object.keys(config.plugins) })) context.addIssue({ code: "custom", path: [...path], message });
});

export type Frozen<T> = T extends readonly (infer I)[] ? readonly Frozen<I>[] : T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;
export type Config = Frozen<z.output<typeof configSchema>>;
