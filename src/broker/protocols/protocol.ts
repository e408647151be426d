import { escapeControls } from "../../text/controls.ts";
import type { KeyRequest, ProtocolName, SessionKeys } from "../types.ts";

/** What a caller has sent, in whichever protocol: texts that nothing has checked yet. */
export interface Asked {
  /** A secret or a JWT; empty if there is none. */
  readonly secret: string;
  /** The tenant that is meant. */
  readonly tenant?: string | undefined;
  /** The tenant that is meant if a JWT fits several. */
  readonly tenantIfSeveral?: string | undefined;
  /** The part of the tenant's folder that is enough. */
  readonly prefix?: string | undefined;
  /** The permissions that are enough, as in `read,write`. */
  readonly allow?: string | undefined;
  /** The lifetime that is enough. */
  readonly durationSeconds?: string | undefined;
}

/** Keys for a caller. */
export interface Issued {
  readonly keys: SessionKeys;
  readonly request: KeyRequest;
  /** Identifies the request in the log. */
  readonly requestId: string;
}

/** Reads requests, and writes responses in the form that the protocol's clients understand. */
export interface Protocol {
  readonly name: ProtocolName;
  /** Rejects with a {@link Refusal} if the request is malformed. */
  read(request: Request): Promise<Asked>;
  grant(issued: Issued): Response;
  refuse(refusal: Refusal, requestId: string): Response;
}

/** Why a request is refused: the label of a metric, so there are only these. */
export type RefusalKind =
  | "malformed"
  | "unknown_caller"
  | "ambiguous_tenant"
  | "asked_too_much"
  | "too_many_failures"
  | "unavailable";

/** What a {@link Refusal} has besides its message. */
export interface RefusalOptions {
  readonly status: number;
  /** For programs: as AWS calls it, where AWS has a name for it. */
  readonly code: string;
  readonly kind: RefusalKind;
  /** The reason in the log. Default: the message. */
  readonly logged?: string | undefined;
  /** When another try may succeed. */
  readonly retryAfterSeconds?: number | undefined;
  /** Further headers of the response. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A request that gets no keys. Its message is for the caller. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly kind: RefusalKind;
  readonly logged: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(message: string, { status, code, kind, logged, retryAfterSeconds, headers }: RefusalOptions) {
    super(escapeControls(message));
    this.status = status;
    this.code = code;
    this.kind = kind;
    this.logged = logged ?? this.message;
    this.headers = {
      ...headers,
      ...retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) },
    };
  }
}

/** A request that cannot be read. */
export function malformed(
  message: string,
  { status = 400, code = "ValidationError", headers, logged }: Partial<RefusalOptions> = {},
): Refusal {
  return new Refusal(message, { status, code, kind: "malformed", headers, logged });
}

/** A failure of the broker, or of what it depends on. */
export function unavailable(reason: string, logged: string, retryAfterSeconds = 2): Refusal {
  return new Refusal(`no credentials available: ${reason}`, {
    status: 502,
    code: "ServiceUnavailable",
    kind: "unavailable",
    logged,
    retryAfterSeconds,
  });
}

/** Refuses a caller without trying it. */
export function tooManyFailures(logged: string, retryAfterSeconds: number): Refusal {
  const options = { status: 429, code: "TooManyFailures", kind: "too_many_failures" } as const;
  return new Refusal("too many wrong secrets or tokens; wait before you try again", {
    ...options,
    logged,
    retryAfterSeconds,
  });
}

/** The folder of a grant, as `s3://bucket/prefix/`. */
export function folderOf({ bucket, prefix }: Pick<KeyRequest, "bucket" | "prefix">): string {
  return `s3://${bucket}/${prefix}`;
}

/** A JSON response that must not be stored. */
export function reply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(body, { status, headers: { ...headers, "cache-control": "no-store" } });
}
