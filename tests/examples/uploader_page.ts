import { assert, assertEquals } from "@std/assert";
import { DeleteBucketCorsCommand } from "@aws-sdk/client-s3";
import { allowOrigins } from "../../tools/cors.ts";
import { openChromium } from "../browser/chromium.ts";
import { deno, serve } from "./processes.ts";
import type { Stage } from "./stage.ts";

const PASSWORD = "a password of the test";

/** Registers the tests of the page of examples/uploader.ts, in Chromium. */
export function testUploaderPage({ openFolder, seaweedFs }: Stage): void {
  /** Chooses three files in the page, and returns what the page says of them and where it sent them. */
  async function upload(name: string, origins: (own: string) => string[]) {
    const { env, source } = await openFolder();
    const server = await serve({
      command: deno("uploader.ts"),
      env: { ...env, UPLOAD_PASSWORD: PASSWORD, MAX_BYTES: "1000" },
    });
    await allowOrigins(seaweedFs.config, { bucket: seaweedFs.bucket, origins: origins(server.url) });
    const folder = await Deno.makeTempDir();
    const browser = await openChromium();
    const page = await browser.newPage();
    try {
      const sent: string[] = [];
      page.on("request", (request) => {
        if (request.method() === "PUT") sent.push(new URL(request.url()).origin === server.url ? "app" : "store");
      });
      await page.authenticate({ username: "upload", password: PASSWORD });
      await page.goto(server.url);
      const files = { [name]: "a picture", "large.png": "x".repeat(1_001), "page.html": "<p>" };
      for (const [name, content] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, content);
      const input = await page.waitForSelector("input");
      assert(input);
      await input.uploadFile(...Object.keys(files).map((name) => `${folder}/${name}`));
      await page.click("button");
      await page.waitForFunction(
        'document.querySelectorAll("li").length === 3 && !document.body.innerText.includes("sending")',
      );
      const lines = await page.$$eval("li", (items) => items.map((item) => item.textContent));
      const stored = await Array.fromAsync(source.walk(), ({ path }) => path);
      const [path = ""] = stored;
      const content = await source.readText(path);
      return { lines: lines.map((line) => line.replace(/[0-9a-f-]{36}/, "ID")), sent, count: stored.length, content };
    } finally {
      await browser.close();
      await server.stop();
      await Deno.remove(folder, { recursive: true });
      await seaweedFs.sdk.send(new DeleteBucketCorsCommand({ Bucket: seaweedFs.bucket }));
    }
  }

  const outcome = (name: string) => ({
    lines: [
      `${name}: stored as uploads/ID/${name}, 9 bytes`,
      "large.png: The file has more than 1000 bytes.",
      "page.html: Only pictures and PDFs are accepted.",
    ],
    count: 1,
    content: "a picture",
  });

  Deno.test("the page of uploader.ts sends a file straight to the store", async () => {
    const name = "<b>ü & %+.png";
    assertEquals(await upload(name, (own) => [own]), { ...outcome(name), sent: ["store"] });
  });

  Deno.test("the page of uploader.ts sends a file through the app if the store refuses the page's origin", async () => {
    assertEquals(await upload("a.png", () => ["https://elsewhere.example.com"]), {
      ...outcome("a.png"),
      sent: ["store", "app"],
    });
  });
}
