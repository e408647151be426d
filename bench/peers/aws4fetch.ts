import { AwsClient } from "aws4fetch";
import { bodyOf, type Connect, REGION } from "../peer.ts";

/** https://www.npmjs.com/package/aws4fetch signs requests for `fetch`; the rest is up to its user. */
export const connect: Connect = ({ endpointUrl, bucket, accessKeyId, secretAccessKey }) => {
  const client = new AwsClient({ accessKeyId, secretAccessKey, region: REGION, service: "s3" });

  async function send(key: string, init?: RequestInit): Promise<Response> {
    const response = await client.fetch(`${endpointUrl}/${bucket}/${key}`, init);
    if (!response.ok) throw new Error(`Answered with ${response.status}: ${await response.text()}`);
    return response;
  }

  return {
    stat: async (key) => (await send(key, { method: "HEAD" })).headers.get("content-length"),
    read: async (key) => (await send(key)).arrayBuffer(),
    async upload(key, bytes) {
      const response = await send(key, { method: "PUT", body: bytes });
      await response.body?.cancel();
    },
    async signUrl(key) {
      const url = `${endpointUrl}/${bucket}/${key}?X-Amz-Expires=300`;
      return (await client.sign(url, { aws: { signQuery: true } })).url;
    },
    download: async (key) => bodyOf(await send(key)),
  };
};
