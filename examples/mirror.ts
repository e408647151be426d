/**
 * Uploads a folder, reads every file back and compares the SHA-256 hashes:
 *
 * ```sh
 * deno run -A examples/mirror.ts FOLDER SOURCE-PATH [--config datasette.yaml] [--source NAME] [--concurrency 8]
 * ```
 *
 * The source is one in the `--config` file, such as this; `--source` selects it if there are several.
 *
 * ```yaml
 * plugins:
 *   datasette-files:
 *     sources:
 *       media:
 *         storage: s3
 *         config:
 *           bucket: media
 *           endpoint_url: http://127.0.0.1:8333
 *           access_key_id: weed-access-key
 *           secret_access_key: weed-secret-key
 * ```
 *
 * Files are streamed both ways, `--concurrency` at a time, files in several parts one by one, so memory stays bounded. Symbolic links
 * are skipped and counted. Files whose names cannot be paths of a source are listed as refused. The exit code is 1 if anything differs,
 * including files that only the source has.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a command
import process from "node:process";
import { parseArgs } from "node:util";
import { createS3Source, type S3Source, S3SourceError } from "@files/s3-source";
import { readDatasetteConfig } from "@files/s3-source/config";
import { messageOf, mirrorFolder, type MirrorReport, PART_BYTES } from "./mirror_folder.ts";
import { formatCount, formatMegabytes, STANDARD_ERROR } from "./progress.ts";

async function main(args: string[]): Promise<number> {
  const interruption = new AbortController();
  const { signal } = interruption;
  const interrupt = () => interruption.abort(new Error("Interrupted"));
  Deno.addSignalListener("SIGINT", interrupt);
  try {
    const { folder, target, source, concurrency } = readArguments(args);
    const { bucket, prefix, endpoint } = await source.connect({ signal });
    console.log(`Mirroring ${folder} to ${JSON.stringify(prefix + target)} in the bucket ${bucket} at ${endpoint}`);
    const report = await mirrorFolder(folder, source.folder(target), { concurrency, signal, output: STANDARD_ERROR });
    for (const line of describe(report)) console.log(line);
    return report.differences.length === 0 ? 0 : 1;
  } catch (error) {
    if (!signal.aborted && !EXPECTED_ERRORS.some((ErrorClass) => error instanceof ErrorClass)) throw error;
    console.error(messageOf(error));
    return signal.aborted ? 130 : 2;
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
  }
}

class UsageError extends Error {}

const EXPECTED_ERRORS = [S3SourceError, UsageError, Deno.errors.NotFound, Deno.errors.PermissionDenied];
const USAGE = "Usage: mirror.ts FOLDER SOURCE-PATH [--config datasette.yaml] [--source NAME] [--concurrency 8]";

function readArguments(args: string[]): { folder: string; target: string; source: S3Source; concurrency: number } {
  const { positionals, values } = parseOptions(args);
  const [folder, target, ...rest] = positionals;
  const concurrency = Number(values.concurrency);
  if (!folder || target === undefined || rest.length > 0) throw new UsageError(USAGE);
  if (!Number.isInteger(concurrency) || concurrency < 1) throw new UsageError("--concurrency must be at least 1");
  const { sources } = readDatasetteConfig({
    yaml: Deno.readTextFileSync(values.config),
    fileName: values.config,
    env: (name) => Deno.env.get(name),
    readTextFile: (path) => Deno.readTextFileSync(path),
  });
  const names = Object.keys(sources);
  const name = values.source ?? (names.length === 1 ? names[0] : undefined);
  const config = name === undefined ? undefined : sources[name];
  if (config === undefined) {
    throw new UsageError(`Choose a source of ${values.config} with --source: ${names.join(", ")}`);
  }
  return { folder, target, source: createS3Source(config, { upload: { partSizeBytes: PART_BYTES } }), concurrency };
}

function parseOptions(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        config: { type: "string", default: "datasette.yaml" },
        source: { type: "string" },
        concurrency: { type: "string", default: "8" },
      },
    });
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\n${USAGE}`);
  }
}

function describe({ differences, refused, skipped, upload, download }: MirrorReport): string[] {
  return [
    ...refused.map(({ path, reason }) => `refused    ${JSON.stringify(path)}: ${reason}`),
    ...differences.map(({ path, reason }) => `DIFFERENT  ${JSON.stringify(path)}: ${reason}`),
    upload.summary,
    download.summary,
    `memory     ${formatMegabytes(process.resourceUsage().maxRSS * 1024)} peak`,
    `skipped    ${formatCount(refused.length)} refused, ${formatCount(skipped)} symbolic links and special files`,
    `result     ${formatCount(differences.length)} differences`,
  ];
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
