import { blocksOf, readDocPages } from "./doc_blocks.ts";
import { startNamedHosts } from "./named_hosts.ts";
import { callsOfScript } from "./shell_calls.ts";
import { stsReply } from "./stub_sts.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";

/** A call of the package's command that a page shows. */
export interface DocumentedCommand {
  /** Where it stands. */
  readonly place: string;
  /** What stands between `deno run` and the module. */
  readonly flags: readonly string[];
  /** What stands behind the module. */
  readonly args: readonly string[];
}

const MODULE = "jsr:@files/s3-source/cli";

/**
 * Every call of the command that README, the guides and the sources' comments show, run with `home` as home directory.
 */
export async function documentedCommands(home: string): Promise<DocumentedCommand[]> {
  const commands: DocumentedCommand[] = [];
  for (const { place, kind, text } of (await readDocPages()).flatMap(blocksOf)) {
    if (kind !== "sh" || !text.includes(MODULE)) continue;
    for (const [program, ...words] of await callsOfScript(`HOME=${home}\n${text}`)) {
      const at = words.indexOf(MODULE);
      if (program !== "deno" || words[0] !== "run" || at < 0) continue;
      commands.push({ place, flags: words.slice(1, at), args: words.slice(at + 1) });
    }
  }
  return commands;
}

/** The first YAML block of a page that has this text in it. */
export async function documentedYaml(page: string, text: string): Promise<string> {
  const block = (await readDocPages()).filter(({ path }) => path === page).flatMap(blocksOf)
    .find((block) => block.kind === "yaml" && block.text.includes(text));
  if (block === undefined) throw new Error(`${page} has no such YAML block`);
  return block.text;
}

/** The hosts of the documentation's configurations: a broker, an STS, and a store with one file, `hello.txt`. */
export async function startDocumentedHosts() {
  const { accessKeyId, secretAccessKey } = { accessKeyId: "AKIA1", secretAccessKey: "secret key" };
  const store = createMemoryS3({
    buckets: ["media"],
    credentials: { [accessKeyId]: { secretAccessKey }, ASIA1: { secretAccessKey, sessionToken: "token" } },
  });
  store.putObject({ bucket: "media", key: "hello.txt", body: new TextEncoder().encode("Hello") });
  const grant = {
    AccessKeyId: "ASIA1",
    SecretAccessKey: secretAccessKey,
    SessionToken: "token",
    Expiration: new Date(Date.now() + 900_000).toISOString(),
    S3Folder: "s3://media/",
  };
  // The store of the broker's tenants, which are to have what STS's stub hands out.
  const tenants = createMemoryS3({ buckets: ["media"], region: "eu-west-1" });
  const keys = { secretAccessKey: "minted-key-canary", sessionToken: "minted-token-canary" };
  tenants.credentials.set("ASIAMINTED", { ...keys, bucket: "media", prefix: "team/" });
  const names = [
    ...["broker.example.com", "sts.eu-west-1.amazonaws.com"],
    ...["*.s3.us-east-1.amazonaws.com", "*.s3.eu-west-1.amazonaws.com"],
  ];
  const hosts = await startNamedHosts(names, (request) => {
    const { hostname } = new URL(request.url);
    if (hostname.startsWith("broker.")) return Response.json(grant);
    if (hostname.startsWith("sts.")) return stsReply();
    return (hostname.endsWith(".s3.eu-west-1.amazonaws.com") ? tenants : store).fetch(request);
  });
  return { ...hosts, accessKeyId, secretAccessKey };
}
