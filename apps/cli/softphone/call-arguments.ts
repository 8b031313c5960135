// `ringward call`'s own options, without effects.
import { parseListen } from "../../../core/config/address.js";
import { AUDIO_FORMATS, type AudioCodecName } from "../../../protocol/sdp/audio-format.js";
import type { Endpoint } from "../../../protocol/base/endpoint.js";

export interface CallCommand {
  readonly command: "call";
  /** Where to: the user part and where its SIP listens; absent with `answer`. */
  readonly target?: { readonly number: string; readonly at: Endpoint };
  /** Takes one call instead of placing one. */
  readonly answer: boolean;
  readonly listen: Endpoint;
  readonly from: string;
  /** Keys and pauses, see `KEYS_HELP`. */
  readonly keys: string;
  readonly record?: string;
  /** The only one; PCMA and PCMU unless told. */
  readonly codec?: AudioCodecName;
  /** Hangs up so long after the answer; never, unless told. */
  readonly hangUpAfterMs?: number;
}

const CODEC_NAMES = Object.keys(AUDIO_FORMATS).join(", ");

export const CALL_USAGE = `  call sip:NUMBER@ADDRESS[:PORT]  place a call and say what happens
    --keys KEYS         press 0-9, * and # once it is answered; a comma waits a second
    --record FILE       write what is heard to a WAV
    --hang-up-after S   hang up so many seconds after the answer
    --from NUMBER       number to call from (softphone)
    --codec NAME        the only one offered or answered (PCMA and PCMU): ${CODEC_NAMES}
    --listen HOST:PORT  own SIP address (127.0.0.1:0, any free port)
    --answer            take one call instead of placing one
`;

const KEYS_MAX = 500;
const SECONDS_MAX = 86_400;

/** A string says what is wrong. @param words what follows `call` */
export function parseCallArguments(words: readonly string[]): CallCommand | string {
  const found: { -readonly [K in keyof CallCommand]: CallCommand[K] } = { command: "call", answer: false, listen: { address: "127.0.0.1", port: 0 }, from: "softphone", keys: "" };
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "--answer") found.answer = true;
    else if (word.startsWith("--")) {
      const [name, value] = word.includes("=") ? [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)] : [word, words[++i]];
      const read = OPTIONS[name];
      if (read === undefined) return `unknown option ${name}`;
      const fault = value === undefined ? `${name} needs a value` : read(found, value);
      if (fault !== undefined) return fault;
    } else if (found.target !== undefined) return `unexpected ${JSON.stringify(word)}`;
    else {
      const target = parseTarget(word);
      if (target === undefined) return `${JSON.stringify(word)} is nobody to call; accepted: sip:NUMBER@ADDRESS[:PORT] with a numeric address`;
      found.target = target;
    }
  }
  if (found.answer === (found.target !== undefined)) return found.answer ? "--answer takes a call, it does not place one" : "somebody to call is missing, or --answer";
  return found;
}

type Found = { -readonly [K in keyof CallCommand]: CallCommand[K] };

/** Each sets one thing, or returns what is wrong. */
const OPTIONS: Readonly<Record<string, (found: Found, value: string) => string | undefined>> = {
  "--keys": (found, value) => {
    if (!/^[0-9*#,]*$/.test(value) || value.length > KEYS_MAX) return `--keys takes 0-9, *, # and commas, at most ${KEYS_MAX}`;
    found.keys = value;
    return undefined;
  },
  "--record": (found, value) => {
    found.record = value;
    return undefined;
  },
  "--hang-up-after": (found, value) => {
    const seconds = Number(value);
    if (!(seconds > 0 && seconds <= SECONDS_MAX)) return `--hang-up-after takes seconds, more than 0 and at most ${SECONDS_MAX}`;
    found.hangUpAfterMs = seconds * 1000;
    return undefined;
  },
  "--from": (found, value) => {
    if (!/^[A-Za-z0-9+._-]{1,64}$/.test(value)) return "--from takes a number or a name of letters, digits, +, ., _ and -";
    found.from = value;
    return undefined;
  },
  "--codec": (found, value) => {
    const format = Object.values(AUDIO_FORMATS).find(({ codec }) => codec.toLowerCase() === value.toLowerCase());
    if (format === undefined) return `--codec takes ${CODEC_NAMES}`;
    found.codec = format.codec;
    return undefined;
  },
  "--listen": (found, value) => {
    const listen = parseListen(value);
    if (listen === undefined) return "--listen takes host:port with a numeric address, e.g. 127.0.0.1:5062";
    found.listen = listen;
    return undefined;
  },
};

function parseTarget(text: string): { readonly number: string; readonly at: Endpoint } | undefined {
  const match = /^sip:([A-Za-z0-9+*#._-]{1,64})@([^@]+)$/.exec(text);
  const host = match?.[2];
  if (host === undefined) return undefined;
  const at = parseListen(/:\d+$/.test(host) ? host : `${host}:5060`);
  return at === undefined || at.port === 0 ? undefined : { number: match![1]!, at };
}
