// `deno publish --dry-run`, where JSR cannot be reached: it refuses linked packages that lie inside the package but are not
// published with it, so it runs on a copy that has them beside the package.
const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);
const PACKAGE_FILES = ["mod.ts", "src", "README.md", "LICENSE", "CHANGELOG.md"];

const copy = await Deno.makeTempDir({ prefix: "publish-check-" });
try {
  await Deno.mkdir(`${copy}/package`);
  for (const name of PACKAGE_FILES) await copyTree(`${ROOT}${name}`, `${copy}/package/${name}`);
  await copyTree(`${ROOT}tools/std`, `${copy}/std`);
  const config = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  config.links = config.links.map((link: string) => link.replace("./tools/std/", "../std/"));
  await Deno.writeTextFile(`${copy}/package/deno.json`, JSON.stringify(config));
  const args = ["publish", "--dry-run", "--allow-dirty"];
  const { code } = await new Deno.Command(Deno.execPath(), { args, cwd: `${copy}/package` }).spawn().status;
  Deno.exitCode = code;
} finally {
  await Deno.remove(copy, { recursive: true });
}

async function copyTree(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await copyTree(`${from}/${name}`, `${to}/${name}`);
}
