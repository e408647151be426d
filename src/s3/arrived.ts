import { S3SourceError } from "../errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Grant } from "./grant.ts";
import { lazyModule } from "./lazy_module.ts";
import type { S3Request } from "./s3_request.ts";

/** Receives a response; cancels it if that fails. */
export async function receiveOrCancel<T>(
  exchange: Exchange,
  sent: S3Request,
  receive: (exchange: Exchange, sent: S3Request) => Promise<T>,
): Promise<T> {
  try {
    return await receive(exchange, sent);
  } catch (error) {
    await exchange.cancel();
    throw await withArrived(error, exchange, sent.grant);
  }
}

/** Adds to an `InvalidResponse` what arrived: status, media type and, if it was read, the beginning of the body. */
export async function withArrived(
  error: unknown,
  exchange: Pick<Exchange, "status" | "headers">,
  { credentials: { secretAccessKey, sessionToken } }: Pick<Grant, "credentials">,
  body?: string,
): Promise<unknown> {
  if (!(error instanceof S3SourceError) || error.code !== "InvalidResponse" || error.status !== undefined) return error;
  const { describeArrived } = await describing();
  return describeArrived(error, exchange, { secrets: [secretAccessKey, sessionToken], body });
}

const describing = lazyModule(() => import("./readable_text.ts"));
