/** ListObjectsV2's answer. */
export function listing(inner: string, { truncated = false, token = "", encoded = true } = {}): Response {
  return new Response(
    `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
      `${encoded ? "<EncodingType>url</EncodingType>" : ""}<IsTruncated>${truncated}</IsTruncated>` +
      `${token && `<NextContinuationToken>${token}</NextContinuationToken>`}${inner}</ListBucketResult>`,
  );
}

/** A file of it. */
export function contents(key: string): string {
  return `<Contents><Key>${key}</Key><LastModified>2030-01-01T00:00:00.000Z</LastModified>` +
    `<ETag>&quot;t&quot;</ETag><Size>3</Size></Contents>`;
}

/** A request's query. */
export function queryOf(url: string | undefined): Record<string, string> {
  return Object.fromEntries(new URL(url ?? "").searchParams);
}
