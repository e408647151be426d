import { assertEquals } from "@std/assert";
import { build, stop } from "esbuild";

/** Copies of the package, as minified bundles make them. */
interface Bundle {
  /** The errors of some operations. */
  fail(): Promise<Error[]>;
  /** What the program in the bundle takes an error for. */
  recognize(error: Error): string;
}

const ROOT = new URL("../../", import.meta.url);

const PROGRAM = `
import { createS3Source, ServiceError } from "${new URL("mod.ts", ROOT).pathname}";

export async function fail() {
  const fetch = () => Promise.resolve(new Response("", { status: 404 }));
  const source = createS3Source({ bucket: "media", accessKeyId: "A", secretAccessKey: "B" }, { fetch });
  const broker = { credentialsUrl: "https://broker.test/", credentialsUrlSecret: "secret" };
  const failures = [
    () => createS3Source({ bukcet: "media" }),
    () => source.read("a.txt"),
    () => source.read("../a.txt"),
    () => source.list({ limit: -1 }),
    () => createS3Source(broker, { fetch }).connect(),
    () => Promise.reject(new ServiceError("down")),
  ];
  return (await Promise.allSettled(failures.map(async (failure) => await failure()))).map(({ reason }) => reason);
}

export function recognize(error) {
  switch (error.name) {
    case "FileNotFoundError":
      return "missing";
    case "CredentialsError":
      return "no credentials";
    default:
      return "other";
  }
}
`;

const FAILURES = [
  ["ConfigError", "Config", "other"],
  ["FileNotFoundError", "FileNotFound", "missing"],
  ["InvalidPathError", "InvalidPath", "other"],
  ["InvalidArgumentError", "InvalidArgument", "other"],
  ["CredentialsError", "BrokerFailed", "no credentials"],
  ["ServiceError", "Service", "other"],
];

Deno.test("errors keep name and code in minified bundles, and between two copies of the package", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const program = `${folder}/program.ts`;
    await Deno.writeTextFile(program, PROGRAM);
    const bundles = [
      await import(await bundleWithDeno(program, `${folder}/deno.js`)),
      await import(await bundleWithEsbuild(program, `${folder}/esbuild.js`)),
    ] satisfies Bundle[];
    for (const [copy, other] of [bundles, bundles.toReversed()]) {
      const errors: Error[] = await copy.fail();
      assertEquals(errors.map((error) => [error.name, Reflect.get(error, "code"), other.recognize(error)]), FAILURES);
      assertEquals(errors.map((error) => String(error).split(":")[0]), FAILURES.map(([name]) => name));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const LATE_PROGRAM = `
import { createS3Source } from "${new URL("mod.ts", ROOT).pathname}";

export async function fail(respond) {
  let count = 0;
  const source = createS3Source(
    { bucket: "media", endpointUrl: "https://store.test", accessKeyId: "A", secretAccessKey: "B" },
    { fetch: async () => (count++, respond()), retry: { maxAttempts: 2, baseDelayMs: 0 } },
  );
  const [{ reason }] = await Promise.allSettled([source.list()]);
  return [reason.name, reason.code, reason.status, reason.message, count];
}

export async function begin() {
  const fetch = () => Promise.reject(new Error("it was called"));
  const source = createS3Source({ bucket: "media", accessKeyId: "A", secretAccessKey: "B" }, { fetch });
  const brokered = createS3Source({ credentialsUrl: "https://broker.test/", credentialsUrlSecret: "s" }, { fetch });
  const large = source.upload("a.txt", new Uint8Array(10_000_000));
  const results = await Promise.allSettled([source.stat("a.txt"), large, brokered.read("a.txt")]);
  return results.map(({ reason }) => [reason.name, reason.code, reason.message]);
}
`;

const NOT_LOADED = "a part of this program could not be loaded";

const LATE_FAILURES = [
  [
    "a refusal",
    () => new Response("", { status: 403 }),
    ["ServiceError", "UnexpectedStatus", 403, `Cannot list the source: the store responded with 403; ${NOT_LOADED}`, 1],
  ],
  [
    "an outage",
    () => new Response("", { status: 503 }),
    ["ServiceError", "UnexpectedStatus", 503, `Cannot list the source: the store responded with 503; ${NOT_LOADED}`, 2],
  ],
  [
    "a broken connection",
    () => {
      throw new TypeError("refused");
    },
    ["ServiceError", "NetworkError", undefined, "Cannot list the source: the connection failed (store.test:443)", 2],
  ],
  [
    "another document",
    () => new Response("<html></html>"),
    ["ServiceError", "NetworkError", undefined, `Cannot list the source: ${NOT_LOADED}`, 2],
  ],
] as const;

const LATE_OPERATIONS = ["run stat()", 'upload "a.txt"', "obtain credentials"].map((action) => [
  "ServiceError",
  "NetworkError",
  `Cannot ${action}: ${NOT_LOADED}`,
]);

Deno.test("errors say what is known if the files of a bundle do not arrive", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/program.ts`, LATE_PROGRAM);
    await build({
      entryPoints: [`${folder}/program.ts`],
      outdir: `${folder}/out`,
      bundle: true,
      splitting: true,
      format: "esm",
      external: EXTERNAL,
    }).finally(stop);
    for (const name of LATE_FILES) {
      const files = Array.from(Deno.readDirSync(`${folder}/out`)).filter((file) => file.name.startsWith(`${name}-`));
      assertEquals(files.length, 1, name);
      for (const file of files) await Deno.remove(`${folder}/out/${file.name}`);
    }
    const { fail, begin } = await import(`file://${folder}/out/program.js`);
    for (const [name, respond, expected] of LATE_FAILURES) assertEquals(await fail(respond), expected, name);
    assertEquals(await begin(), LATE_OPERATIONS);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const LATE_FILES = [
  ...["refusals", "connection_failure", "document", "readable_text"],
  ...["stat", "upload_parts", "obtained_grants"],
];

/** Packages that the program's operations do not use. */
const EXTERNAL = ["@aws-sdk/client-s3", "@noble/hashes/*"];

async function bundleWithDeno(entry: string, output: string): Promise<string> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--minify", "--no-lock", ...EXTERNAL.flatMap((name) => ["--external", name]), "-o", output, entry],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return `file://${output}`;
}

async function bundleWithEsbuild(entry: string, output: string): Promise<string> {
  await build({ entryPoints: [entry], outfile: output, bundle: true, minify: true, format: "esm", external: EXTERNAL })
    .finally(stop);
  return `file://${output}`;
}
