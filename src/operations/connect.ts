import type { Grant } from "../s3/grant.ts";
import type { S3Connection, SignalOptions } from "../types/files.ts";
import { type OperationContext, prefixOf } from "./operation_context.ts";

/** Obtains credentials. */
export async function connect(context: OperationContext, { signal }: SignalOptions = {}): Promise<S3Connection> {
  return describeConnection(context, await context.grants.get({ signal }));
}

/** The bucket, folder and endpoint of a grant. */
export function describeConnection(context: OperationContext, grant: Grant): S3Connection {
  const { bucket, expiration } = grant;
  return {
    bucket,
    prefix: prefixOf(context, grant),
    ...context.store.locate(bucket),
    expiresAt: Number.isFinite(expiration) ? new Date(expiration) : null,
  };
}
