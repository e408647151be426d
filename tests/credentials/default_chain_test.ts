import { assertEquals, assertRejects } from "@std/assert";
import { createS3Source, type Credentials, CredentialsError } from "../../mod.ts";
import { createDefaultChain } from "../../src/credentials/default_chain.ts";
import { withAwsSettings } from "../support/aws_settings.ts";

/** Runs a script with some modules replaced, and returns its output. */
async function runWith(imports: Record<string, string>, script: string): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const map = { imports: { "@noble/hashes/": "npm:/@noble/hashes@2.4.0/", ...imports } };
    await Deno.writeTextFile(`${folder}/imports.json`, JSON.stringify(map));
    await Deno.writeTextFile(`${folder}/script.ts`, script);
    const args = ["run", "-A", "--no-lock", "--no-check", `--import-map=${folder}/imports.json`, `${folder}/script.ts`];
    const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), { args }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("mod.ts loads the AWS SDK only when the default chain is used", async () => {
  const sdk = `globalThis.isLoaded = true;
    globalThis.regions = [];
    export class S3Client {
      constructor({ region }) { globalThis.regions.push(region); }
      config = { credentials: () => Promise.resolve({ accessKeyId: "CHAIN", secretAccessKey: "s" }) };
    }`;
  const script = `
    const { createS3Source } = await import(${JSON.stringify(new URL("../../mod.ts", import.meta.url).href)});
    const direct = createS3Source({ bucket: "media", accessKeyId: "A", secretAccessKey: "S" });
    await direct.downloadUrl("a.txt");
    const chain = createS3Source({ bucket: "media" });
    const before = globalThis.isLoaded ?? false;
    const { accessKeyId } = await chain.credentials();
    await chain.credentials();
    const { createDefaultChain } = await import(${
    JSON.stringify(new URL("../../src/credentials/default_chain.ts", import.meta.url).href)
  });
    const provide = createDefaultChain("eu-west-1");
    for (let i = 0; i < 3; i++) await provide();
    console.log(JSON.stringify([before, accessKeyId, globalThis.isLoaded, globalThis.regions]));`;
  const imports = { "@aws-sdk/client-s3": `data:text/javascript,${encodeURIComponent(sdk)}` };
  assertEquals(JSON.parse(await runWith(imports, script)), [false, "CHAIN", true, ["us-east-1", "eu-west-1"]]);
});

Deno.test("the default chain says what to install where the AWS SDK is missing", async () => {
  const missing = "data:text/javascript,throw new Error('Cannot find package')";
  const script = `
    const { createS3Source } = await import(${JSON.stringify(new URL("../../mod.ts", import.meta.url).href)});
    const failed = await createS3Source({ bucket: "media" }).credentials().catch((error) => error);
    console.log(JSON.stringify([failed.name, failed.code, failed.message]));`;
  const imports = { "@aws-sdk/client-s3": missing, "npm:@aws-sdk/client-s3@^3.1169.0": missing };
  assertEquals(JSON.parse(await runWith(imports, script)), [
    "CredentialsError",
    "SdkMissing",
    'Cannot use the default AWS chain: the AWS SDK is not installed; run "npm install @aws-sdk/client-s3", or ' +
    "configure a broker, keys or `credentials`",
  ]);
});

function askChain(): Promise<Credentials> {
  return createDefaultChain("us-east-1")();
}

/** The SDK opens the shared ini files and does not wait for them. */
const LAX = { sanitizeResources: false, sanitizeOps: false };

Deno.test("createDefaultChain() finds keys in the environment, with their expiration", LAX, async () => {
  const settings = {
    AWS_ACCESS_KEY_ID: "AKIDENV",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_SESSION_TOKEN: "token",
    AWS_CREDENTIAL_EXPIRATION: "2099-01-01T00:00:00Z",
  };
  await withAwsSettings(settings, async () => {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await askChain();
    assertEquals([accessKeyId, secretAccessKey, sessionToken], ["AKIDENV", "secret", "token"]);
    assertEquals(expiration, new Date("2099-01-01T00:00:00Z"));
  });
});

Deno.test("createDefaultChain() finds keys in a profile of the shared ini file", LAX, async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(
    file,
    "[default]\naws_access_key_id = WRONG\naws_secret_access_key = x\n" +
      "[team]\naws_access_key_id = AKIDINI\naws_secret_access_key = secret\naws_session_token = token\n",
  );
  await withAwsSettings({ AWS_SHARED_CREDENTIALS_FILE: file, AWS_PROFILE: "team" }, async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = await askChain();
    assertEquals([accessKeyId, secretAccessKey, sessionToken], ["AKIDINI", "secret", "token"]);
  });
  await Deno.remove(file);
});

Deno.test("a source calls a container's endpoint again when its keys expire", LAX, async () => {
  let nowMs = Date.now();
  const asked: (string | null)[] = [];
  const endpoint = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ headers }) => {
    asked.push(headers.get("authorization"));
    return Response.json({
      AccessKeyId: `CONTAINER-${asked.length}`,
      SecretAccessKey: "secret",
      Token: "token",
      Expiration: new Date(nowMs + 15 * 60_000).toISOString(),
    });
  });
  const settings = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${endpoint.addr.port}/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "let me in",
  };
  await withAwsSettings(settings, async () => {
    const source = createS3Source({ bucket: "media" }, { now: () => nowMs });
    const keyIds: string[] = [];
    for (const minutes of [0, 5, 15, 5, 20]) {
      nowMs += minutes * 60_000;
      keyIds.push((await source.credentials()).accessKeyId);
    }
    assertEquals(keyIds, ["CONTAINER-1", "CONTAINER-1", "CONTAINER-2", "CONTAINER-2", "CONTAINER-3"]);
  });
  await endpoint.shutdown();
  assertEquals(asked, ["let me in", "let me in", "let me in"]);
});

Deno.test("createDefaultChain() says what to configure when the chain has no keys", LAX, async () => {
  await withAwsSettings({}, async () => {
    const error = await assertRejects(askChain, CredentialsError, "or set up the chain");
    assertEquals(error.code, "NoCredentials");
    assertEquals(
      error.cause instanceof Error && error.cause.message,
      "the message is hidden, as it may quote credentials",
    );
  });
});
