import { assertEquals } from "@std/assert";
import { IntegrityError, type UploadBody } from "../../mod.ts";
import { PART_BYTES } from "../conformance/suite.ts";
import { printFigures } from "../support/figures.ts";
import { LONGEST, PATH } from "./trial_files.ts";
import { below, countNames, inspectTrial, runTrials, type Trial, type TrialStore } from "./upload_trial.ts";

/** Bodies that fail, and bodies that do not have the declared size. */
export function testFailingBodies(store: TrialStore, trials: number): void {
  Deno.test(`upload() stores nothing of a body that fails at any byte [${store.name}]`, async () => {
    const results = await runTrials(store, trials, (trial) => tryFailingBody(store, trial));
    report(store, "bodies that fail", results);
  });

  Deno.test(`upload() stores nothing of a body whose declared size is wrong [${store.name}]`, async () => {
    const results = await runTrials(store, trials, (trial) => tryWrongSize(store, trial));
    report(store, "wrong sizes", results);
  });
}

/** The result of a trial. */
interface BodyResult {
  readonly kind: string;
  /** Whether the upload failed with the body's own error. */
  readonly isFirstError: boolean;
  readonly file: string;
  readonly uploads: number;
  /** How many multipart uploads were started. */
  readonly begun: number;
}

function report(store: TrialStore, title: string, results: readonly BodyResult[]): void {
  const figures = {
    trials: results.length,
    ...countNames(results.map(({ kind }) => kind)),
    "in parts": results.filter(({ begun }) => begun > 0).length,
    "first error reported": results.filter(({ isFirstError }) => isFirstError).length,
    "old file intact": results.filter(({ file }) => file === "old").length,
    "uploads left": results.reduce((sum, { uploads }) => sum + uploads, 0),
  };
  printFigures(`${title} [${store.name}]`, figures);
  assertEquals(
    [figures["first error reported"], figures["old file intact"], figures["uploads left"]],
    [results.length, results.length, 0],
  );
}

/** A body that fails anywhere from its first byte to its end. */
async function tryFailingBody(store: TrialStore, trial: Trial): Promise<BodyResult> {
  const { index, random } = trial;
  const kind = (["stream", "async iterable", "Blob"] as const)[index % 3] ?? "stream";
  const isLarge = random() < 0.8;
  const size = isLarge
    ? PART_BYTES + 1 + below(LONGEST.byteLength - PART_BYTES, random)
    : 1 + below(PART_BYTES, random);
  // After the last byte, a stream can still fail instead of ending; a Blob cannot.
  const last = kind === "Blob" ? size - 1 : size;
  const anywhere = below(last + 1, random);
  const inSecondPart = Math.min(last, PART_BYTES + below(PART_BYTES, random));
  const places = [0, last, Math.min(PART_BYTES, last), anywhere, inSecondPart, inSecondPart];
  const failsAt = places[below(places.length, random)] ?? anywhere;
  const failure = new Error(`The body failed at byte ${failsAt}`);
  const body = failingBody(kind, { size, failsAt, failure, random });
  const declared = kind === "Blob" || random() < 0.5 ? {} : { size };
  return await tryBody(store, trial, { kind, body, declared, isExpected: (error) => error === failure });
}

/** A stream that is shorter or longer than declared: by one byte, by many, and at the ends of parts. */
async function tryWrongSize(store: TrialStore, trial: Trial): Promise<BodyResult> {
  const { index, random } = trial;
  const borders = [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES - 1, 2 * PART_BYTES];
  const border = borders[Math.floor(index / 2) % borders.length] ?? 0;
  const actual = random() < 0.7 ? border : below(LONGEST.byteLength, random);
  const distance = random() < 0.6 ? 1 : 1 + below(2 * PART_BYTES, random);
  const size = index % 2 === 0 && actual > 0 ? Math.max(0, actual - distance) : actual + distance;
  const kind = `${actual < size ? "too short" : "too long"}${Math.abs(actual - size) === 1 ? " by a byte" : ""}`;
  const body = pieces(LONGEST.subarray(0, actual), random);
  const isExpected = (error: unknown) => error instanceof IntegrityError && error.code === "SizeMismatch";
  return await tryBody(store, trial, { kind, body, declared: { size }, isExpected });
}

async function tryBody(
  store: TrialStore,
  { prefix, random }: Trial,
  { kind, body, declared, isExpected }: {
    kind: string;
    body: UploadBody;
    declared: { size?: number };
    isExpected: (error: unknown) => boolean;
  },
): Promise<BodyResult> {
  let begun = 0;
  const source = store.open(prefix, {
    upload: { partSizeBytes: PART_BYTES, concurrency: 1 + below(3, random) },
    onEvent: (event) => void (event.type === "request" && event.operation === "CreateMultipartUpload" && begun++),
  }, { checksums: random() < 0.8 ? "sha256" : "none" });
  const outcome = await source.upload(PATH, body, declared).then(() => undefined, (error) => error);
  const { file, uploads } = await inspectTrial(store, prefix, LONGEST);
  return { kind, isFirstError: isExpected(outcome), file, uploads, begun };
}

function failingBody(
  kind: "stream" | "async iterable" | "Blob",
  { size, failsAt, failure, random }: { size: number; failsAt: number; failure: Error; random: () => number },
): UploadBody {
  if (kind === "Blob") return new FailingBlob(LONGEST.subarray(0, size), { failsAt, failure });
  const good = pieces(LONGEST.subarray(0, failsAt), random);
  async function* failing() {
    yield* good;
    throw failure;
  }
  return kind === "stream" ? ReadableStream.from(failing()) : failing();
}

/** Bytes in pieces of any sizes. */
async function* pieces(bytes: Uint8Array<ArrayBuffer>, random: () => number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let offset = 0; offset < bytes.byteLength;) {
    const length = 1 + below(random() < 0.1 ? 10 : 500_000, random);
    yield await Promise.resolve(bytes.slice(offset, offset += length));
  }
}

/** A file that can be read up to some byte, as on a disk with a bad sector. */
class FailingBlob extends Blob {
  readonly #fault: { failsAt: number; failure: Error };

  constructor(bytes: Uint8Array<ArrayBuffer>, fault: { failsAt: number; failure: Error }) {
    super([bytes]);
    this.#fault = fault;
  }

  override slice(start = 0, end = this.size): Blob {
    const piece = super.slice(start, end);
    const { failsAt, failure } = this.#fault;
    if (end > failsAt) piece.arrayBuffer = () => Promise.reject(failure);
    return piece;
  }
}
