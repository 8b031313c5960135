// The API's bearer token: given by the environment, else made once and kept beside the store.
import { join } from "node:path";
import { isLoopback } from "../../core/config/address.js";
import { readPrivateFile, writePrivateFile } from "../../core/crypto/private-file.js";
import { formatEndpoint, type Endpoint } from "../../protocol/base/endpoint.js";
import { randomToken, type Random } from "../../protocol/base/random.js";
import { ServerError } from "./error.js";

export interface ApiToken {
  readonly token: string;
  /** The file that it was written to just now: told once. */
  readonly madeIn?: string;
}

/** 160 bits. */
const TOKEN_LENGTH = 32;
const OUTSIDE_LENGTH_MIN = 16;

/** @throws ServerError "SERVER_TOKEN", "SERVER_DATA" */
export function apiToken(given: string | undefined, where: { readonly dataFolder: string; readonly random: Random; readonly http: Endpoint }): ApiToken {
  const token = given ?? "";
  if (token === "") return keptToken(where.dataFolder, where.random);
  if (/[^\x21-\x7e]/.test(token)) throw new ServerError("SERVER_TOKEN", "environment RINGWARD_API_TOKEN holds blanks or letters that no header can; accepted: visible ASCII");
  if (token.length < OUTSIDE_LENGTH_MIN && !isLoopback(where.http.address))
    throw new ServerError("SERVER_TOKEN", `environment RINGWARD_API_TOKEN is too short while http.listen is ${formatEndpoint(where.http)}; accepted: at least ${OUTSIDE_LENGTH_MIN} characters, or 127.0.0.1`);
  return { token };
}

function keptToken(dataFolder: string, random: Random): ApiToken {
  const file = join(dataFolder, "api-token");
  try {
    const kept = readToken(file);
    if (kept !== undefined) return { token: kept };
    const token = randomToken(random, TOKEN_LENGTH);
    writePrivateFile(file, `${token}\n`);
    return { token, madeIn: file };
  } catch (error) {
    if (error instanceof ServerError) throw error;
    throw new ServerError("SERVER_DATA", `data: the API's token can't be kept in ${file}: ${(error as Error).message}`, { cause: error });
  }
}

function readToken(file: string): string | undefined {
  const text = readPrivateFile(file)?.trim();
  if (text === undefined) return undefined;
  if (!/^[a-z2-7]{32}$/.test(text)) throw new ServerError("SERVER_TOKEN", `${file} holds no token of ours; accepted: RINGWARD_API_TOKEN, or no such file, so that a new one is made`);
  return text;
}
