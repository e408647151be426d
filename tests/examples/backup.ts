import { dirname } from "node:path";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { S3Source } from "../../mod.ts";
import { deno, type Ended, run, type Running, start } from "./processes.ts";
import { deadUrl, type Stage } from "./stage.ts";

const PART_BYTES = 8 * 1024 * 1024;

/** Registers the tests of examples/backup.ts. */
export function testBackup({ openFolder, seaweedFs }: Stage): void {
  /** A test with a folder to back up, a folder to restore to, and a store. */
  function test(name: string, act: (scene: Scene) => Promise<void>): void {
    Deno.test(`backup.ts ${name}`, async () => {
      const { env, source, prefix } = await openFolder();
      const place = await Deno.makeTempDir({ prefix: "backup-" });
      const folder = `${place}/folder`;
      await Deno.mkdir(folder);
      const program = (args: string[], more: Record<string, string>) => ({
        command: deno("backup.ts", args, ["--allow-all"]),
        env: { ...env, ...more },
      });
      try {
        await act({
          folder,
          restored: `${place}/restored`,
          source: source.folder("backup"),
          write: async (path, content) => {
            await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
            await Deno.writeFile(`${folder}/${path}`, new TextEncoder().encode(content));
          },
          start: (args, more = {}) => start(program(args, more)),
          backup: (args, more = {}) => run(program(args, more)),
          listUploads: () => seaweedFs.listUploads(prefix),
        });
      } finally {
        await Deno.remove(place, { recursive: true });
      }
    });
  }

  test("sends what is new, restores it all, and deletes what no snapshot needs", async (scene) => {
    const { folder, restored, source, write, backup } = scene;
    const names = ["a.txt", "copy of a.txt", "..backup/ü\n+%.txt", "empty", "deep/er/large"];
    for (const name of names) await write(name, name.startsWith("copy") ? "a.txt" : name === "empty" ? "" : name);
    await Deno.writeFile(`${folder}/deep/er/large`, new Uint8Array(PART_BYTES + 1).fill(7));
    await Deno.symlink("a.txt", `${folder}/link`);

    const first = await backup(["create", folder], { BACKUP_KEEP: "2" });
    assertEquals([first.code, first.stderr], [0, ""]);
    assertMatch(
      first.stdout,
      /^20\S+Z: 5 files, 4 of them new with 8388632 bytes\nDeleted 0 snapshots and 0 contents\n$/,
    );
    await write("a.txt", "changed");
    await write("copy of a.txt", "changed");
    await Deno.chmod(`${folder}/a.txt`, 0o640);
    await Deno.utime(`${folder}/a.txt`, 1_000_000_000, 1_000_000_000.5);
    const second = await backup(["create", folder], { BACKUP_KEEP: "2" });
    assertStringIncludes(second.stdout, ": 5 files, 1 of them new with 7 bytes\nDeleted 0");
    const third = await backup(["create", folder], { BACKUP_KEEP: "2" });
    assertStringIncludes(
      third.stdout,
      ": 5 files, 0 of them new with 0 bytes\nDeleted 1 snapshots and 1 contents\n",
    );

    const snapshots = (await backup(["list"])).stdout.trim().split("\n");
    assertEquals(snapshots.length, 2);
    assertEquals((await pathsOf(source, "contents/")).length, 4);
    for (const snapshot of snapshots) {
      assertEquals((await backup(["verify", snapshot])).stdout, `${snapshot}: 5 files, 0 of them damaged\n`);
    }
    const outcome = await backup(["restore", restored]);
    assertEquals([outcome.code, outcome.stderr], [0, ""]);
    assertEquals(await contentsOf(restored), await contentsOf(folder));
    const [{ mode, mtime }, original] = [await Deno.stat(`${restored}/a.txt`), await Deno.stat(`${folder}/a.txt`)];
    assertEquals([(mode ?? 0) & 0o777, mtime], [0o640, original.mtime]);
  });

  test("finds a content that has been damaged, and restores the others", async ({ folder, restored, source, write, backup }) => {
    await write("good", "good");
    await write("bad", "bad");
    await backup(["create", folder]);
    const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode("bad"))).toHex();
    await source.upload(`contents/${sha256}`, "BAD", {
      ifMatch: (await source.stat(`contents/${sha256}`))?.etag ?? "",
    });
    const verified = await backup(["verify"]);
    assertEquals([verified.code, verified.stderr], [1, "bad: its content does not match its SHA-256\n"]);
    const outcome = await backup(["restore", restored]);
    assertEquals([outcome.code, outcome.stderr], [1, verified.stderr]);
    assertEquals(await contentsOf(restored), { good: "good" });
  });

  test("restores nothing outside of the new folder, and nothing into one that is there", async (scene) => {
    const { folder, restored, source, write, backup } = scene;
    await write("a", "a");
    await backup(["create", folder]);
    const [snapshot = ""] = await pathsOf(source, "snapshots/");
    const [file] = JSON.parse(await source.readText(snapshot));
    const hostile = ["../evil", "/evil", "b/../../evil", "b//c", "."].map((path) => ({ ...file, path }));
    await source.upload(snapshot, JSON.stringify([file, ...hostile]));
    const outcome = await backup(["restore", restored]);
    assertEquals([outcome.code, outcome.stderr.match(/its path is unsafe/g)?.length], [1, 5]);
    assertEquals(await contentsOf(`${restored}/..`), { "folder/a": "a", "restored/a": "a" });
    const again = await backup(["restore", restored]);
    assertEquals(again.code, 1);
    assertStringIncludes(again.stderr, "exists");
  });

  test("can be killed and told to end at any time", async ({ folder, source, backup, start, listUploads }) => {
    const large = await Deno.create(`${folder}/large`);
    await large.truncate(16 * PART_BYTES);
    large.close();
    const killed = start(["create", folder]);
    await begins(killed, listUploads);
    killed.kill("SIGKILL");
    assertEquals((await killed.ended).code, 137);
    const left = (await listUploads()).length;
    assertEquals([left > 0, await pathsOf(source, "")], [true, []]);

    const ended = start(["create", folder]);
    await begins(ended, async () => (await listUploads()).slice(left));
    ended.kill("SIGTERM");
    const { code, stderr } = await ended.ended;
    assertEquals([code, stderr], [143, "Interrupted by SIGTERM\n"]);
    assertEquals([(await listUploads()).length, await pathsOf(source, "")], [left, []]);

    assertEquals((await backup(["create", folder])).code, 0);
    assertEquals((await backup(["verify"])).code, 0);
  });

  test("deletes nothing old while there is a file that it cannot read", async ({ folder, source, write, backup }) => {
    await write("a", "a");
    await backup(["create", folder]);
    await run({ command: ["sh", "-c", "touch \"$(printf 'not utf-8 \\377')\""], cwd: folder });
    const { code, stdout, stderr } = await backup(["create", folder], { BACKUP_KEEP: "1" });
    assertEquals(code, 1);
    assertMatch(stdout, /: 1 files, 0 of them new with 0 bytes\n$/);
    assertMatch(stderr, /^not utf-8 \ufffd: .*\n$/);
    assertEquals((await pathsOf(source, "snapshots/")).length, 2);
  });

  test("says what is wrong, and tells it by its exit code", async ({ folder, write, backup }) => {
    await write("a", "a");
    const outcomes = await Promise.all([
      backup(["create", folder], { S3_ENDPOINT_URL: deadUrl() }),
      backup(["create", folder], { CREDENTIALS_URL: deadUrl() }),
      backup(["create", `${folder}/none`]),
      backup(["verify"]),
      backup(["verify", "none"]),
      backup(["verify", "../../a"]),
      backup([]),
      backup(["create"]),
      backup(["create", folder], { BACKUP_KEEP: "0" }),
    ]);
    assertEquals(outcomes.map(({ code }) => code), [1, 1, 1, 1, 1, 1, 2, 2, 2]);
    const said = outcomes.map(({ stderr }: Ended) => stderr);
    const expected = [
      "the connection failed",
      "broker",
      "No such file",
      "no snapshot",
      "does not exist",
      '".."',
      "Usage",
      "Usage",
      "BACKUP_KEEP",
    ];
    for (const [index, text] of expected.entries()) assertStringIncludes(said[index] ?? "", text);
  });
}

interface Scene {
  readonly folder: string;
  readonly restored: string;
  /** The folder of the backup. */
  readonly source: S3Source;
  write(path: string, content: string): Promise<void>;
  start(args: string[], env?: Record<string, string>): Running;
  backup(args: string[], env?: Record<string, string>): Promise<Ended>;
  listUploads(): Promise<string[]>;
}

async function pathsOf(source: S3Source, prefix: string): Promise<string[]> {
  return await Array.fromAsync(source.walk({ prefix }), ({ path }) => path);
}

/** Waits until the store lists an upload. */
async function begins(running: Running, listUploads: () => Promise<string[]>): Promise<void> {
  let hasEnded = false;
  running.ended.then(() => hasEnded = true);
  while ((await listUploads()).length === 0) assert(!hasEnded, "It has ended without an upload");
}

/** Regular files below a folder; large ones by their digest. */
async function contentsOf(folder: string, prefix = ""): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for await (const { name, isDirectory, isFile } of Deno.readDir(`${folder}/${prefix}`)) {
    if (isDirectory) Object.assign(contents, await contentsOf(folder, `${prefix}${name}/`));
    if (!isFile) continue;
    const bytes = await Deno.readFile(`${folder}/${prefix}${name}`);
    contents[prefix + name] = bytes.length > 1_000
      ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()
      : new TextDecoder().decode(bytes);
  }
  return contents;
}
