import { ServiceError } from "../errors.ts";
import type { Purpose } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import { type ListedPart, type PartsPage, readPartsPage } from "../s3/xml/multipart_xml.ts";
import type { OperationContext } from "./context.ts";
import { createPageGuard } from "./page_guard.ts";
import { MAX_PARTS } from "./part_plan.ts";

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
  const pages = createPageGuard(purpose.action);
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
    pages.add(page.parts.length, page.nextMarker === undefined ? undefined : String(page.nextMarker));
    if (parts.length > MAX_PARTS) {
      const reason = `the store lists more than ${MAX_PARTS} parts`;
      throw new ServiceError(`Cannot ${purpose.action}: ${reason}`, { code: "InvalidResponse" });
    }
    marker = page.nextMarker;
  }
  return parts.sort((a, b) => a.partNumber - b.partNumber);
}
