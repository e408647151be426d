import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import type { FileAction } from "../../src/app/mod.ts";
import { escaped, pagesApp } from "../support/app_pages.ts";
import { EVERYTHING, formOf } from "../support/app_stub.ts";

const FORM = "/-/files/source/media/-/form";

const NEEDS: readonly (readonly [form: string, needs: readonly FileAction[]])[] = [
  ["upload", ["files-upload"]],
  ["delete", ["files-delete"]],
  ["folder", ["files-upload"]],
  ["move", ["files-edit", "files-delete"]],
  ["rename", ["files-edit", "files-delete"]],
  ["copy", ["files-browse", "files-upload"]],
  ["edit", ["files-browse", "files-edit"]],
  ["link", ["files-browse"]],
  ["archive", ["files-browse"]],
];
for (const [form, needs] of NEEDS) {
  for (const missing of needs) {
    Deno.test(`the form "${form}" is neither shown nor accepted without ${missing}`, async () => {
      const app = pagesApp({ a: "1" }, { permissions: { ...EVERYTHING, [missing]: false } });
      const shown = form === "upload" ? "/-/files/upload/media" : `${FORM}/${form}?path=a`;
      const sent = [["path", "a"], ["to", "b"], ["name", "c"], ["text", "2"], ["etag", "x"], [
        "confirmed",
        "1",
      ]] as const;
      // Nothing asks before a download.
      const statuses = form === "archive" ? [] : [(await app.get(shown)).status];
      if (form !== "link") {
        statuses.push((await app.post(`${FORM}/${form}`, form === "upload" ? formOf({ b: "" }) : sent)).status);
      }
      assertEquals(statuses, statuses.map(() => 403));
      assertEquals([app.s3.listKeys("bucket"), app.textOf("a")], [["media/a"], "1"]);
    });
  }
  Deno.test(`the form "${form}" is refused from another site`, async () => {
    const app = pagesApp({ a: "1" });
    const { status } = await app.post(`${FORM}/${form}`, [["path", "a"], ["confirmed", "1"]], {
      "sec-fetch-site": "cross-site",
    });
    assertEquals([status, app.textOf("a")], [403, "1"]);
  });
}

for (const name of ["<img src=x onerror=alert(1)>", '"><script>', "a\u202Eb", "x".repeat(700)]) {
  Deno.test(`forms show the name ${JSON.stringify(name.slice(0, 30))} as text`, async () => {
    const app = pagesApp({ [name]: "text" });
    const path = encodeURIComponent(name);
    for (const form of ["delete", "rename", "move", "copy", "edit", "link"]) {
      const { status, text } = await app.get(`${FORM}/${form}?path=${path}`);
      assertEquals(status, 200);
      assertFalse(/<img|<script>/.test(text), form);
      assertStringIncludes(text, escaped(name.replace("\u202E", "\uFFFD")));
    }
  });
}
