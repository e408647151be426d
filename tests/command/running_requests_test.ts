import { assertEquals } from "@std/assert";
import { trackRequests } from "../../src/command/running_requests.ts";

const request = () => new Request("http://localhost/a", { method: "PUT", body: "A", headers: { "x-a": "1" } });

Deno.test("trackRequests() hands requests on as they are", async () => {
  const { handle } = trackRequests(async ({ url, method, headers, body }, address) =>
    new Response(`${method} ${url} ${headers.get("x-a")} ${await new Response(body).text()} ${address}`)
  );
  assertEquals(await (await handle(request(), "::1")).text(), "PUT http://localhost/a 1 A ::1");
});

Deno.test("finish() waits for the requests that run, and lets no more begin", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  const requests = trackRequests(() => promise);
  const steps: string[] = [];
  const running = requests.handle(request(), "::1").then(({ status }) => steps.push(`answered with ${status}`));
  const finished = requests.finish().then(() => steps.push("finished"));
  const late = await requests.handle(request(), "::1");
  steps.push(`late: ${late.status} ${late.headers.get("connection")}`);
  resolve(new Response());
  await Promise.all([running, finished]);
  assertEquals(steps[0], "late: 503 close");
  assertEquals(steps.slice(1).toSorted(), ["answered with 200", "finished"]);
});

Deno.test("abort() aborts the requests that run with its reason", async () => {
  const reasons: unknown[] = [];
  const requests = trackRequests(({ signal }) =>
    new Promise((resolve) =>
      signal.addEventListener("abort", () => {
        reasons.push(signal.reason);
        resolve(new Response());
      })
    )
  );
  const running = [requests.handle(request(), "::1"), requests.handle(request(), "::2")];
  const reason = new Error("stopped");
  requests.abort(reason);
  await Promise.all(running);
  assertEquals(reasons.map((seen) => seen === reason), [true, true]);
});

Deno.test("abort() leaves the signal of an answered request alone", async () => {
  const seen: AbortSignal[] = [];
  const requests = trackRequests(({ signal }) => {
    seen.push(signal);
    return Promise.resolve(new Response());
  });
  await requests.handle(request(), "::1");
  requests.abort(new Error("stopped"));
  assertEquals(seen.map(({ aborted }) => aborted), [false]);
});

for (const isAnswered of [false, true]) {
  Deno.test(`trackRequests() ${isAnswered ? "does not abort" : "aborts"} when a client disconnects ${isAnswered ? "after" : "before"} the response`, async () => {
    const client = new AbortController();
    const { promise, resolve } = Promise.withResolvers<Response>();
    const seen: AbortSignal[] = [];
    const { handle } = trackRequests(({ signal }) => {
      seen.push(signal);
      return promise;
    });
    const handled = handle(new Request("http://localhost/", { signal: client.signal }), "::1");
    if (!isAnswered) client.abort();
    resolve(new Response());
    await handled;
    client.abort();
    assertEquals(seen.map(({ aborted }) => aborted), [!isAnswered]);
  });
}

Deno.test("trackRequests() refuses malformed requests, says so, and lets nothing keep the response", async () => {
  const refused: unknown[] = [];
  const { handle } = trackRequests(() => Promise.resolve(new Response()), (entry) => refused.push(entry));
  const response = await handle(new Request("http://localhost/", { headers: { host: "a b" } }), "192.0.2.1");
  assertEquals([response.status, response.headers.get("cache-control")], [400, "no-store"]);
  assertEquals(response.headers.get("allow"), null);
  assertEquals(await response.text(), "Bad request: the Host header is malformed.\n");
  assertEquals(refused, [{ address: "192.0.2.1", reason: "the Host header is malformed" }]);
});

Deno.test("trackRequests() answers a method that Request forbids with 405, and the methods that there are", async () => {
  const { handle } = trackRequests(() => Promise.resolve(new Response()));
  const request = Object.defineProperty(new Request("http://localhost/"), "method", { value: "TRACE" });
  const { status, headers } = await handle(request, "::1");
  assertEquals([status, headers.get("allow")], [405, "GET, HEAD, POST"]);
});
