import { PutObjectCommand } from "@aws-sdk/client-s3";
import { assertEquals } from "@std/assert";
import { createS3Source, type S3Source } from "../../mod.ts";
import { findOrInstallNginx } from "../../tools/nginx.ts";
import { conformance } from "../conformance/conformance.ts";
import { createLimitedTests } from "../conformance/limited_tests.ts";
import { isSame, someBytes, toText } from "../conformance/suite.ts";
import { limitsOf } from "../stores/differences.ts";
import { orSkip } from "../support/or_skip.ts";
import { type ProxyKind, startCompressingProxies } from "./compressing_proxies.ts";
import { useSeaweedFs } from "./seaweedfs.ts";

const seaweedFs = await useSeaweedFs();
const nginx = await orSkip("all tests behind compressing proxies", findOrInstallNginx);

if (seaweedFs !== undefined && nginx !== undefined) {
  const proxies = await startCompressingProxies(nginx, seaweedFs.config.endpointUrl);
  Deno.test.afterAll(proxies.stop);
  const { listUploads, sdk, bucket } = seaweedFs;
  const configOf = (kind: ProxyKind) => ({ ...seaweedFs.config, endpointUrl: proxies.endpoints[kind] });
  const open = (kind: ProxyKind): S3Source => createS3Source({ ...configOf(kind), prefix: crypto.randomUUID() });

  const { test, end } = createLimitedTests("SeaweedFS behind nginx that compresses", limitsOf("SeaweedFS"));
  conformance({
    test,
    open: () => ({
      config: configOf("compressing"),
      listUploads,
      keepsEmptyFolders: true,
      fetch: (input, init) => fetch(input, init),
    }),
  });
  end();

  for (const kind of ["compressing", "forcing", "decoding"] as const) {
    Deno.test(`a file goes through nginx unchanged [${kind}]`, async () => {
      const source = open(kind);
      const text = "hello ".repeat(1_000);
      const { etag } = await source.upload("a.txt", text);
      const info = await source.stat("a.txt");
      assertEquals([info?.size, info?.etag], [text.length, etag]);
      assertEquals(await source.readText("a.txt"), text);
      assertEquals(toText(await source.read("a.txt", { range: { offset: 6, length: 5 } })), "hello");
      const streamed = await source.stream("a.txt");
      assertEquals([streamed.info.size, await new Response(streamed.body).text()], [text.length, text]);
      await source.copy("a.txt", "b.txt");
      assertEquals((await source.move("b.txt", "c.txt")).size, text.length);
      await source.upload("a.txt", "new", { ifMatch: etag ?? "" });
      const served = await source.serveFile(new Request("http://host.test/"), "a.txt");
      assertEquals([served.headers.get("content-length"), await served.text()], ["3", "new"]);
    });

    Deno.test(`a large file goes through nginx in slices and parts [${kind}]`, async () => {
      const source = open(kind);
      const bytes = someBytes(17 * 1024 ** 2);
      await source.upload("a.bin", bytes);
      assertEquals(isSame(await source.read("a.bin"), bytes), true);
      const { body } = await source.stream("a.bin");
      assertEquals(isSame(await new Response(body).bytes(), bytes), true);
    });

    Deno.test(`a stored gzip file goes through nginx as it is stored [${kind}]`, async () => {
      const source = open(kind);
      const gzip = await new Response(new Blob(["hello"]).stream().pipeThrough(new CompressionStream("gzip"))).bytes();
      const Key = (await source.connect()).prefix + "a.txt";
      await sdk.send(new PutObjectCommand({ Bucket: bucket, Key, Body: gzip, ContentEncoding: "gzip" }));
      assertEquals((await source.stat("a.txt"))?.size, gzip.byteLength);
      assertEquals(await source.read("a.txt"), gzip);
      const { info, body } = await source.stream("a.txt");
      assertEquals([info.size, await new Response(body).bytes()], [gzip.byteLength, gzip]);
      // nginx decodes the part on its own, and closes the connection.
      if (kind !== "decoding") {
        assertEquals(await source.read("a.txt", { range: { offset: 2, length: 5 } }), gzip.subarray(2, 7));
      }
    });
  }
}
