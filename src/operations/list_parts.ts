import { ServiceError } from "../errors.ts";
import type { Purpose } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import { type ListedPart, type PartsPage, readPartsPage } from "../s3/multipart_xml.ts";
import type { OperationContext } from "./context.ts";

/** All parts that the store has of an upload. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export async function listParts(
  context: OperationContext,
  grant: Grant,
  { purpose, key, uploadId, signal }: {
    purpose: Purpose;
    key: string;
    uploadId: string;
    signal: AbortSignal | undefined;
  },
): Promise<ListedPart[]> {
  const parts: ListedPart[] = [];
  let marker: number | undefined = 0;
  while (marker !== undefined) {
    const page: PartsPage = await context.client.sendForXml({
      ...purpose,
      operation: "ListParts",
      method: "GET",
      grant,
      key,
      query: { uploadId, ...marker > 0 && { "part-number-marker": String(marker) } },
      signal,
    }, ({ root }) => readPartsPage(root));
    parts.push(...page.parts);
    if (page.nextMarker !== undefined && page.nextMarker <= marker) {
      throw new ServiceError(`Cannot ${purpose.action}: the store repeats a page`, { code: "InvalidResponse" });
    }
    marker = page.nextMarker;
  }
  return parts.sort((a, b) => a.partNumber - b.partNumber);
}
