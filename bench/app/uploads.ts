import { createS3Source } from "@files/s3-source";
import type { StoreConfig } from "../peer.ts";
import { configOf, type Server, SERVER_NAMES } from "./servers.ts";

/** The ways of an upload; `module` has no server in between. */
export const UPLOADER_NAMES = [...SERVER_NAMES, "module"] as const;
export type UploaderName = typeof UPLOADER_NAMES[number];

export type Bytes = Uint8Array<ArrayBuffer>;

/** As in the app's own pages. */
const PARTS_AT_A_TIME = 3;
const PART_BYTES = 16 * 1024 * 1024;

/** Uploads a file as the app's pages send it where the store cannot be reached: in parts, through the app. */
export async function uploadToApp({ origin }: Server, path: string, bytes: Bytes): Promise<void> {
  const post = async (action: string, json: object) => {
    const response = await fetch(`${origin}/-/files/upload/media/-/${action}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(json),
    });
    if (!response.ok) throw new Error(`${action} answered ${response.status}: ${await response.text()}`);
    return await response.json();
  };
  const { upload_token, parts } = await post("prepare", {
    filename: path,
    size: bytes.byteLength,
    folder: "",
    path,
    on_collision: "replace",
    direct: false,
  });
  const numbers = Array.from({ length: parts.count }, (_, index) => index + 1);
  const { urls } = await post("part-urls", { upload_token, numbers });
  const queue = urls.values();
  await Promise.all(Array.from({ length: PARTS_AT_A_TIME }, async () => {
    for (const { url, offset, size } of queue) {
      const response = await fetch(origin + url, { method: "PUT", body: bytes.subarray(offset, offset + size) });
      if (!response.ok) throw new Error(`a part answered ${response.status}: ${await response.text()}`);
      await response.body?.cancel();
    }
  }));
  await post("complete", { upload_token });
}

/** Uploads a file to the bare handler as one stream. */
export async function uploadToBare({ origin }: Server, path: string, bytes: Bytes): Promise<void> {
  const response = await fetch(`${origin}/upload?path=${path}`, { method: "PUT", body: bytes });
  if (!response.ok) throw new Error(`the upload answered ${response.status}`);
  await response.body?.cancel();
}

/** Uploads a file straight to the store, in the parts of the app. */
export async function uploadWithModule(store: StoreConfig, path: string, bytes: Bytes): Promise<void> {
  const source = createS3Source(configOf(store), {
    upload: { partSizeBytes: PART_BYTES, concurrency: PARTS_AT_A_TIME },
  });
  await source.upload(path, new Blob([bytes]));
}
