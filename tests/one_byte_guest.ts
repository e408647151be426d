// deno-lint-ignore-file no-console -- A program.
/**
 * A process of its own whose memory is measured while it is sent bytes one at a time: `broker` or `app` serves,
 * `client` asks the broker at a URL. Prints its port, or the class of the client's error, as a line of JSON.
 */
import { createFilesApp } from "../src/app/files_app.ts";
import { createS3Source, S3SourceError } from "../mod.ts";
import { createBroker } from "../src/broker/broker.ts";
import { createMemoryS3 } from "../src/testing/mod.ts";
import { EVERYTHING } from "./app_stub.ts";

const [role, url = ""] = Deno.args;
const begun = Deno.memoryUsage().rss;
let peak = begun;
setInterval(() => peak = Math.max(peak, Deno.memoryUsage().rss), 5);

if (role === "client") {
  const source = createS3Source({ credentialsUrl: url, credentialsUrlSecret: "secret" });
  const error = await source.connect().then(() => undefined, (error: unknown) => error);
  const message = error instanceof S3SourceError ? error.message : String(error);
  peak = Math.max(peak, Deno.memoryUsage().rss);
  console.log(JSON.stringify({ message, growth: peak - begun }));
  Deno.exit();
}

const handler = role === "broker" ? broker() : app();
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
  if (!request.url.endsWith("/growth")) return handler(request);
  peak = Math.max(peak, Deno.memoryUsage().rss);
  return Response.json(peak - begun);
});
console.log(JSON.stringify({ port: server.addr.port }));

function broker(): (request: Request) => Promise<Response> {
  return createBroker({
    tenants: { one: { secretSha256: "0".repeat(64), bucket: "media", prefix: "one", allow: ["read"] } },
    sts: {
      endpointUrl: "http://127.0.0.1:9",
      roleArn: "arn:aws:iam::1:role/r",
      accessKeyId: "a",
      secretAccessKey: "b",
    },
  });
}

function app(): (request: Request) => Promise<Response> {
  const s3 = createMemoryS3();
  const media = createS3Source(s3.config, { fetch: s3.fetch });
  return createFilesApp({ sources: { media }, permissions: EVERYTHING });
}
