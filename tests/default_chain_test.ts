import { assertEquals, assertRejects } from "@std/assert";
import { BrokerError } from "../mod.ts";
import { createDefaultChain } from "../src/credentials/default_chain.ts";

/** Runs a script with other modules in place of some; returns what it prints. */
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

Deno.test("mod.ts loads the AWS SDK when the default chain is used, and not before", async () => {
  const sdk = `globalThis.isLoaded = true;
    export class S3Client {
      config = { credentials: () => Promise.resolve({ accessKeyId: "CHAIN", secretAccessKey: "s" }) };
    }`;
  const script = `
    const { createS3Source } = await import(${JSON.stringify(new URL("../mod.ts", import.meta.url).href)});
    const direct = createS3Source({ bucket: "media", accessKeyId: "A", secretAccessKey: "S" });
    await direct.downloadUrl("a.txt");
    const chain = createS3Source({ bucket: "media" });
    const before = globalThis.isLoaded ?? false;
    const { accessKeyId } = await chain.credentials();
    console.log(JSON.stringify([before, accessKeyId, globalThis.isLoaded]));`;
  const imports = { "@aws-sdk/client-s3": `data:text/javascript,${encodeURIComponent(sdk)}` };
  assertEquals(JSON.parse(await runWith(imports, script)), [false, "CHAIN", true]);
});

Deno.test({
  name: "createDefaultChain() finds keys in the environment",
  // The SDK keeps a socket pool and reads files of its own.
  sanitizeResources: false,
  async fn() {
    const former = Deno.env.toObject();
    Deno.env.set("AWS_ACCESS_KEY_ID", "AKIDENV");
    Deno.env.set("AWS_SECRET_ACCESS_KEY", "secret");
    Deno.env.set("AWS_SESSION_TOKEN", "token");
    try {
      const { credentials } = await createDefaultChain("us-east-1")({ signal: new AbortController().signal });
      assertEquals(credentials, { accessKeyId: "AKIDENV", secretAccessKey: "secret", sessionToken: "token" });
    } finally {
      for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) {
        if (former[name] === undefined) Deno.env.delete(name);
        else Deno.env.set(name, former[name]);
      }
    }
  },
});

Deno.test({
  name: "createDefaultChain() says what to do when the chain has nothing",
  sanitizeResources: false,
  async fn() {
    const settings = {
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
      AWS_CONFIG_FILE: "/nonexistent",
    };
    const former = Object.keys(settings).map((name) => [name, Deno.env.get(name)] as const);
    for (const [name, value] of Object.entries(settings)) Deno.env.set(name, value);
    try {
      const chain = createDefaultChain("us-east-1");
      await assertRejects(() => chain({ signal: new AbortController().signal }), BrokerError, "or set up the chain");
    } finally {
      for (const [name, value] of former) value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    }
  },
});
