import { createHash } from "node:crypto";
import { assert, assertEquals } from "@std/assert";
import type { Scene, Stage } from "./stage.ts";

/** What uploads do in a page, for the tests of several files. */

/** The field for files, in the menu of the top bar. */
export const FILE_FIELD = ".upload-menu input[type=file]";

/** A folder of this machine with these files in it; removed behind the test. */
export async function localFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  act: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [path, body] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeFile(`${folder}/${path}`, typeof body === "string" ? new TextEncoder().encode(body) : body);
    }
    await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Drops files or folders of this machine in the middle of the page. */
export async function drop({ session }: Scene, paths: readonly string[]): Promise<void> {
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, x: 600, y: 400, data });
  }
}

/** Makes the page's connections send this many bytes a second; absent: as fast as they can. */
export async function limitSpeed({ session }: Scene, bytesPerSecond = -1): Promise<void> {
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond,
  });
}

/** Waits until the first bar has come this far, in percent. */
export async function untilBarAt({ until }: Scene, percent: number): Promise<void> {
  await until(`Number(document.querySelector("[role=progressbar]")?.ariaValueNow) >= ${percent}`);
}

/** Waits until nothing is on its way, and everything was stored. */
export async function untilUploaded({ until }: Scene, count: number): Promise<void> {
  await until(
    `document.querySelector(".tray-summary")?.textContent === "${count} file${count === 1 ? "" : "s"} uploaded"`,
  );
}

/** Waits until the table shows these names: what was stored appears a moment later. */
export async function untilListed({ until }: Scene, names: readonly string[]): Promise<void> {
  const shown = "[...document.querySelectorAll('#files tbody .name bdi')].map((name) => name.textContent)";
  await until(`JSON.stringify(${shown}) === ${JSON.stringify(JSON.stringify(names))}`);
}

/** Waits for what no page tells. */
export async function eventually(check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!await check()) {
    assert(Date.now() < deadline, "it did not become so in 30 seconds");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Fails unless a stored file has these bytes. */
export async function assertStored({ source }: Scene, path: string, bytes: Uint8Array): Promise<void> {
  const { body } = await source.stream(path);
  const stored = createHash("sha256");
  for await (const chunk of body) stored.update(chunk);
  assertEquals(stored.digest("hex"), createHash("sha256").update(bytes).digest("hex"));
}

/** Fails unless nothing of an unfinished upload is in the store, or soon will not be. */
export async function assertNothingLeft({ seaweedFs }: Stage, { prefix, stored }: Scene): Promise<void> {
  await eventually(async () => (await seaweedFs.listUploads(prefix)).length === 0);
  assertEquals(await stored(), []);
}
