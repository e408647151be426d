import { AwsV4Signer } from "aws4fetch";
import { bodyOf, CONCURRENCY, type Connect, PART_SIZE_BYTES, REGION } from "../peer.ts";
import { collectParts } from "../bodies.ts";

/** Plain `fetch` of presigned URLs. Each is signed once, if possible before the measurement. */
export const connect: Connect = ({ endpointUrl, bucket, accessKeyId, secretAccessKey, signedReadUrl }) => {
  const signingKeys = new Map<string, ArrayBuffer>();
  const signedUrls = new Map<string, string>();

  async function sign(method: string, path: string): Promise<string> {
    const url = `${endpointUrl}/${bucket}${path}`;
    const keys = { accessKeyId, secretAccessKey, cache: signingKeys };
    const signer = new AwsV4Signer({ method, url, ...keys, region: REGION, service: "s3", signQuery: true });
    return String((await signer.sign()).url);
  }

  async function signOnce(method: string, path: string): Promise<string> {
    const known = signedUrls.get(method + path);
    if (known !== undefined) return known;
    const url = await sign(method, path);
    signedUrls.set(method + path, url);
    return url;
  }

  async function send(method: string, url: string, body?: BodyInit): Promise<Response> {
    const response = await fetch(url, { method, ...body !== undefined && { body } });
    if (!response.ok) throw new Error(`${method} was answered with ${response.status}: ${await response.text()}`);
    return response;
  }

  return {
    async stat(key) {
      const { headers } = await send("HEAD", await signOnce("HEAD", `/${key}`));
      return headers.get("content-length");
    },
    async read(key) {
      const url = signedReadUrl ?? await signOnce("GET", `/${key}`);
      return (await send("GET", url)).arrayBuffer();
    },
    async upload(key, bytes) {
      const response = await send("PUT", await signOnce("PUT", `/${key}`), bytes);
      await response.body?.cancel();
    },
    async list(prefix) {
      const path = `?list-type=2&max-keys=1000&prefix=${encodeURIComponent(prefix)}`;
      await (await send("GET", await signOnce("GET", path))).text();
      return undefined;
    },
    async walk(prefix, onFiles) {
      const path = `?list-type=2&prefix=${encodeURIComponent(prefix)}`;
      for (let next = path; next !== "";) {
        const text: string = await (await send("GET", await sign("GET", next))).text();
        onFiles(Number(/<KeyCount>(\d+)</.exec(text)?.[1]));
        const token = /<NextContinuationToken>([^<]+)</.exec(text)?.[1];
        next = token === undefined ? "" : `${path}&continuation-token=${encodeURIComponent(token)}`;
      }
    },
    async uploadStream(key, body) {
      const begun = await (await send("POST", await sign("POST", `/${key}?uploads=`))).text();
      const uploadId = encodeURIComponent(/<UploadId>([^<]+)</.exec(begun)?.[1] ?? "");
      const etags: string[] = [];
      const parts = collectParts(body, PART_SIZE_BYTES);
      await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
        for await (const { number, bytes } of parts) {
          const url = await sign("PUT", `/${key}?partNumber=${number}&uploadId=${uploadId}`);
          const response = await send("PUT", url, bytes);
          etags[number - 1] = response.headers.get("etag") ?? "";
          await response.body?.cancel();
        }
      }));
      const list = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
      const xml = `<CompleteMultipartUpload>${list.join("")}</CompleteMultipartUpload>`;
      await (await send("POST", await sign("POST", `/${key}?uploadId=${uploadId}`), xml)).text();
    },
    download: async (key) => bodyOf(await fetch(await signOnce("GET", `/${key}`))),
  };
};
