import { assertEquals, assertThrows } from "@std/assert";
import { CommandError } from "../../src/command/command_error.ts";
import { toLoginOptions } from "../../src/command/login_options.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { startServe } from "../support/serve_process.ts";
import { openTestProvider } from "../support/test_provider.ts";

const { accessKeyId, secretAccessKey, bucket } = createMemoryS3().config;

/** The command with one source and this login. */
function serveWith(login: object) {
  const config = { bucket, accessKeyId, secretAccessKey, endpointUrl: "http://127.0.0.1:1" };
  return startServe(
    ...["-s", "plugins.datasette-files.sources", JSON.stringify({ media: { storage: "s3", config } })],
    ...["-s", "plugins.datasette-files.login", JSON.stringify(login)],
    ...["-s", "permissions", '{"files-browse": {"groups": "staff"}}'],
  );
}

async function sourceNames(origin: string, headers: HeadersInit): Promise<unknown> {
  const response = await fetch(`${origin}/-/files/sources.json`, { headers });
  const { sources, errors } = await response.json();
  return sources?.length ?? errors;
}

Deno.test("serve takes login.oidc from the file", async () => {
  await using provider = await openTestProvider();
  await using server = await serveWith({ oidc: { issuer: provider.url, client_id: "files", scopes: ["openid"] } });
  const response = await fetch(`${server.origin}/-/files/-/login/oidc`, { redirect: "manual" });
  await response.body?.cancel();
  const url = new URL(response.headers.get("location") ?? "");
  const asked = ["client_id", "scope", "redirect_uri"].map((name) => url.searchParams.get(name));
  assertEquals([url.origin, ...asked], [
    provider.url,
    "files",
    "openid",
    `${server.origin}/-/files/-/login/oidc/callback`,
  ]);
});

Deno.test("serve believes the headers of login.header from the addresses in the file only", async () => {
  const header = { id: "x-user", groups: "x-groups" };
  const headers = { "x-user": "alice", "x-groups": "all,staff" };
  await using own = await serveWith({ header: { ...header, from: ["127.0.0.1"] } });
  assertEquals([await sourceNames(own.origin, headers), await sourceNames(own.origin, {})], [1, 0]);
  await using other = await serveWith({ header: { ...header, from: ["10.0.0.7"] } });
  assertEquals(await sourceNames(other.origin, { ...headers, "x-forwarded-for": "10.0.0.7" }), [
    "This request says who sends it, but does not come from the proxy that may say so.",
  ]);
});

Deno.test("toLoginOptions() reads a provider's authorities at once", () => {
  const claims = { id: "sub", name: "name", email: "email", groups: "groups" };
  const provider = { issuer: "https://id.example.com", clientId: "files", scopes: [], claims, actorPrefix: "" };
  const settings = { sessionSeconds: 60, oidc: { acme: { ...provider, caFile: "missing.pem" } } };
  assertThrows(() => toLoginOptions(settings), CommandError, 'Cannot use "missing.pem"');
});
