// Checks that a release can be published under this tag: deno run --allow-read tools/release_check.ts v1.2.3
// deno-lint-ignore-file no-console -- A command.
import { releaseProblem } from "./release_problem.ts";
import config from "../deno.json" with { type: "json" };

const changelog = await Deno.readTextFile(new URL("../CHANGELOG.md", import.meta.url));
const [tag = ""] = Deno.args;
const problem = releaseProblem(tag, { version: config.version, changelog });
console.log(problem === undefined ? `${tag} can be published` : `Cannot publish "${tag}": ${problem}`);
Deno.exitCode = problem === undefined ? 0 : 1;
