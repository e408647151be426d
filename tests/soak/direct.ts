import type { MultipartUpload } from "../../mod.ts";
import { PART_BYTES } from "../conformance/suite.ts";
import { bytesOf, type Content, drawLarge, drawSmall } from "./content.ts";
import { check, type SoakOperation } from "./worker.ts";

/** Uploads that bypass the source. */
export const DIRECT: readonly SoakOperation[] = [
  {
    name: "send a prepared upload",
    weight: 3,
    isWithoutProxy: true,
    async run(worker, path) {
      // The sender adds no checksum.
      const content = { ...drawSmall(worker.random), hasChecksum: false };
      const { url, method, headers } = await worker.source.prepareUpload(path, { size: content.size });
      await worker.files.change([[path, content]], () => put(url, { method, headers: { ...headers } }, content));
    },
  },
  {
    name: "resume a multipart upload",
    weight: 0.5,
    isWithoutProxy: true,
    async run(worker, path) {
      const content = drawLarge(worker.random);
      const begun = await worker.source.prepareMultipartUpload(path, {
        size: content.size,
        partSizeBytes: PART_BYTES,
      });
      await sendPart(begun, begun.partCount, content);
      const upload = worker.source.resumeMultipartUpload(JSON.parse(JSON.stringify(begun.state)));
      const there = (await upload.parts()).filter(({ isStored }) => isStored);
      check(there.length === 1 && there[0]?.partNumber === upload.partCount, "a resumed upload has other parts");
      for (let number = 1; number < upload.partCount; number++) await sendPart(upload, number, content);
      const { size } = await worker.files.change([[path, content]], () => upload.complete());
      check(size === content.size, `a resumed upload has ${size} bytes of ${content.size}`);
    },
  },
  {
    name: "abandon a multipart upload",
    weight: 0.5,
    isWithoutProxy: true,
    async run({ source }, path) {
      const upload = await source.prepareMultipartUpload(path, { size: 1 });
      const { url } = await upload.partUrl(1);
      await put(url, { method: "PUT" }, { offset: 0, size: 1 });
    },
  },
  {
    name: "abort a multipart upload",
    weight: 0.5,
    async run({ source }, path) {
      const upload = await source.prepareMultipartUpload(path, { size: 1 });
      await upload.abort();
    },
  },
  {
    name: "abort stale uploads",
    weight: 0.3,
    isWithoutProxy: true,
    async run({ tenant }) {
      const beforeMs = Date.now();
      for (const { startedAt, path } of await tenant.abortStaleUploads({ olderThanSeconds: STALE_SECONDS })) {
        const ageSeconds = (beforeMs - startedAt.getTime()) / 1000;
        // The store's times are whole seconds.
        check(ageSeconds > STALE_SECONDS - 2, `the upload of ${path} was removed after ${ageSeconds} s`);
      }
    },
  },
];

/** Longer than any running upload takes. */
const STALE_SECONDS = 120;

async function sendPart(upload: MultipartUpload, number: number, { offset: start }: Content): Promise<void> {
  const { url, offset, size } = await upload.partUrl(number);
  await put(url, { method: "PUT" }, { offset: start + offset, size });
}

type Piece = Pick<Content, "offset" | "size">;

async function put(url: string, init: RequestInit, content: Piece): Promise<void> {
  const response = await fetch(url, { ...init, body: bytesOf(content) });
  const text = await response.text();
  check(response.ok, `a signed PUT was answered ${response.status} ${text.slice(0, 200)}`);
}
