import { AccessDeniedError } from "../errors.ts";
import type { Purpose } from "../s3/purpose.ts";
import type { Grant } from "../s3/grant.ts";
import { encodeUriComponent } from "../s3/keys.ts";
import { childElement, childText, type XmlElement } from "../s3/xml/xml.ts";
import { continueWithGrant, keyOf, type OperationContext, quote } from "./operation_context.ts";

/** The original of a copy, and the headers of its HEAD. */
export interface TaggedOriginal {
  readonly from: string;
  readonly headers: Headers;
  readonly purpose: Purpose;
  readonly signal: AbortSignal | undefined;
}

/**
 * The header with the original's tags, which CopyObject copies, but UploadPartCopy does not. AWS counts them in HEAD
 * only for those who may read them, so there they are asked for in any case.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html
 */
export async function taggingHeader(
  context: OperationContext,
  initial: Grant,
  { from, headers, purpose, signal }: TaggedOriginal,
): Promise<Record<string, string>> {
  const isTagged = hasTags(headers);
  if (!isTagged && !context.store.isAws) return {};
  try {
    return await continueWithGrant(context, initial, (grant) =>
      context.client.sendForXml({
        ...purpose,
        operation: "GetObjectTagging",
        method: "GET",
        grant,
        key: keyOf(context, grant, from),
        query: { tagging: "" },
        signal,
      }, ({ root }) => readTags(root)), signal);
  } catch (error) {
    if (isTagged || !(error instanceof AccessDeniedError)) throw error;
    const message = `If ${quote(from)} has tags, its copy has none: the credentials may not read them`;
    context.emit?.({ type: "warning", code: "TagsUnknown", message });
    return {};
  }
}

/** Explains a refusal that may be about the tags of a file. */
export function explainTags(error: unknown, headers: Headers): unknown {
  if (!(error instanceof AccessDeniedError) || !hasTags(headers)) return error;
  const { code, status, path, requestId } = error;
  const reason = "it has tags, which need s3:GetObjectTagging and s3:PutObjectTagging; nothing was copied";
  return new AccessDeniedError(`${error.message}; ${reason}`, { code, status, path, requestId });
}

function hasTags(headers: Headers): boolean {
  return Number(headers.get("x-amz-tagging-count")) > 0;
}

function readTags(root: XmlElement): Record<string, string> {
  const set = childElement(root, "TagSet");
  const tags = (set?.children ?? []).filter(({ name }) => name === "Tag").map((tag) =>
    `${encodeUriComponent(childText(tag, "Key") ?? "")}=${encodeUriComponent(childText(tag, "Value") ?? "")}`
  );
  return tags.length === 0 ? {} : { "x-amz-tagging": tags.join("&") };
}
