import { createHash } from "node:crypto";
import { assert, assertEquals } from "@std/assert";
import type { Scene, Stage } from "./stage.ts";

/** The file field in the menu of the top bar. */
export const FILE_FIELD = ".upload-menu input[type=file]";

/** Creates a temporary folder with these files. */
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

/** Drops local files or folders in the middle of the page. */
export async function drop({ session }: Scene, paths: readonly string[]): Promise<void> {
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, x: 600, y: 400, data });
  }
}

/** Limits the upload rate of the page. Default: no limit. */
export async function limitSpeed({ session }: Scene, bytesPerSecond = -1): Promise<void> {
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond,
  });
}

/** Waits until the first progress bar reaches this percentage. */
export async function untilBarAt({ until }: Scene, percent: number): Promise<void> {
  await until(`Number(document.querySelector("[role=progressbar]")?.ariaValueNow) >= ${percent}`);
}

/** Waits until this many files are uploaded. */
export async function untilUploaded({ until }: Scene, count: number): Promise<void> {
  await until(
    `document.querySelector(".tray-summary")?.textContent === "${count} file${count === 1 ? "" : "s"} uploaded"`,
  );
}

/** Waits until the table shows these names, which takes a moment after an upload. */
export async function untilListed({ until }: Scene, names: readonly string[]): Promise<void> {
  const shown = "[...document.querySelectorAll('#files tbody .name bdi')].map((name) => name.textContent)";
  await until(`JSON.stringify(${shown}) === ${JSON.stringify(JSON.stringify(names))}`);
}

/** Waits until a check succeeds. */
export async function eventually(check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!await check()) {
    assert(Date.now() < deadline, "the check did not succeed within 30 seconds");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Asserts that a stored file has these bytes. */
export async function assertStored({ source }: Scene, path: string, bytes: Uint8Array): Promise<void> {
  const { body } = await source.stream(path);
  const stored = createHash("sha256");
  for await (const chunk of body) stored.update(chunk);
  assertEquals(stored.digest("hex"), createHash("sha256").update(bytes).digest("hex"));
}

/** Asserts that nothing is stored, and no unfinished upload remains. */
export async function assertNothingLeft({ seaweedFs }: Stage, { prefix, stored }: Scene): Promise<void> {
  await eventually(async () => (await seaweedFs.listUploads(prefix)).length === 0);
  assertEquals(await stored(), []);
}
