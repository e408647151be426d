import { assert, assertEquals, assertFalse, assertMatch, assertNotEquals } from "@std/assert";
import { stub } from "@std/testing/mock";
import { main } from "../../src/command/cli.ts";

const SECRET = "team-secret-canary";
const EXPIRATION = new Date(Date.now() + 3_600_000).toISOString();
const REPLY = {
  AccessKeyId: "ASIA1",
  SecretAccessKey: "key-canary",
  SessionToken: "token",
  Token: "token",
  Expiration: EXPIRATION,
  S3Folder: "s3://media/team/",
};
const PRINTED =
  `{"Version":1,"AccessKeyId":"ASIA1","SecretAccessKey":"key-canary","SessionToken":"token","Expiration":"${EXPIRATION}"}`;

/** A broker, a folder with a secret in it for a cache, and the requests and outputs. */
async function openWorld(answer: (request: Request, index: number) => Response | Promise<Response>) {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    asked.push(`${request.method} ${pathname}${search} ${request.headers.get("authorization")}`);
    return await answer(request, asked.length - 1);
  });
  const folder = await Deno.makeTempDir();
  const secretFile = `${folder}/secret`;
  await Deno.writeTextFile(secretFile, `${SECRET}\n`);
  const former = setVariables({ XDG_CACHE_HOME: `${folder}/cache` });
  return {
    asked,
    folder,
    cache: `${folder}/cache/s3-source`,
    url: `http://127.0.0.1:${server.addr.port}/credentials`,
    host: `127.0.0.1:${server.addr.port}`,
    /** Runs the command. */
    async run(...args: readonly string[]) {
      const [out, err]: [string[], string[]] = [[], []];
      using _log = stub(console, "log", (...words) => void out.push(words.join(" ")));
      using _error = stub(console, "error", (...words) => void err.push(words.join(" ")));
      const code = await main(["credentials", this.url, "--secret-file", secretFile, ...args]);
      return { code, out: out.join("\n"), err: err.join("\n") };
    },
    async [Symbol.asyncDispose]() {
      setVariables(former);
      await server.shutdown();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function setVariables(variables: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  const former = Object.keys(variables).map((name) => [name, Deno.env.get(name)]);
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) Deno.env.delete(name);
    else Deno.env.set(name, value);
  }
  return Object.fromEntries(former);
}

const good = () => Response.json(REPLY);

Deno.test("credentials prints keys for credential_process, and nothing else", async () => {
  await using world = await openWorld(good);
  assertEquals(await world.run(), { code: 0, out: PRINTED, err: "" });
  assertEquals(world.asked, [`GET /credentials Bearer ${SECRET}`]);
});

Deno.test("credentials asks for less in the query", async () => {
  await using world = await openWorld(good);
  await world.run("--tenant", "a", "--folder", "team/a b/", "--allow", "read,write", "--duration-seconds", "1800");
  assertEquals(world.asked, [
    `GET /credentials?tenant=a&prefix=team%2Fa+b%2F&allow=read%2Cwrite&duration_seconds=1800 Bearer ${SECRET}`,
  ]);
});

Deno.test("credentials takes the secret from the variables of the AWS SDKs, the file first", async () => {
  await using world = await openWorld(good);
  await Deno.writeTextFile(`${world.folder}/other`, " from-file\n");
  const name = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
  const former = setVariables({ [name]: "from-variable", [`${name}_FILE`]: `${world.folder}/other` });
  using _log = stub(console, "log", () => {});
  using error = stub(console, "error", () => {});
  const codes = [await main(["credentials", world.url])];
  setVariables({ [`${name}_FILE`]: undefined });
  codes.push(await main(["credentials", world.url]));
  setVariables({ [name]: undefined });
  codes.push(await main(["credentials", world.url]));
  setVariables(former);
  assertEquals(codes, [0, 0, 1]);
  assertEquals(world.asked, ["GET /credentials Bearer from-file", "GET /credentials Bearer from-variable"]);
  assertEquals(error.calls.map(({ args }) => args), [[
    `Cannot get credentials: there is no secret; use --secret-file, ${name}_FILE or ${name}`,
  ]]);
});

for (
  const [what, answer, reason, times] of [
    ["the broker's reason", refusal(403, { message: "the secret is wrong", Message: "x" }), "the secret is wrong", 1],
    ["no secret in it", refusal(400, { message: `not ${SECRET}` }), "not [secret]", 1],
    ["no control characters", refusal(400, { message: "a\u001b[2J" }), "a\\u001b[2J", 1],
    ["an answer that is no JSON", () => new Response("<html>", { status: 404 }), "it answered 404", 1],
    ["a redirect", () => Response.redirect("https://evil.test/"), "it redirects, which is not followed", 1],
    ["429", refusal(429, { message: "too many failures" }), "too many failures", 1],
    ["502, twice", refusal(502, { message: "no credentials available" }), "no credentials available", 2],
  ] as const
) {
  Deno.test(`credentials says in a sentence why there are no keys: ${what}`, async () => {
    await using world = await openWorld(answer);
    const err = `Cannot get credentials from the broker at ${world.host}: ${reason}`;
    assertEquals([await world.run(), world.asked.length], [{ code: 1, out: "", err }, times]);
  });
}

function refusal(status: number, body: object): () => Response {
  return () => Response.json(body, { status });
}

Deno.test("credentials asks once more after a transient failure", async () => {
  await using world = await openWorld((_, index) => index === 0 ? new Response(null, { status: 503 }) : good());
  assertEquals([await world.run(), world.asked.length], [{ code: 0, out: PRINTED, err: "" }, 2]);
});

Deno.test("credentials does not print a reply without keys", async () => {
  await using world = await openWorld(() => Response.json({ ...REPLY, SessionToken: undefined }));
  const err = 'Cannot use the field "SessionToken" of the broker\'s reply: it is missing';
  assertEquals(await world.run(), { code: 1, out: "", err });
});

for (
  const [text, reason] of [
    [
      "http://broker.test/",
      '"broker.test" would be asked without encryption; only this machine\'s own addresses may have http:',
    ],
    ["ftp://broker.test/", "it is not an https: URL"],
    ["broker", "it is not an https: URL"],
    ["https://user:canary@broker.test/", "it has a user name or a password"],
  ]
) {
  Deno.test(`credentials refuses the URL ${text}`, async () => {
    using error = stub(console, "error", () => {});
    assertEquals(await main(["credentials", text ?? "", "--secret-file", "missing"]), 2);
    assertEquals(error.calls.map(({ args }) => args), [[`Cannot use the URL of the broker: ${reason}. See --help.`]]);
  });
}

for (const [text, reason] of [["", "is empty"], [" \n", "is empty"], ["a\nb", "is not one line of printable ASCII"]]) {
  Deno.test(`credentials refuses a file with ${JSON.stringify(text)} as secret`, async () => {
    await using world = await openWorld(good);
    const path = `${world.folder}/bad`;
    await Deno.writeTextFile(path, text ?? "");
    const err = `Cannot get credentials: the secret in "${path}" ${reason}`;
    assertEquals([await world.run("--secret-file", path), world.asked], [{ code: 1, out: "", err }, []]);
  });
}

Deno.test("credentials says that there is no file with the secret", async () => {
  await using world = await openWorld(good);
  const err = 'Cannot read the secret in "missing": there is no such file';
  assertEquals(await world.run("--secret-file", "missing"), { code: 1, out: "", err });
});

Deno.test("credentials --cache keeps keys in a file that only this user can read, by what was asked for", async () => {
  await using world = await openWorld(good);
  assertEquals((await world.run()).code, 0);
  assertEquals([await Deno.stat(world.cache).catch(() => "none"), world.asked.length], ["none", 1]);
  for (const args of [[], [], ["--allow", "read"], ["--allow", "read"]]) {
    assertEquals(await world.run("--cache", ...args), { code: 0, out: PRINTED, err: "" });
  }
  assertEquals(world.asked.length, 3);
  const files = await Array.fromAsync(Deno.readDir(world.cache));
  assertEquals(files.length, 2);
  for (const { name } of files) assertMatch(name, /^[0-9a-f]{64}\.json$/);
  if (Deno.build.os === "windows") return;
  const modes = [world.cache, ...files.map(({ name }) => `${world.cache}/${name}`)].map((path) =>
    Deno.statSync(path).mode
  );
  assertEquals(modes.map((mode) => (mode ?? 0) & 0o777), [0o700, 0o600, 0o600]);
  for (const { name } of files) assertFalse((await Deno.readTextFile(`${world.cache}/${name}`)).includes(SECRET));
});

/** The only file in the cache. */
async function cachedFile(world: { readonly cache: string }): Promise<string> {
  const [file] = await Array.fromAsync(Deno.readDir(world.cache));
  assert(file !== undefined);
  return `${world.cache}/${file.name}`;
}

for (
  const [lifeMinutes, leftMinutes, isUsed] of [
    [60, 16, true],
    [60, 14, false],
    [600, 16, true],
    [600, 14, false],
    [20, 6, true],
    [20, 4, false],
    [60, -1, false],
  ] as const
) {
  Deno.test(`credentials --cache ${isUsed ? "uses" : "replaces"} keys with ${leftMinutes} of ${lifeMinutes} minutes left`, async () => {
    await using world = await openWorld(good);
    await world.run("--cache");
    const path = await cachedFile(world);
    const entry = JSON.parse(await Deno.readTextFile(path));
    entry.keys.accessKeyId = "ASIA0";
    entry.keys.expiration = new Date(Date.now() + leftMinutes * 60_000).toISOString();
    entry.obtained = new Date(Date.now() + (leftMinutes - lifeMinutes) * 60_000).toISOString();
    await Deno.writeTextFile(path, JSON.stringify(entry));
    const { out } = await world.run("--cache");
    assertEquals([JSON.parse(out).AccessKeyId, world.asked.length], isUsed ? ["ASIA0", 1] : ["ASIA1", 2]);
  });
}

for (const broken of ["", "{", "[]", '{"obtained":"x","keys":{}}', '{"keys":null}']) {
  Deno.test(`credentials --cache replaces a broken file: ${broken}`, async () => {
    await using world = await openWorld(good);
    await world.run("--cache");
    const path = await cachedFile(world);
    const whole = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, broken);
    assertEquals([await world.run("--cache"), world.asked.length], [{ code: 0, out: PRINTED, err: "" }, 2]);
    assertEquals((await Deno.readTextFile(path)).length, whole.length);
  });
}

const unix = { ignore: Deno.build.os === "windows" };

Deno.test("credentials --cache refuses a file or a folder that others may read", unix, async () => {
  await using world = await openWorld(good);
  await world.run("--cache");
  const path = await cachedFile(world);
  for (const [target, mode] of [[path, 0o640], [world.cache, 0o755]] as const) {
    await Deno.chmod(target, mode);
    const err = `Cannot use the cache "${target}": other users may use it; remove it`;
    assertEquals(await world.run("--cache"), { code: 1, out: "", err });
  }
});

Deno.test("credentials --cache refuses symbolic links", unix, async () => {
  await using world = await openWorld(good);
  await world.run("--cache");
  const path = await cachedFile(world);
  await Deno.rename(path, `${world.folder}/elsewhere`);
  await Deno.symlink(`${world.folder}/elsewhere`, path);
  const refused = (place: string) => `Cannot use the cache "${place}": it is a symbolic link; remove it`;
  assertEquals((await world.run("--cache")).err, refused(path));
  await Deno.rename(world.cache, `${world.cache}-2`);
  await Deno.symlink(`${world.cache}-2`, world.cache);
  assertEquals((await world.run("--cache")).err, refused(world.cache));
});

Deno.test("credentials --cache refuses a file of another user", { ignore: Deno.uid() !== 0 }, async () => {
  await using world = await openWorld(good);
  await world.run("--cache");
  const path = await cachedFile(world);
  await Deno.chown(path, 65_534, 65_534);
  assertEquals(
    (await world.run("--cache")).err,
    `Cannot use the cache "${path}": it belongs to another user; remove it`,
  );
});

Deno.test("credentials --cache is whole after several at once, and removes what is a week old", async () => {
  await using world = await openWorld(good);
  await world.run("--cache", "--allow", "read");
  const old = await cachedFile(world);
  const lastWeek = new Date(Date.now() - 8 * 86_400_000);
  await Deno.utime(old, lastWeek, lastWeek);
  const requests = [1, 2, 3, 4].map(() => askInProcess(world));
  assertEquals(await Promise.all(requests), [0, 0, 0, 0]);
  const path = await cachedFile(world);
  assertNotEquals(path, old);
  assertEquals(JSON.parse(await Deno.readTextFile(path)).keys.accessKeyId, "ASIA1");
  assertEquals((await Array.fromAsync(Deno.readDir(world.cache))).length, 1);
});

async function askInProcess({ url, folder }: { readonly url: string; readonly folder: string }): Promise<number> {
  const args = ["credentials", url, "--secret-file", `${folder}/secret`, "--cache"];
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-all", "src/command/cli.ts", ...args],
  }).output();
  return code;
}
