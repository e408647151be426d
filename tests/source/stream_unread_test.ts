import { assert, assertEquals } from "@std/assert";

const MOD = new URL("../../mod.ts", import.meta.url).href;

/** Reads nothing, or the first chunk, of a stream, and leaves it. */
const CHILD = `
  import { createS3Source } from "${MOD}";
  const [endpointUrl, chunks] = Deno.args;
  const source = createS3Source({ endpointUrl, bucket: "media", accessKeyId: "a", secretAccessKey: "b" });
  const { info, body } = await source.stream("large.bin");
  const reader = body.getReader();
  for (let count = 0; count < Number(chunks); count++) await reader.read();
  console.log(info.size);
`;

for (const chunks of [0, 1]) {
  Deno.test(`stream() holds up no process that leaves it after ${chunks} chunks`, async () => {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
      const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
      return new Response(body, { headers: { "content-length": String(1024 ** 3), etag: '"1"' } });
    });
    const began = performance.now();
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", "--no-lock", CHILD, `http://127.0.0.1:${server.addr.port}`, String(chunks)],
    }).output();
    // The time limits are 30 seconds each.
    assert(performance.now() - began < 20_000);
    assertEquals([code, new TextDecoder().decode(stdout)], [0, "1073741824\n"]);
    await server.shutdown();
  });
}
