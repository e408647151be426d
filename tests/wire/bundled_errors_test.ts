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
