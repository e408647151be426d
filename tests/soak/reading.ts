import type { FileStream, ListPage, S3Source } from "../../mod.ts";
import { collect } from "../conformance/suite.ts";
import type { Content } from "./content.ts";
import { check, checkBytes, checkRefused, drawNumber, type SoakOperation, type Worker } from "./worker.ts";

/** Operations that change nothing. */
export const READING: readonly SoakOperation[] = [
  {
    name: "stat",
    weight: 12,
    async run({ source, files }, path) {
      const info = await source.stat(path);
      check(info?.size === files.get(path)?.size, `stat found ${info?.size} bytes, not ${files.get(path)?.size}`);
    },
  },
  {
    name: "read",
    weight: 14,
    run: (worker, path) =>
      ofFile(worker, path, (source) => source.read(path), (bytes, content) => checkBytes(bytes, content, "read")),
  },
  {
    name: "read at most",
    weight: 3,
    async run({ source, files, random }, path) {
      const size = files.get(path)?.size ?? 0;
      if (size === 0) return;
      const maxBytes = drawNumber(random, 0, size);
      await checkRefused(() => source.read(path, { maxBytes }), "FileTooLargeError");
    },
  },
  {
    name: "read a range",
    weight: 7,
    async run(worker, path) {
      const { range, piece } = drawRange(worker, path);
      if (piece === undefined) return;
      checkBytes(await worker.source.read(path, { range }), piece, "a range");
    },
  },
  {
    name: "stream",
    weight: 10,
    run: (worker, path) =>
      ofFile(
        worker,
        path,
        async (source) => await toBytes(await source.stream(path)),
        (bytes, content) => checkBytes(bytes, content, "stream"),
      ),
  },
  {
    name: "stream a range",
    weight: 5,
    async run(worker, path) {
      const { range, piece } = drawRange(worker, path);
      if (piece === undefined) return;
      checkBytes(await toBytes(await worker.source.stream(path, { range })), piece, "a streamed range");
    },
  },
  {
    name: "cancel a stream",
    weight: 2,
    async run({ source, files }, path) {
      if (files.get(path) === undefined) return;
      const { body } = await source.stream(path);
      const reader = body.getReader();
      await reader.read().finally(() => reader.cancel());
    },
  },
  {
    name: "list",
    weight: 5,
    isWithoutProxy: true,
    async run({ source, files, random }) {
      const limit = drawNumber(random, 1, 12);
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page: ListPage = await source.list({ limit, cursor });
        check(page.files.length <= limit, "a page has more than its limit");
        found.push(...page.files.map(toLine));
        cursor = page.cursor;
      } while (cursor !== null);
      checkListing(found, files.entries());
    },
  },
  {
    name: "list a folder",
    weight: 2,
    isWithoutProxy: true,
    async run({ source, files }) {
      const page = await source.list({ recursive: false });
      checkListing(page.files.map(toLine), files.entries().filter(([path]) => !path.includes("/")));
      const folders = files.entries().filter(([path]) => path.includes("/")).map(([path]) => `${path.split("/")[0]}/`);
      // SeaweedFS keeps an empty folder for a while.
      check(folders.every((folder) => page.folders.includes(folder)), `there are only the folders ${page.folders}`);
    },
  },
  {
    name: "walk",
    weight: 3,
    isWithoutProxy: true,
    async run({ source, files }) {
      checkListing((await collect(source.walk())).map(toLine), files.entries());
    },
  },
  {
    name: "fetch a downloadUrl",
    weight: 4,
    isWithoutProxy: true,
    async run({ source, files }, path) {
      const { url } = await source.downloadUrl(path);
      const response = await fetch(url);
      const bytes = await response.bytes();
      const content = files.get(path);
      check(response.status === (content === undefined ? 404 : 200), `a downloadUrl was answered ${response.status}`);
      if (content !== undefined) checkBytes(bytes, content, "a downloadUrl");
    },
  },
];

/** Reads a file that may not be there. */
async function ofFile(
  { source, files }: Worker,
  path: string,
  read: (source: S3Source) => Promise<Uint8Array>,
  verify: (bytes: Uint8Array, content: Content) => void,
): Promise<void> {
  const content = files.get(path);
  if (content === undefined) await checkRefused(() => read(source), "FileNotFoundError");
  else verify(await read(source), content);
}

/** A range of a file and its expected content; `undefined` for an empty or missing file. */
function drawRange({ files, random }: Worker, path: string) {
  const { offset: start, size } = files.get(path) ?? { offset: 0, size: 0 };
  const length = drawNumber(random, 1, size + 1);
  if (random() < 0.3) {
    const piece = { offset: start + size - length, size: length };
    return { range: { suffixLength: length }, piece: size === 0 ? undefined : piece };
  }
  const offset = drawNumber(random, 0, size);
  const piece = { offset: start + offset, size: Math.min(length, size - offset) };
  return { range: { offset, length }, piece: size === 0 ? undefined : piece };
}

async function toBytes({ body }: FileStream): Promise<Uint8Array> {
  return await new Response(body).bytes();
}

function toLine({ path, size }: { path: string; size: number }): string {
  return `${path} ${size}`;
}

function checkListing(found: readonly string[], files: readonly [string, Content][]): void {
  const expected = files.map(([path, { size }]) => toLine({ path, size })).sort();
  check([...found].sort().join("\n") === expected.join("\n"), `a listing has ${found}, not ${expected}`);
}
