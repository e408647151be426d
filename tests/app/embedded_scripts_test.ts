import { assertEquals, assertFalse } from "@std/assert";
import { joinModules } from "../../src/app/browser/join_modules.ts";
import { SCRIPTS, SCRIPTS_URL } from "../../src/app/browser/embed.ts";

Deno.test("the scripts are served without indentation and blank lines", () => {
  for (const [name, text] of SCRIPTS) assertFalse(/^\s/m.test(text), name);
});

Deno.test("the URL of the scripts depends on every one of them", () => {
  let hash = 0;
  for (const char of [...SCRIPTS.values()].join("").split("")) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
  assertEquals(SCRIPTS_URL, `/-/files/-/static/${(hash >>> 0).toString(36)}`);
});

Deno.test("joinModules() puts what a module imports before it, once, and imports what is elsewhere", () => {
  const modules = new Map([
    ["a.js", 'export const a = "a";\n'],
    ["b.js", 'import { a } from "./a.js";\nexport const b = a;\n'],
    ["c.js", 'import { a } from "./a.js";\nimport { b } from "./b.js";\nexport const c = () => import("./b.js");\n'],
    ["d.js", 'import { a } from "./a.js";\nimport {\nb,\nc,\n} from "./c.js";\nexport const d = a + b + c;\n'],
  ]);
  assertEquals([...joinModules(modules, ["b.js"])], [
    ["b.js", 'export const a = "a";\nexport const b = a;\n'],
    ["c.js", 'import { a, b } from "./b.js";\nexport const c = () => import("./b.js");\n'],
    ["d.js", 'import { a } from "./b.js";\nimport { b, c } from "./c.js";\nexport const d = a + b + c;\n'],
  ]);
});
