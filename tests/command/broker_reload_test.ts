import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startBrokerProcess } from "../support/broker_process.ts";
import { sha256Of } from "../support/stub_broker.ts";
import { stsReply } from "../support/stub_sts.ts";

const unix = { ignore: Deno.build.os === "windows" };

/** An STS, a folder with a broker.yaml for it, and the broker as a process. */
async function openWorld(extra: Readonly<Record<string, unknown>> = {}) {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  const sts = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if ((await request.text()).includes("held")) {
      onAsked();
      await held;
    }
    return stsReply({ expiration: new Date(Date.now() + 3_600_000).toISOString() });
  });
  const folder = await Deno.makeTempDir();
  const file = `${folder}/broker.yaml`;
  const settings = {
    sts: {
      endpoint_url: `http://127.0.0.1:${sts.addr.port}`,
      access_key_id: "AKIA",
      secret_access_key: { $file: `${folder}/key` },
    },
    tenants_folder: `${folder}/tenants`,
    ...extra,
  };
  const write = async (tenants: Readonly<Record<string, string>>, more: object = {}) => {
    const entries = Object.entries(tenants).map(async ([name, secret]) => {
      return [name, { secret_sha256: await sha256Of(secret), bucket: "media", prefix: name, allow: ["read"] }];
    });
    const named = Object.fromEntries(await Promise.all(entries));
    await Deno.writeTextFile(`${folder}/next`, JSON.stringify({ broker: { ...settings, tenants: named, ...more } }));
    await Deno.rename(`${folder}/next`, file);
  };
  await Deno.mkdir(`${folder}/tenants`);
  await Deno.writeTextFile(`${folder}/key`, "key");
  await write({ team: "first", held: "held" });
  const broker = await startBrokerProcess(file);
  return {
    folder,
    file,
    write,
    broker,
    asked,
    release,
    /** The status for a secret. */
    async ask(secret: string): Promise<number> {
      const body = new URLSearchParams({ secret });
      const response = await fetch(`${broker.origin}/credentials`, { method: "POST", body });
      await response.body?.cancel();
      return response.status;
    },
    async [Symbol.asyncDispose]() {
      release();
      await broker[Symbol.asyncDispose]();
      await sts.shutdown();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("broker takes up its configuration after SIGHUP, and running requests end", unix, async () => {
  await using world = await openWorld();
  assertEquals([await world.ask("first"), await world.ask("second")], [200, 403]);
  const running = world.ask("held");
  await world.asked;
  await world.write({ team: "second" });
  world.broker.kill("SIGHUP");
  assertMatch(await world.broker.wrote(/taken up/), /^\d{4}-\S+Z \S+broker\.yaml was taken up$/);
  assertEquals([await world.ask("first"), await world.ask("second")], [403, 200]);
  world.release();
  assertEquals(await running, 200);
});

Deno.test("broker refuses a configuration with a mistake, and the former goes on", unix, async () => {
  await using world = await openWorld({ log_format: "json" });
  await world.write({ team: "second" }, { tenant: {} });
  world.broker.kill("SIGHUP");
  const { time, type, reason } = JSON.parse(await world.broker.wrote(/taken up/));
  assertMatch(time, /^\d{4}-/);
  assertEquals(type, "failed");
  assertStringIncludes(
    reason,
    `${world.file} was not taken up: Cannot use "broker.tenant": there is no such key; did you mean`,
  );
  assertMatch(reason, /; the configuration of \d\d:\d\d:\d\d goes on$/);
  assertEquals([await world.ask("first"), await world.ask("second")], [200, 403]);
});

Deno.test("broker refuses another state while it runs", unix, async () => {
  await using world = await openWorld();
  await world.write({ team: "second" }, { state: "redis://127.0.0.1:1", secret: "kD3vQ8xN1mZs7RbT0cYw4HfJ6gLpA2eU" });
  world.broker.kill("SIGHUP");
  assertStringIncludes(
    await world.broker.wrote(/taken up/),
    'Cannot use "broker.state": it and "secret" are read at the start only; restart the broker',
  );
  assertEquals([await world.ask("first"), await world.ask("second")], [200, 403]);
});

Deno.test("broker takes up changed files without a signal: a tenant in tenants_folder", async () => {
  await using world = await openWorld();
  const tenant = { secret_sha256: await sha256Of("third"), bucket: "media", prefix: "c", allow: ["read"] };
  await Deno.writeTextFile(`${world.folder}/tenants/c.yaml`, JSON.stringify({ c: tenant }));
  await world.broker.wrote(/was taken up/);
  assertEquals([await world.ask("first"), await world.ask("third")], [200, 200]);
});

Deno.test("broker takes up a file behind $file that has changed", async () => {
  await using world = await openWorld();
  await Deno.writeTextFile(`${world.folder}/key`, "other");
  await world.broker.wrote(/was taken up/);
  assertEquals(await world.ask("first"), 200);
});

Deno.test("broker writes its audit where the configuration says, and the rest to stderr", unix, async () => {
  await using world = await openWorld();
  await world.ask("first");
  assertEquals(JSON.parse(await world.broker.wrote(/granted/)).tenant, "team");
  assertEquals(world.broker.stderr, []);
  const audit = `${world.folder}/audit.jsonl`;
  await world.write({ team: "first" }, { audit });
  world.broker.kill("SIGHUP");
  await world.broker.wrote(/taken up/);
  await world.ask("wrong");
  await Deno.rename(audit, `${audit}.1`);
  world.broker.kill("SIGHUP");
  await world.broker.wrote(/taken up/);
  while (!(await Deno.stat(audit).catch(() => undefined))) await new Promise((resolve) => setTimeout(resolve, 10));
  await world.ask("wrong");
  const typeIn = async (path: string) => JSON.parse(await Deno.readTextFile(path)).type;
  assertEquals([await typeIn(`${audit}.1`), await typeIn(audit)], ["refused", "refused"]);
  assertEquals(world.broker.stdout.length, 1);
});
