// How the command line reaches a running server: by its HTTP door, with the token from the environment.

export type ServerAccessErrorCode =
  /** RINGWARD_API_TOKEN is not set. */
  | "CLI_TOKEN"
  /** Nothing answers there. */
  | "CLI_UNREACHABLE"
  /** The server answered with a problem; the message is its own. */
  | "CLI_REFUSED";

export class ServerAccessError extends Error {
  override readonly name = "ServerAccessError";
  constructor(
    readonly code: ServerAccessErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface ServerAccess {
  /** JSON of a path below /api/v1. Rejects with ServerAccessError. */
  get(path: string): Promise<unknown>;
}

export interface ServerAccessOptions {
  /** `http://host:port`; the demo's address unless told. */
  readonly url?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const TIMEOUT_MS = 20_000;

export function openServerAccess({ url, environment }: ServerAccessOptions): ServerAccess {
  const token = environment["RINGWARD_API_TOKEN"];
  if (token === undefined || token === "") throw new ServerAccessError("CLI_TOKEN", "set RINGWARD_API_TOKEN to the server's token: it is never a command line's argument, which others could read");
  const base = (url ?? `http://${environment["RINGWARD_HTTP"] ?? "127.0.0.1:8080"}`).replace(/\/+$/, "");
  return {
    get: async (path) => {
      const response = await fetch(`${base}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((cause: unknown) => {
        throw new ServerAccessError("CLI_UNREACHABLE", `no server answers at ${base}; --url names another`, { cause });
      });
      if (response.ok) return response.json();
      const problem = (await response.json().catch(() => undefined)) as { readonly detail?: string; readonly code?: string } | undefined;
      throw new ServerAccessError("CLI_REFUSED", `${base} answered ${response.status}${problem?.detail === undefined ? "" : `: ${problem.detail} (${problem.code ?? ""})`}`);
    },
  };
}
