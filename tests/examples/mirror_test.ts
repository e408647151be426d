import { assertEquals } from "@std/assert";
import { mirrorFolder, type MirrorReport } from "../../examples/mirror_folder.ts";
import { createProgress, formatBar, formatCount, formatMegabytes } from "../../examples/progress.ts";
import { createS3Source } from "../../mod.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";

Deno.test("mirrorFolder() stores every file under its path and finds no difference", async () => {
  const s3 = createMemoryS3();
  const report = await mirror(s3, { "a.txt": "a", "b/c d+%.txt": "cd", "b/empty": "", "..backup/ü": "u" });
  assertEquals(s3.listKeys("bucket").toSorted(), [
    "to/..backup/ü",
    "to/a.txt",
    "to/b/c d+%.txt",
    "to/b/empty",
  ]);
  assertEquals(outcome(report), { differences: [], refused: [], skipped: 0 });
  assertEquals([report.upload.files, report.upload.bytes, report.download.files, report.download.bytes], [4, 4, 4, 4]);
});

Deno.test("mirrorFolder() lists files that the path rules refuse, and counts links", async () => {
  const report = await mirror(
    createMemoryS3(),
    { "a\nb": "x", "ok": "y" },
    (folder) => Deno.symlink("ok", `${folder}/link`),
  );
  assertEquals(outcome(report), {
    differences: [],
    refused: [{ path: "a\nb", reason: 'Cannot use the path "a\\nb": it has a control character' }],
    skipped: 1,
  });
});

Deno.test("mirrorFolder() finds a file that the store has changed", async () => {
  const s3 = createMemoryS3();
  const report = await mirror(withAnswer(s3, "GET", () => s3.putObject({ bucket: "bucket", key: "to/a", body: "B" })), {
    a: "A",
  });
  const [a, b] = [
    "559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd",
    "df7e70e5021544f4834bbee64a9e3789febc4be81470df629cad6ddb03320a5c",
  ];
  assertEquals(report.differences, [{ path: "a", reason: `its sha256 is ${b}, not ${a}` }]);
});

Deno.test("mirrorFolder() finds a file that only the source has", async () => {
  const s3 = createMemoryS3();
  s3.putObject({ bucket: "bucket", key: "to/old", body: "" });
  const report = await mirror(s3, { a: "A" });
  assertEquals(report.differences, [{ path: "old", reason: "only the source has it" }]);
});

Deno.test("mirrorFolder() goes on after a file that cannot be stored", async () => {
  const s3 = createMemoryS3();
  const refuse = (request: Request) => request.url.endsWith("/b") ? new Response(null, { status: 403 }) : undefined;
  const report = await mirror(withAnswer(s3, "PUT", refuse), { a: "A", b: "B", c: "C" });
  assertEquals(report.differences, [{ path: "b", reason: 'Cannot upload "b": the store responded with 403' }]);
  assertEquals(s3.listKeys("bucket").toSorted(), ["to/a", "to/c"]);
});

Deno.test("createProgress() writes a line for each tenth where there is no terminal", () => {
  const lines: string[] = [];
  const files = Array.from({ length: 100 }, () => ({ size: 0 }));
  const progress = createProgress("upload", files, { isTerminal: false, write: (text) => lines.push(text) });
  for (const _ of files) progress.addFile();
  assertEquals(
    lines.map((line) => line.replace(/B,.*/s, "B")),
    Array.from({ length: 10 }, (_, index) => index + 1).map((tenth) =>
      `upload     ${`${tenth}0 %`.padStart(5)}  ${tenth}0 files, 0.0 MB`
    ),
  );
});

Deno.test("createProgress() draws one line again and again on a terminal, and clears it at the end", () => {
  const texts: string[] = [];
  const progress = createProgress("upload", [{ size: 5 }], { isTerminal: true, write: (text) => texts.push(text) });
  progress.addBytes(5);
  progress.addFile();
  progress.end();
  assertEquals(texts.join("").includes("\n"), false);
  assertEquals(texts.every((text) => text.startsWith("\r[")), true);
  assertEquals(texts.at(-1)?.endsWith("\r\x1b[K"), true);
});

Deno.test("formatBar() fills up from empty to full", () => {
  assertEquals([0, 0.5, 1, 1.2].map((fraction) => formatBar(fraction, 4)), ["[    ]", "[##  ]", "[####]", "[####]"]);
});

Deno.test("formatMegabytes() counts millions of bytes", () => {
  assertEquals([0, 49_999, 1_288_700_000].map(formatMegabytes), ["0.0 MB", "0.0 MB", "1,288.7 MB"]);
});

Deno.test("formatCount() groups thousands", () => {
  assertEquals(formatCount(1234567), "1,234,567");
});

async function mirror(
  { config, fetch }: Pick<MemoryS3, "config" | "fetch">,
  files: Record<string, string>,
  prepare?: (folder: string) => Promise<void>,
): Promise<MirrorReport> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [path, content] of Object.entries(files)) {
      const file = `${folder}/${path}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(file, content);
    }
    await prepare?.(folder);
    const source = createS3Source(config, { fetch, retry: { maxAttempts: 1 } }).folder("to");
    return await mirrorFolder(folder, source, {
      concurrency: 2,
      signal: new AbortController().signal,
      output: { isTerminal: false, write() {} },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The same store, but something happens before it answers requests on objects, or it is answered instead. */
function withAnswer(
  s3: MemoryS3,
  method: string,
  before: (request: Request) => Response | undefined | void,
): Pick<MemoryS3, "config" | "fetch"> {
  return {
    config: s3.config,
    fetch: (input, init) => {
      const request = new Request(input, init);
      const isObject = request.method === method && new URL(request.url).pathname.includes("/to/");
      const answer = isObject ? before(request) : undefined;
      return answer === undefined ? s3.fetch(input, init) : Promise.resolve(answer);
    },
  };
}

function outcome(
  { differences, refused, skipped }: MirrorReport,
): Pick<MirrorReport, "differences" | "refused" | "skipped"> {
  return { differences, refused, skipped };
}
