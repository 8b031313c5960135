// Every answer other than 2xx, in RFC 9457's form, with a code that docs/errors.md explains.
import { z } from "zod";

export type HttpErrorCode =
  /** No bearer token, or a wrong one. */
  | "HTTP_UNAUTHORIZED"
  /** Nothing is at this path, or no such row. */
  | "HTTP_NOT_FOUND"
  /** A parameter is not accepted; `errors` says which. */
  | "HTTP_INVALID"
  /** An Idempotency-Key is missing, or none that is accepted. */
  | "HTTP_KEY"
  /** The Idempotency-Key was sent before with another request. */
  | "HTTP_KEY_REUSED"
  /** `cursor` is none that a list gave. */
  | "HTTP_CURSOR"
  /** The request can't be read: too large, or no JSON. */
  | "HTTP_REQUEST"
  /** More clients listen than are served. */
  | "HTTP_SOCKETS"
  /** It took too long. */
  | "HTTP_TIMEOUT"
  /** A fault of the server; the log has more under the request's id. */
  | "HTTP_INTERNAL"
  /** The address that HTTP is to listen on can't be had. */
  | "HTTP_LISTEN";

export const problemSchema = z.object({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  /** The request's id, as the log has it. */
  instance: z.string(),
  errors: z.array(z.object({ path: z.string(), issue: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

export const PROBLEM_TYPE = "application/problem+json";

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** A fault that the server itself answers with; plugins throw the SDK's HttpProblem. */
export class HttpFault extends Error {
  override readonly name = "HttpFault";
  constructor(
    readonly status: number,
    readonly code: HttpErrorCode,
    detail: string,
  ) {
    super(detail);
  }
}

export const makeProblem = (fault: { readonly status: number; readonly code: string; readonly detail: string }, requestId: string, errors?: Problem["errors"]): Problem => ({
  type: "about:blank",
  title: TITLES[fault.status] ?? "Error",
  status: fault.status,
  code: fault.code,
  detail: fault.detail,
  instance: requestId,
  ...(errors === undefined ? {} : { errors }),
});

/** Where and what, never the value that was sent. */
export const issuesOf = (error: z.ZodError): NonNullable<Problem["errors"]> => error.issues.map((issue) => ({ path: issue.path.map(String).join(".") || ".", issue: issue.code }));
