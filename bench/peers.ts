import type { PeerName, WorkName } from "./names.ts";

/** A client in the table of peers. */
export interface PeerFacts {
  /** Its common name. */
  readonly title: string;
  /** Its packages, as `deno.json` names them. */
  readonly packages: readonly string[];
  /** Their licence. */
  readonly licence: string;
  /** Whether it is part of Bun. */
  readonly isBunOnly?: boolean;
  /** The works it does not take part in, and why. */
  readonly cannot: Partial<Record<WorkName, string>>;
}

const ONLY_OURS = "measures this module only";
const OURS: Partial<Record<WorkName, string>> = {
  "walk-parallel": "it lists one page after another",
  credentials: ONLY_OURS,
  "upload-unhashed": "hashes no whole file anyway: see upload-large",
  "upload-huge": ONLY_OURS,
  "download-huge": ONLY_OURS,
  "slow-reader": ONLY_OURS,
};
const NO_XML = "it signs and sends, and has no part in what the answer says";
const NOT_AGAIN = "measured with its default handler";

/** All clients. */
export const PEERS: Readonly<Record<PeerName, PeerFacts>> = {
  "s3-source": { title: "this module", packages: [], licence: "Apache-2.0", cannot: {} },
  floor: {
    title: "plain fetch of presigned URLs",
    packages: [],
    licence: "",
    cannot: {
      credentials: ONLY_OURS,
      "walk-parallel": "a page has the token of the next",
      sign: "its URLs are signed beforehand",
      bundle: "it is part of the runtime",
    },
  },
  s3mini: { title: "s3mini", packages: ["s3mini"], licence: "MIT", cannot: OURS },
  aws4fetch: {
    title: "aws4fetch",
    packages: ["aws4fetch"],
    licence: "MIT",
    cannot: { ...OURS, list: NO_XML, "list-40": NO_XML, walk: NO_XML, "upload-large": "it has no multipart upload" },
  },
  "s3-lite": {
    title: "s3-lite-client",
    packages: ["@bradenmacdonald/s3-lite-client"],
    licence: "MIT",
    cannot: OURS,
  },
  "aws-sdk": {
    title: "AWS SDK, lib-storage, presigner",
    packages: ["@aws-sdk/client-s3", "@aws-sdk/lib-storage", "@aws-sdk/s3-request-presigner"],
    licence: "Apache-2.0",
    cannot: OURS,
  },
  "aws-sdk-fetch": {
    title: "the same on its fetch handler",
    packages: ["@smithy/fetch-http-handler"],
    licence: "Apache-2.0",
    cannot: {
      ...OURS,
      sign: NOT_AGAIN,
      bundle: NOT_AGAIN,
      list: NOT_AGAIN,
      "list-40": NOT_AGAIN,
      walk: NOT_AGAIN,
      cold: NOT_AGAIN,
    },
  },
  "bun-s3": {
    title: "Bun.S3Client",
    packages: [],
    licence: "MIT",
    isBunOnly: true,
    cannot: { ...OURS, bundle: "it is part of the runtime" },
  },
};
