import { assertEquals } from "@std/assert";
import { corsRules } from "../../tools/cors.ts";
import { documentedRules } from "../integration/cors.ts";

Deno.test("corsRules() are those of the documentation", async () => {
  const documented: unknown = await documentedRules();
  assertEquals(documented, corsRules(["https://app.example.com"]));
});
