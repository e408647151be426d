import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { API_ROUTES } from "../../src/app/api/routes.ts";
import type { ApiRoute } from "../../src/app/api/route.ts";
import type { FileAction } from "../../src/app/permissions/allow_rules.ts";
import type { AppEnv, AppRequest } from "../../src/app/context.ts";
import { createWorld, idOf } from "../support/app_world.ts";

const ACTIONS: readonly FileAction[] = ["files-browse", "files-upload", "files-edit", "files-delete"];

/** The path of a route, for the file `a` of `media`. */
function urlOf({ path }: ApiRoute): string {
  return path.replace("{source}", "media").replace("{id}", idOf("a"));
}

/** The permissions that a route needs for a request without conditions. */
async function needsOf({ needs }: ApiRoute): Promise<readonly FileAction[]> {
  if (typeof needs !== "function") return needs;
  let actions: readonly FileAction[] = [];
  const app = new Hono<AppEnv>().get("/", (c: AppRequest) => {
    actions = needs(c);
    return c.body(null);
  });
  await app.request("/");
  return actions;
}

/** Responses of routes that leave out everything that may not be browsed. */
const WITHOUT_PERMISSION: Readonly<Record<string, unknown>> = {
  "/sources.json": { sources: [] },
  "/batch.json": { files: {} },
  "/search.json": { q: "", source: null, files: [], folders: [], searched: 0, sources: [], total: 0, next: null },
};

/** Sends a request with all permissions but these. */
async function askWithout(route: ApiRoute, missing: readonly FileAction[]) {
  const permissions = Object.fromEntries(ACTIONS.map((action) => [action, !missing.includes(action)]));
  const world = createWorld({ files: { a: "A" }, permissions });
  const body = route.method === "GET" ? null : "{}";
  const response = await world.request(urlOf(route) + (route.path === "/batch.json" ? `?id=${idOf("a")}` : ""), {
    method: route.method,
    headers: { "content-type": "application/json" },
    body,
  });
  return { status: response.status, json: await response.json().catch(() => null), world };
}

for (const route of API_ROUTES) {
  const name = `${route.method} ${route.path}`;
  const needs = await needsOf(route);
  const isOpen = ["/openapi.json"].includes(route.path);

  for (const action of needs) {
    Deno.test(`${name} is refused without ${action}`, async () => {
      const { status, json, world } = await askWithout(route, [action]);
      assertEquals([status, json?.ok], [403, false]);
      assertEquals([world.paths(), world.textOf("a")], [["a"], "A"]);
    });
  }

  Deno.test(`${name} gives nothing away without any permission`, async () => {
    const { status, json, world } = await askWithout(route, ACTIONS);
    if (needs.length > 0) assertEquals(status, 403);
    else if (!isOpen) assertEquals([status, json], [200, WITHOUT_PERMISSION[route.path]]);
    assertEquals(world.s3.requests, []);
  });

  if (needs.length > 0) {
    Deno.test(`${name} is not refused with only the permissions it needs`, async () => {
      const { status } = await askWithout(route, ACTIONS.filter((action) => !needs.includes(action)));
      assertEquals(status === 403, false);
    });
  }

  if (route.method !== "GET") {
    Deno.test(`${name} is refused to other sites`, async () => {
      const world = createWorld({ files: { a: "A" } });
      for (const headers of [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.test" }]) {
        const response = await world.request(urlOf(route), { method: route.method, headers, body: "{}" });
        assertEquals(response.status, 403);
      }
      assertEquals(world.s3.requests, []);
    });
  }

  Deno.test(`${name} is refused at a foreign host name`, async () => {
    const response = await createWorld().request(urlOf(route), {
      method: route.method,
      headers: { host: "evil.test" },
    });
    assertEquals(response.status, 421);
  });
}

Deno.test("every action is needed by a route, and every route is unique", async () => {
  const needed = (await Promise.all(API_ROUTES.map(needsOf))).flat();
  assertEquals(new Set(needed), new Set(ACTIONS));
  const names = API_ROUTES.map(({ method, path }) => `${method} ${path}`);
  assertEquals(names.length, new Set(names).size);
});

Deno.test("every route of the app is in a table of routes", async () => {
  const calls: string[] = [];
  for await (const { name } of Deno.readDir(new URL("../../src/app/api/", import.meta.url))) {
    const text = await Deno.readTextFile(new URL(`../../src/app/api/${name}`, import.meta.url));
    calls.push(
      ...[...text.matchAll(/\bapp\s*\.(get|post|put|delete|patch|on|all|use)\(/g)].map(([call]) => `${name}: ${call}`),
    );
  }
  assertEquals(calls, ["route.ts: app.on("]);
});
