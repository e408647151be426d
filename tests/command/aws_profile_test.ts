import { assertEquals, assertStringIncludes } from "@std/assert";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { findOrInstallAwsCli } from "../../tools/aws_cli.ts";
import { orSkip } from "../support/or_skip.ts";

const SERVE = decodeURIComponent(new URL("../../src/command/cli.ts", import.meta.url).pathname);
const CONFIG = decodeURIComponent(new URL("../../deno.json", import.meta.url).pathname);

const packages = await orSkip("AWS profiles with the command credentials", findOrInstallAwsCli);
if (packages !== undefined) testProfiles(packages);

/** A store, a broker for it, and an AWS profile with the command as `credential_process`. */
async function openWorld(packages: string, { isCached = false } = {}) {
  const quiet = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const store = Deno.serve(
    quiet,
    ({ url, method, headers, body }) => s3.fetch(new Request(url, { method, headers, body })),
  );
  const endpoint = `http://127.0.0.1:${store.addr.port}`;
  const s3 = createMemoryS3({ buckets: ["media"], endpointUrl: endpoint });
  s3.credentials.set("ASIA1", { secretAccessKey: "s", sessionToken: "t", bucket: "media", prefix: "team/" });
  s3.putObject({ bucket: "media", key: "team/a.txt", body: "Hello" });
  let asked = 0;
  const broker = Deno.serve(quiet, ({ headers }) => {
    asked++;
    if (headers.get("authorization") !== "Bearer team-secret-canary") {
      return Response.json({ code: "AccessDenied", message: "the secret is wrong" }, { status: 403 });
    }
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    const keys = { AccessKeyId: "ASIA1", SecretAccessKey: "s", SessionToken: "t", Token: "t", Expiration };
    return Response.json({ ...keys, S3Folder: "s3://media/team/" });
  });
  const folder = await Deno.makeTempDir();
  const address = `127.0.0.1:${broker.addr.port}`;
  const permissions = [
    `--allow-net=${address}`,
    `--allow-read=${folder}/secret${isCached ? `,${folder}/s3-source` : ""}`,
  ];
  if (isCached) {
    permissions.push(`--allow-write=${folder}/s3-source`, "--allow-env=XDG_CACHE_HOME,HOME", "--allow-sys=uid");
  }
  const words = [Deno.execPath(), "run", "--no-prompt", ...permissions, "--config", CONFIG, SERVE];
  const args = ["credentials", `http://${address}/credentials`, "--secret-file", `${folder}/secret`];
  const line = [...words, ...args, ...isCached ? ["--cache"] : []].join(" ");
  await Deno.writeTextFile(`${folder}/config`, `[profile team]\nregion = us-east-1\ncredential_process = ${line}\n`);
  await Deno.writeTextFile(`${folder}/secret`, "team-secret-canary\n");
  const { denoDir } = JSON.parse(await output([Deno.execPath(), "info", "--json"], {}));
  const env = {
    AWS_CONFIG_FILE: `${folder}/config`,
    AWS_PROFILE: "team",
    AWS_EC2_METADATA_DISABLED: "true",
    PYTHONPATH: packages,
    XDG_CACHE_HOME: folder,
    DENO_DIR: denoDir,
    NO_COLOR: "1",
  };
  return {
    folder,
    asked: () => asked,
    aws: (...args: string[]) => output(["python3", "-m", "awscli", "--endpoint-url", endpoint, ...args], env),
    python: (script: string) => output(["python3", "-c", script, endpoint], env),
    async [Symbol.asyncDispose]() {
      await Promise.all([store.shutdown(), broker.shutdown()]);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** What a program prints, to stderr as well. */
async function output([program = "", ...args]: readonly string[], env: Record<string, string>): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(program, { args, env }).output();
  return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
}

const READ = `import boto3, sys
s3 = boto3.client("s3", endpoint_url=sys.argv[1])
print(s3.get_object(Bucket="media", Key="team/a.txt")["Body"].read())`;

function testProfiles(packages: string): void {
  Deno.test("the AWS CLI uses a profile with the command credentials", async () => {
    await using world = await openWorld(packages);
    assertStringIncludes(await world.aws("s3", "ls", "s3://media/team/"), " 5 a.txt");
    assertStringIncludes(await world.aws("s3", "ls", "s3://media/other/"), "An error occurred");
    await Deno.writeTextFile(`${world.folder}/secret`, "another-canary");
    const refused = await world.aws("s3", "ls", "s3://media/team/");
    assertStringIncludes(refused, "Cannot get credentials from the broker at 127.0.0.1:");
    assertStringIncludes(refused, ": the secret is wrong");
  });

  Deno.test("boto3 uses a profile with the command credentials, and its cache", async () => {
    await using world = await openWorld(packages, { isCached: true });
    for (let i = 0; i < 2; i++) assertEquals(await world.python(READ), "b'Hello'\n");
    assertEquals(world.asked(), 1);
  });

  Deno.test("boto3 shows why there are no keys", async () => {
    await using world = await openWorld(packages);
    await Deno.writeTextFile(`${world.folder}/secret`, "another-canary");
    assertStringIncludes(await world.python(READ), ": the secret is wrong");
  });
}
