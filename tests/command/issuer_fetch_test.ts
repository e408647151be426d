import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CommandError } from "../../src/command/command_error.ts";
import { createIssuerFetch } from "../../src/command/issuer_fetch.ts";
import { FILE_READERS } from "../../src/command/reloader.ts";
import { createCertificate } from "../support/certificate.ts";
import { orSkip } from "../support/or_skip.ts";

const folder = await Deno.makeTempDir({ prefix: "issuer-fetch-" });
Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

const hasCertificate = await orSkip("certificates of issuers", async () => {
  await createCertificate(folder, ["localhost"]);
  return true;
});

/** An issuer with that certificate that answers with the token it got. */
function openIssuer() {
  const [cert, key] = ["cert.pem", "key.pem"].map((name) => Deno.readTextFileSync(`${folder}/${name}`));
  const server = Deno.serve(
    { hostname: "localhost", port: 0, onListen() {}, cert: cert ?? "", key: key ?? "" },
    ({ headers }) => new Response(`${headers.get("authorization")} ${headers.get("x-a")}`),
  );
  return { url: `https://localhost:${server.addr.port}/`, [Symbol.asyncDispose]: () => server.shutdown() };
}

if (hasCertificate) {
  const sanitized = { sanitizeResources: false };

  Deno.test("createIssuerFetch() trusts the authorities in ca_file", sanitized, async () => {
    await using issuer = openIssuer();
    const trusting = createIssuerFetch({ caFile: `${folder}/cert.pem` }, FILE_READERS);
    assertEquals(await (await trusting(issuer.url, { headers: { "x-a": "1" } })).text(), "null 1");
    await assertRejects(() => createIssuerFetch({}, FILE_READERS)(issuer.url), TypeError);
  });

  Deno.test("createIssuerFetch() sends the token in token_file as it is at each request", sanitized, async () => {
    await using issuer = openIssuer();
    const tokenFile = `${folder}/token`;
    const fetchIt = createIssuerFetch({ caFile: `${folder}/cert.pem`, tokenFile }, FILE_READERS);
    const answers = [];
    for (const token of ["one\n", "two"]) {
      await Deno.writeTextFile(tokenFile, token);
      answers.push(await (await fetchIt(issuer.url)).text());
    }
    assertEquals(answers, ["Bearer one null", "Bearer two null"]);
    await Deno.remove(tokenFile);
    await assertRejects(() => fetchIt(issuer.url), CommandError, `Cannot read "${tokenFile}"`);
  });

  Deno.test("createIssuerFetch() refuses a ca_file that is missing, or no PEM", () => {
    Deno.writeTextFileSync(`${folder}/none.pem`, "none");
    for (const name of ["missing.pem", "none.pem"]) {
      const read = () => createIssuerFetch({ caFile: `${folder}/${name}` }, FILE_READERS);
      assertThrows(read, CommandError, `Cannot use "${folder}/${name}"`);
    }
  });
}
