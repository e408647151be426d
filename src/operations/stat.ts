import { FileNotFoundError } from "../errors.ts";
import type { Grant } from "../s3/grant.ts";
import { readByteCount } from "../s3/headers.ts";
import { assertFilePath } from "../s3/keys.ts";
import type { FileInfo, SignalOptions } from "../types/files.ts";
import { keyOf, type OperationContext, quote, withGrant } from "./operation_context.ts";
import { readFileInfo, WITH_CHECKSUM } from "./file_info.ts";
import { invalidResponse } from "./invalid_response.ts";

/** Reads a file's facts; `null` if the file does not exist. */
export async function stat(
  context: OperationContext,
  path: string,
  { signal }: SignalOptions = {},
): Promise<FileInfo | null> {
  assertFilePath(path);
  try {
    const { info } = await withGrant(context, (grant) => headObject(context, grant, { path, signal }), signal);
    return info;
  } catch (error) {
    if (error instanceof FileNotFoundError) return null;
    throw error;
  }
}

/**
 * HeadObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 *
 * @param target `action`: `Cannot ${action}` in error messages. Default: that of `stat`.
 * @throws {FileNotFoundError} If the file does not exist.
 */
export async function headObject(
  context: OperationContext,
  grant: Grant,
  { path, action = `stat ${quote(path)}`, query = {}, signal }: {
    path: string;
    action?: string;
    query?: Readonly<Record<string, string>>;
    signal: AbortSignal | undefined;
  },
): Promise<{ info: FileInfo; headers: Headers }> {
  return await context.client.send({
    operation: "HeadObject",
    action,
    path,
    isObjectRead: true,
    method: "HEAD",
    grant,
    key: keyOf(context, grant, path),
    query,
    headers: WITH_CHECKSUM,
    signal,
  }, async (exchange) => {
    await exchange.drain();
    const { headers } = exchange;
    const size = readByteCount(headers.get("content-length"));
    if (size === undefined) throw invalidResponse("it has no Content-Length");
    return { info: readFileInfo(path, headers, size), headers };
  });
}
