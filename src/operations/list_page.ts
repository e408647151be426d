import type { Grant } from "../s3/grant.ts";
import { isUnsupported } from "../s3/unsupported.ts";
import { S3SourceError } from "../errors.ts";
import { NOT_ENCODED, type ObjectPage, readObjectPage } from "../s3/xml/list_xml.ts";
import type { XmlElement } from "../s3/xml/xml.ts";
import { invalidResponse } from "../s3/invalid_response.ts";
import { lazyModule } from "../s3/lazy_module.ts";
import type { LearnedTraits } from "../s3/learned_traits.ts";
import type { OperationContext } from "./operation_context.ts";

/** Which part of a bucket to list. */
export interface PageRequest {
  readonly action: string;
  readonly grant: Grant;
  /** The beginning of the keys. */
  readonly prefix: string;
  readonly recursive: boolean;
  readonly maxKeys: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Requests a page.
 *
 * @param start Where it begins, as the page before says: the store's token behind `.`, for ListObjectsV2, or the end of
 * a key behind `:`, for ListObjects. Default: at the first key.
 */
export async function fetchPage(
  context: OperationContext,
  request: PageRequest,
  start?: string,
): Promise<ObjectPage & { readonly next: string | undefined }> {
  const { traits } = context;
  const rest = start?.slice(1) ?? "";
  if (start === undefined ? !traits.known.listV2 : start.startsWith(":")) {
    const page = await listObjects(context, request, start === undefined ? undefined : request.prefix + rest);
    const listed = withNext(page, request, start);
    // The page before was one of ListObjects, although ListObjectsV2 was asked for.
    if (start !== undefined && listed.next !== start) await learn(traits, "listV2", false);
    return listed;
  }
  try {
    const page = await listObjectsV2(context, request, start);
    const isOther = page.nextMarker !== undefined && traits.known.listV2 && traits.fixedBy("listV2") !== undefined;
    if (isOther) throw invalidResponse("it is truncated without a token for the rest");
    return withNext(page, request, start);
  } catch (error) {
    const isRefused = error instanceof S3SourceError && isUnsupported(error);
    if (!isRefused || start !== undefined || traits.fixedBy("listV2") !== undefined) throw error;
    const page = await listObjects(context, request).catch((second) => {
      throw second instanceof S3SourceError && isUnsupported(second) ? error : second;
    });
    await learn(traits, "listV2", false);
    return withNext(page, request, start);
  }
}

async function learn(traits: LearnedTraits, trait: "listV2" | "encodingType", value: false): Promise<void> {
  (await lessonsModule()).learn(traits, trait, value);
}

const lessonsModule = lazyModule(() => import("../s3/lessons.ts"));

function withNext(
  page: ObjectPage,
  { prefix, recursive }: PageRequest,
  start: string | undefined,
): ObjectPage & { readonly next: string | undefined } {
  const { nextToken, nextMarker } = page;
  if (nextToken !== undefined) return { ...page, next: `.${nextToken}` };
  if (nextMarker === undefined) return { ...page, next: undefined };
  if (!nextMarker.startsWith(prefix)) throw invalidResponse("the rest begins outside the prefix");
  const next = `:${nextMarker.slice(prefix.length)}`;
  // A store may list the folder that is the marker once more, as its files come after it.
  const isRepeated = next === start && !recursive && next.endsWith("/");
  return { ...page, next: isRepeated ? `${next}${LAST_CHARACTER}` : next };
}

const LAST_CHARACTER = "\u{10ffff}";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
function listObjectsV2(
  context: OperationContext,
  request: PageRequest,
  start: string | undefined,
): Promise<ObjectPage> {
  const rest = start?.slice(1) ?? "";
  const begin = start?.startsWith(">") ? { "start-after": request.prefix + rest } : { "continuation-token": rest };
  return send(context, request, {
    operation: "ListObjectsV2",
    query: { "list-type": "2", ...start !== undefined && begin },
  });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
function listObjects(context: OperationContext, request: PageRequest, marker?: string): Promise<ObjectPage> {
  return send(context, request, { operation: "ListObjects", query: { ...marker !== undefined && { marker } } });
}

function send(
  { client, traits }: OperationContext,
  { action, grant, prefix, recursive, maxKeys, signal }: PageRequest,
  { operation, query }: { operation: string; query: Readonly<Record<string, string>> },
): Promise<ObjectPage> {
  return client.sendForText({
    operation,
    action,
    method: "GET",
    grant,
    query: {
      ...query,
      "encoding-type": "url",
      "max-keys": String(maxKeys),
      ...prefix !== "" && { prefix },
      ...!recursive && { delimiter: "/" },
    },
    signal,
  }, async ({ text, parse }) => {
    const page = await readObjectPage(text) ?? refusePage(await parse());
    // Of a later page, nothing may show it: `a+b` can be either.
    if (page.problems.has(NOT_ENCODED)) await learn(traits, "encodingType", false);
    return page;
  });
}

/** @param _root Parsed, as that throws the error of an `<Error>`. */
function refusePage(_root: XmlElement): never {
  throw invalidResponse("it is not a ListBucketResult");
}
