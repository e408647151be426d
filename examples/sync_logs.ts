/**
 * Uploads new and grown logs of a folder, then prints how much is stored: a Bun script for cron.
 *
 * ```sh
 * bun run examples/sync_logs.ts /var/log/app
 * ```
 *
 * The environment has `S3_BUCKET`, optionally `S3_PREFIX`, and `S3_ENDPOINT_URL` if the store is not AWS. Credentials come from the
 * default AWS chain: `AWS_ACCESS_KEY_ID`, a profile, or the machine's role; it needs `bun add @aws-sdk/client-s3`. Exit code 1: some logs
 * were not sent; the next run retries them.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a command
import { hostname } from "node:os";
import { createS3Source, type FileEntry, type S3Source, S3SourceError } from "@files/s3-source";

const CONCURRENCY = 4;

async function main(folder: string | undefined): Promise<number> {
  if (folder === undefined) {
    console.error("Usage: bun run sync_logs.ts FOLDER");
    return 2;
  }
  try {
    const logs = createS3Source({
      bucket: Bun.env["S3_BUCKET"],
      prefix: Bun.env["S3_PREFIX"],
      endpointUrl: Bun.env["S3_ENDPOINT_URL"],
    }).folder(hostname());
    const failures = await send(folder, logs);
    console.log(JSON.stringify(await measure(logs), null, 2));
    return failures === 0 ? 0 : 1;
  } catch (error) {
    // For errors of the system or the store the message is enough; others need the stack.
    console.error(
      error instanceof S3SourceError || (error instanceof Error && "code" in error) ? error.message : error,
    );
    return 1;
  }
}

/** @returns The number of logs that could not be sent. */
async function send(folder: string, logs: S3Source): Promise<number> {
  const stored = new Map<string, FileEntry>();
  for await (const file of logs.walk()) stored.set(file.path, file);
  let failures = 0;
  const paths = (await Array.fromAsync(new Bun.Glob("**/*.log*").scan({ cwd: folder }))).values();
  // All workers share one iterator, so that each log is sent once.
  await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
    for (const path of paths) {
      try {
        const log = Bun.file(`${folder}/${path}`);
        const { size } = await log.stat();
        const known = stored.get(path);
        if (known?.size === size && Number(known.lastModified) >= log.lastModified) continue;
        // If the log grows meanwhile, the next run sends the rest.
        await logs.upload(path, log.slice(0, size), { size, contentType: contentTypeOf(path) });
        console.error(`${path}: sent ${size} bytes`);
      } catch (error) {
        failures++;
        console.error(`${path}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }));
  return failures;
}

/** What is stored, by top-level folder. */
async function measure(logs: S3Source): Promise<Record<string, { files: number; bytes: number }>> {
  const sizes: Record<string, { files: number; bytes: number }> = {};
  for await (const { path, size } of logs.walk()) {
    const sum = sizes[path.includes("/") ? path.slice(0, path.indexOf("/") + 1) : "./"] ??= { files: 0, bytes: 0 };
    sum.files++;
    sum.bytes += size;
  }
  return sizes;
}

function contentTypeOf(path: string): string {
  return path.endsWith(".gz") ? "application/gzip" : "text/plain; charset=utf-8";
}

/** The parts of Bun's types that are used here; remove this if you have `@types/bun`. */
declare const Bun: {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file: (path: string) => Blob & { readonly lastModified: number; stat(): Promise<{ size: number }> };
  readonly Glob: new (pattern: string) => { scan(options: { cwd: string }): AsyncIterable<string> };
};

process.exitCode = await main(Bun.argv[2]);
