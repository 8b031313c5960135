// The HTTP door. Under /api/v1 everything asks for the bearer token, also what is not there; /healthz is open, and
// /metrics is open to this machine (it holds counts, no names) and asks others for the token.
import websocket from "@fastify/websocket";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { z } from "zod";
import type { Clock } from "../../protocol/base/clock.js";
import type { Crypto } from "../../protocol/base/crypto.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { randomToken, type Random } from "../../protocol/base/random.js";
import type { Actor, Subject } from "../journal/entry.js";
import type { Journal } from "../journal/journal.js";
import { HttpProblem, type PluginLog } from "../sdk/plugin.js";
import type { Repeatable } from "../plugin-host/any-route.js";
import { holdsPersonalData, type AnyRoute, type StreamRoute } from "./api-route.js";
import { describeApi } from "./openapi.js";
import { SocketClient, type SocketRoute } from "./socket-route.js";
import { HttpFault, issuesOf, makeProblem, PROBLEM_TYPE, type Problem } from "./problem.js";

export interface HttpServerOptions {
  readonly token: string;
  readonly hospital: string;
  readonly version: string;
  /** The core's own and the plugins'; fixed from here on. */
  readonly routes: readonly AnyRoute[];
  readonly streams: readonly StreamRoute[];
  readonly sockets?: readonly SocketRoute[];
  readonly journal: Pick<Journal, "append" | "flush">;
  /** Prometheus' text format and its content type. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly log: PluginLog;
}

/** Who asks, as long as there is one token. */
const ACTOR: Actor = { kind: "administrator", id: "api-token" };
const API = "/api/v1";
const BODY_BYTES_MAX = 64 * 1024;
const PARAM_CHARS_MAX = 200;
const REQUEST_MS_MAX = 30_000;
/** A handler that waits longer is answered for. */
const HANDLE_MS_MAX = 15_000;
const SOCKETS_MAX = 100;
/** Clients of a stream have nothing to say. */
const SOCKET_MESSAGE_BYTES_MAX = 1024;
const LOOPBACK = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);
/** By status, of what never came to a route. */
const UNREADABLE: Readonly<Record<number, string>> = { 400: "the request can't be read; accepted: a body of JSON", 413: `the body is too large; accepted: ${BODY_BYTES_MAX} bytes`, 415: "accepted: a body of JSON, with Content-Type: application/json" };
const QUIET = new Set(["/healthz", "/metrics"]);

type Parsed = { readonly params: Readonly<Record<string, string>>; readonly query: unknown; readonly body: unknown };

/** Visible ASCII. */
const KEY = /^[!-~]{1,128}$/;

export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #app: FastifyInstance;
  #sockets = 0;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#app = fastify({
      logger: false,
      bodyLimit: BODY_BYTES_MAX,
      requestTimeout: REQUEST_MS_MAX,
      routerOptions: { maxParamLength: PARAM_CHARS_MAX },
      forceCloseConnections: true,
      genReqId: () => randomToken(options.random, 12),
    });
    this.#readBodies();
    this.#app.addHook("onRequest", async (request, reply) => this.#admit(request, reply));
    this.#app.addHook("onResponse", async (request, reply) => this.#logAnswer(request, reply));
    this.#app.setErrorHandler((error, request, reply) => this.#refuse(error, request, reply));
    this.#app.setNotFoundHandler((request, reply) => this.#refuse(new HttpFault(404, "HTTP_NOT_FOUND", "nothing is at this path"), request, reply));
    this.#mount();
  }

  /** Resolves with the address in use (port 0 lets the system choose). Rejects with HttpFault "HTTP_LISTEN". */
  async listen(at: Endpoint): Promise<Endpoint> {
    try {
      await this.#app.listen({ host: at.address, port: at.port });
    } catch (cause) {
      const fault = new HttpFault(503, "HTTP_LISTEN", `HTTP can't listen on ${at.address}:${at.port} (${cause instanceof Error && "code" in cause ? String(cause.code) : "refused"})`);
      fault.cause = cause;
      throw fault;
    }
    const bound = this.#app.server.address();
    return bound !== null && typeof bound === "object" ? { address: bound.address, port: bound.port } : at;
  }

  /** A request without a socket: for tests. */
  get inject(): FastifyInstance["inject"] {
    return this.#app.inject.bind(this.#app);
  }

  close(): Promise<void> {
    return this.#app.close();
  }

  /** Many clients name the type of a body that they don't send, as with DELETE. */
  #readBodies(): void {
    const parseJson = this.#app.getDefaultJsonParser("error", "error");
    this.#app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, body, done) => (body === "" ? done(null, undefined) : parseJson(request, body, done)));
  }

  #mount(): void {
    const { routes, streams, sockets = [], version } = this.#options;
    const document = describeApi([...routes, ...sockets.map(({ route }) => route)], streams, version);
    this.#app.register(websocket, { options: { maxPayload: SOCKET_MESSAGE_BYTES_MAX } });
    this.#app.get("/healthz", () => ({ status: "ok" }));
    this.#app.get("/metrics", async (_request, reply) => {
      const { contentType, text } = await this.#options.metrics();
      return reply.type(contentType).send(text);
    });
    this.#app.get(`${API}/openapi.json`, () => document);
    for (const route of routes) this.#mountRoute(route);
    for (const route of streams) this.#mountStream(route);
    // Behind the plugin, which loads with the server's start.
    this.#app.register(async (app) => {
      for (const route of sockets) this.#mountSocket(app, route);
    });
  }

  #mountSocket(app: FastifyInstance, { route, open }: SocketRoute): void {
    const subject: Subject = { kind: "hospital", id: this.#options.hospital };
    app.route({
      method: "GET",
      url: API + route.path,
      handler: this.#handler(route),
      // Before the upgrade, while an answer of HTTP's can still be given.
      preValidation: async (request) => {
        if (!request.ws) return;
        parse(route, request);
        if (this.#sockets >= SOCKETS_MAX) throw new HttpFault(503, "HTTP_SOCKETS", `${SOCKETS_MAX} clients listen already`);
      },
      wsHandler: (socket, request) => {
        const { query } = parse(route, request);
        this.#sockets += 1;
        const { clock, log } = this.#options;
        const onFault = (error: unknown): void => log.error({ requestId: request.id, ...faultOf(error) }, "a stream of events failed");
        void this.#audit(route, subject, {}).catch(onFault);
        new SocketClient({ socket, clock, open: (sink) => open(query, sink), onEnd: () => (this.#sockets -= 1), onFault });
      },
    });
  }

  #mountRoute(route: AnyRoute): void {
    this.#app.route({ method: route.method, url: API + route.path, handler: this.#handler(route) });
  }

  #handler(route: AnyRoute): (request: FastifyRequest) => Promise<unknown> {
    const personal = holdsPersonalData(route.reply);
    const subject: Subject = { kind: "hospital", id: this.#options.hospital };
    return async (request) => {
      const { params, query, body } = parse(route, request);
      const repeatable = route.idempotent === true ? this.#repeatable(route, request) : undefined;
      const answer = await this.#inTime(route.handle({ params, query, body, actor: ACTOR, repeatable } as never));
      const reply = route.reply.parse(answer);
      if (personal) await this.#audit(route, subject, params);
      return reply;
    };
  }

  #mountStream(route: StreamRoute): void {
    this.#app.get(API + route.path, async (request, reply) => {
      const { params } = parse(route, request);
      const stream = await this.#inTime(route.handle({ params, actor: ACTOR }));
      await this.#audit(route, route.subject(params), params);
      return reply.type(route.contentType).send(stream);
    });
  }

  /** The digest is of all that was sent: what a key stands for is not kept in the clear. */
  #repeatable(route: AnyRoute, request: FastifyRequest): Repeatable {
    const key = request.headers["idempotency-key"];
    if (typeof key !== "string" || !KEY.test(key)) throw new HttpFault(400, "HTTP_KEY", "send an Idempotency-Key of 1 to 128 visible ASCII characters, a new one for each request and the same one where it is sent again");
    const sent = JSON.stringify([route.method, route.path, request.params, request.query, request.body ?? null]);
    return { key, digest: Buffer.from(this.#options.crypto.digest("sha256", new TextEncoder().encode(sent))).toString("hex") };
  }

  async #admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.headers({ "x-request-id": request.id, "cache-control": "no-store", "x-content-type-options": "nosniff" });
    const path = request.url.split("?", 1)[0]!;
    if (path === "/healthz" || (path === "/metrics" && LOOPBACK.has(request.ip))) return;
    if (!this.#knows(request.headers.authorization)) {
      reply.header("www-authenticate", "Bearer");
      throw new HttpFault(401, "HTTP_UNAUTHORIZED", "send the API's token: Authorization: Bearer ...");
    }
  }

  /** By digests, so that neither content nor length shows in the time that it takes. */
  #knows(authorization: string | undefined): boolean {
    const sent = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
    const { crypto, token } = this.#options;
    const digest = (text: string): Uint8Array => crypto.digest("sha256", new TextEncoder().encode(text));
    return crypto.equal(digest(sent), digest(token)) && sent !== "";
  }

  /** Before it is told: who read what of whom. */
  async #audit(route: { readonly method: string; readonly path: string }, subject: Subject, params: Readonly<Record<string, unknown>>): Promise<void> {
    const { journal, hospital } = this.#options;
    journal.append({ type: "audit.read", v: 1, hospital, subject, actor: ACTOR, data: { what: `${route.method} ${API}${route.path}`, params } });
    await journal.flush();
  }

  async #inTime<T>(answer: Promise<T>): Promise<T> {
    let cancel = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.#options.clock.after(HANDLE_MS_MAX, () => reject(new HttpFault(503, "HTTP_TIMEOUT", "it took too long")));
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      cancel();
    }
  }

  #refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const problem = problemOf(error, request.id);
    if (problem.status >= 500) this.#options.log.error({ requestId: request.id, route: routeOf(request), code: problem.code, ...faultOf(error) }, "a request failed");
    return reply.status(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
  }

  #logAnswer(request: FastifyRequest, reply: FastifyReply): void {
    // An upgrade that was refused: its socket is no longer HTTP's, so nobody else closes it.
    if (request.headers.upgrade !== undefined) request.raw.socket.destroy();
    const route = routeOf(request);
    if (QUIET.has(route)) return;
    // The route, not the URL: a URL holds card numbers.
    this.#options.log.info({ requestId: request.id, method: request.method, route, status: reply.statusCode, durationMs: Math.round(reply.elapsedTime) }, "request");
  }
}

const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? "unknown";

class ParameterFault extends Error {
  constructor(readonly issues: NonNullable<Problem["errors"]>) {
    super("parameters are not accepted");
  }
}

function parse(route: { readonly params?: z.ZodType; readonly query?: z.ZodType; readonly body?: z.ZodType }, request: FastifyRequest): Parsed {
  const check = (schema: z.ZodType | undefined, value: unknown): unknown => {
    const checked = (schema ?? z.object({})).safeParse(value);
    if (checked.success) return checked.data;
    throw new ParameterFault(issuesOf(checked.error));
  };
  return { params: check(route.params, request.params) as Parsed["params"], query: check(route.query, request.query), body: route.body === undefined ? undefined : check(route.body, request.body) };
}

function problemOf(error: unknown, requestId: string): Problem {
  if (error instanceof ParameterFault) return makeProblem({ status: 400, code: "HTTP_INVALID", detail: "a parameter is not accepted" }, requestId, error.issues);
  if (error instanceof HttpFault || error instanceof HttpProblem) return makeProblem({ status: error.status, code: error.code, detail: error.message }, requestId);
  const status = error instanceof Error && "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500;
  if (status >= 400 && status < 500) return makeProblem({ status, code: "HTTP_REQUEST", detail: UNREADABLE[status] ?? "the request can't be read" }, requestId);
  return makeProblem({ status: 500, code: "HTTP_INTERNAL", detail: "a fault of the server; its log has more under the request's id" }, requestId);
}

/** Name and place; a message may repeat what somebody typed. */
function faultOf(error: unknown): { readonly fault: string; readonly at: string } {
  if (!(error instanceof Error)) return { fault: typeof error, at: "" };
  return { fault: error.name, at: (error.stack ?? "").split("\n").filter((line) => line.trimStart().startsWith("at ")).slice(0, 5).map((line) => line.trim()).join("; ") };
}
