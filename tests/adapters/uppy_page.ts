import type { S3Source } from "../../mod.ts";
import { CACHE_DIR } from "../../tools/cached_install.ts";

/** The programs of docs/adapters.md. */
export interface DocumentedUppy {
  /** The application's half. */
  readonly createUploads: (
    source: S3Source,
    options: { secret: string; userOf: (request: Request) => Promise<string | undefined> },
  ) => (request: Request) => Promise<Response>;
  /** The page's half with all its packages, as one script; `window.uppy` is Uppy. */
  readonly script: string;
}

/** Takes them from the guide, and bundles the page's. */
export async function readDocumentedUppy(): Promise<DocumentedUppy> {
  const guide = await Deno.readTextFile(new URL("docs/adapters.md", ROOT));
  const [, server = ""] = /^```ts\n(.*?createUppySigner.*?)^```/ms.exec(guide) ?? [];
  const [, page = ""] = /^```js\n(.*?@uppy\/aws-s3.*?)^```/ms.exec(guide) ?? [];
  // In the project, where `scopes` of deno.json has the packages.
  await Deno.mkdir(CACHE_DIR, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: CACHE_DIR, prefix: "uppy-" });
  try {
    const program = server.replaceAll('"@files/s3-source/adapters/uppy"', `"${new URL("src/adapters/uppy.ts", ROOT)}"`)
      .replaceAll('"@files/s3-source"', `"${new URL("mod.ts", ROOT)}"`);
    await Deno.writeTextFile(`${folder}/server.ts`, `${program}\nexport { createUploads };\n`);
    await Deno.writeTextFile(`${folder}/page.js`, page + PAGE);
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--config", new URL("deno.json", ROOT).pathname, "--platform", "browser"]
        .concat(["--output", `${folder}/bundle.js`, `${folder}/page.js`]),
    }).output();
    if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
    const { createUploads }: Pick<DocumentedUppy, "createUploads"> = await import(`file://${folder}/server.ts`);
    return { createUploads, script: await Deno.readTextFile(`${folder}/bundle.js`) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const ROOT = new URL("../../", import.meta.url);

/** What a page has besides: a field for files, Golden Retriever, and someone who presses "Retry". */
const PAGE = `
import GoldenRetriever from "@uppy/golden-retriever";
uppy.use(GoldenRetriever);
const events = [];
const stored = new Promise((resolve) => uppy.on("complete", ({ successful, failed }) => {
  events.push("complete");
  if (failed.length > 0) return setTimeout(() => uppy.retryAll(), 500);
  if (successful.length > 0) resolve(successful.map(({ response }) => response.body));
}));
uppy.on("upload-error", (_, error) => events.push(String(error)));
uppy.on("s3-multipart:part-uploaded", (_, { PartNumber }) => events.push(PartNumber));
document.querySelector("input").addEventListener("change", ({ target }) => {
  for (const file of target.files) uppy.addFile({ name: file.name, type: file.type, data: file });
});
Object.assign(window, { uppy, events, stored });
`;
