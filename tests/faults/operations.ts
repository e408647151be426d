import type { S3Source } from "../../mod.ts";
import { collect, isSame, PART_BYTES, someBytes, toStream } from "../conformance/suite.ts";
import type { FaultStore } from "./store.ts";

/** An operation to run on a bad network. */
export interface FaultOperation {
  readonly name: string;
  /** How many requests it sends without faults. */
  readonly requests: number;
  /** Its result is covered by a checksum or is only a confirmation. */
  readonly isVerified: boolean;
  /** Returns `true` if the result is right, `"refused"` if it reported a failure without throwing. */
  run(source: S3Source): Promise<boolean | "refused">;
  /** The contents that each file may have afterwards, `undefined` for no file. After a success it must be the first. */
  readonly after: Readonly<Record<string, readonly (Uint8Array | undefined)[]>>;
}

/** The files that exist before the operation. */
export const FILES: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  "a.bin": someBytes(150_000),
  "b.bin": someBytes(70_001).reverse(),
  "folder/c.bin": someBytes(1),
};

const SMALL = someBytes(9_000).reverse();
const LARGE = someBytes(PART_BYTES + 10_007).reverse();
const A = FILES["a.bin"];
const B = FILES["b.bin"];

/** The operations of the suite. */
export const OPERATIONS: readonly FaultOperation[] = [
  {
    name: "stat",
    requests: 1,
    isVerified: true,
    run: async (source) => (await source.stat("a.bin"))?.size === A?.byteLength,
    after: {},
  },
  {
    name: "read",
    requests: 1,
    isVerified: true,
    run: async (source) => isFile(await source.read("a.bin")),
    after: {},
  },
  {
    name: "stream",
    requests: 1,
    isVerified: true,
    run: async (source) => isFile(await new Blob(await collect((await source.stream("a.bin")).body)).bytes()),
    after: {},
  },
  {
    name: "list",
    requests: 1,
    isVerified: false,
    run: async (source) => {
      const found = (await source.list()).files.map(({ path, size }) => `${path} ${size}`);
      return found.join() === Object.entries(FILES).map(([path, bytes]) => `${path} ${bytes.byteLength}`).join();
    },
    after: {},
  },
  {
    name: "upload of one part",
    requests: 1,
    isVerified: true,
    run: async (source) => (await source.upload("a.bin", SMALL)).size === SMALL.byteLength,
    after: { "a.bin": [SMALL, A] },
  },
  {
    name: "upload of several parts",
    requests: 4,
    isVerified: true,
    run: async (source) => (await source.upload("a.bin", toStream(LARGE))).size === LARGE.byteLength,
    after: { "a.bin": [LARGE, A] },
  },
  {
    name: "copy",
    requests: 2,
    isVerified: true,
    run: async (source) => (await source.copy("a.bin", "b.bin")).size === A?.byteLength,
    after: { "b.bin": [A, B] },
  },
  {
    name: "deleteMany",
    requests: 1,
    isVerified: true,
    run: async (source) => {
      const { deletedCount, errors } = await source.deleteMany(["a.bin", "b.bin"]);
      return errors.length === 2 ? "refused" : deletedCount === 2;
    },
    after: { "a.bin": [undefined, A], "b.bin": [undefined, B] },
  },
];

/** The paths whose files are wrong after an operation. */
export async function inspect(
  store: FaultStore,
  prefix: string,
  { operation, hasSucceeded }: { operation: FaultOperation; hasSucceeded: boolean },
): Promise<string[]> {
  const wrong: string[] = [];
  for (const [path, bytes] of Object.entries(FILES)) {
    const allowed = operation.after[path] ?? [bytes];
    const stored = await store.peek(prefix + path);
    const isRight = (expected: Uint8Array | undefined) =>
      expected === undefined || stored === undefined ? expected === stored : isSame(expected, stored);
    if (!(hasSucceeded ? allowed.slice(0, 1) : allowed).some(isRight)) wrong.push(path);
  }
  return wrong;
}

function isFile(bytes: Uint8Array): boolean {
  return A !== undefined && isSame(bytes, A);
}
