import { assertEquals, assertRejects } from "@std/assert";
import { createS3Source, CredentialsError, ServiceError } from "../../mod.ts";
import { connectionFailure } from "../../src/s3/connection_failure.ts";
import { findFreePorts } from "../../tools/free_ports.ts";
import { KEYS } from "../support/stub_fetch.ts";

/** What `fetch` throws in Node: the reason is the code of the cause. */
function ofNode(code: string, message: string): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code }) });
}

/** What `fetch` throws in Bun: an error with a code. */
function ofBun(code: string, message: string): TypeError {
  return Object.assign(new TypeError(message), { code });
}

/** What `fetch` throws in Deno: the reason is at the end of a sentence. */
function ofDeno(reason: string): TypeError {
  const sentence = `error sending request for url (https://store.test/?X-Amz-Signature=s): client error ${reason}`;
  return new TypeError("fetch failed", { cause: new Error(sentence) });
}

const several = new AggregateError([Object.assign(new Error("connect ECONNREFUSED ::1:1"), { code: "ECONNREFUSED" })]);

for (
  const [reason, ...errors] of [
    [
      "connection refused",
      ofDeno("(Connect): tcp connect error: Connection refused (os error 111)"),
      ofDeno("(Connect): No connection could be made because the target machine actively refused it. (os error 10061)"),
      ofBun("ECONNREFUSED", "ECONNREFUSED: Unable to connect. Is the computer able to access the url?"),
      ofNode("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:1"),
      new TypeError("fetch failed", { cause: several }),
    ],
    [
      "name not found",
      ofDeno("(Connect): dns error: failed to lookup address information: Name or service not known"),
      ofBun("ENOTFOUND", "getaddrinfo ENOTFOUND store.test"),
      ofNode("ENOTFOUND", "getaddrinfo ENOTFOUND store.test"),
      ofNode("EAI_AGAIN", "getaddrinfo EAI_AGAIN store.test"),
    ],
    [
      "certificate not trusted",
      ofDeno("(Connect): invalid peer certificate: UnknownIssuer"),
      ofBun("DEPTH_ZERO_SELF_SIGNED_CERT", "self signed certificate"),
      ofNode("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"),
      ofNode("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate"),
    ],
    [
      "it does not speak TLS",
      ofDeno("(Connect): received corrupt message of type InvalidContentType"),
      ofBun("EPROTO", "EPROTO: The TLS handshake failed. Does the server speak TLS on this port?"),
      ofNode("ERR_SSL_WRONG_VERSION_NUMBER", "SSL routines:ssl3_get_record:wrong version number"),
    ],
    [
      "timed out",
      ofDeno("(Connect): tcp connect error: Connection timed out (os error 110)"),
      ofNode("UND_ERR_CONNECT_TIMEOUT", "Connect Timeout Error"),
    ],
    ["host not reachable", ofDeno("(Connect): tcp connect error: No route to host (os error 113)")],
    [
      "it does not speak HTTP",
      ofDeno("(SendRequest): invalid HTTP version parsed"),
      ofNode("HPE_INVALID_CONSTANT", "Response does not match the HTTP/1.1 protocol (Expected HTTP/)"),
    ],
    [
      "connection closed",
      ofDeno("(SendRequest): connection closed before message completed"),
      new TypeError("fetch failed", { cause: new Error("Connection reset by peer (os error 104)") }),
      ofBun("ECONNRESET", "ECONNRESET: The socket connection was closed unexpectedly."),
      ofNode("UND_ERR_SOCKET", "other side closed"),
    ],
    [
      "this program may not connect to it; allow it with --allow-net",
      Object.assign(new Error('Requires net access to "store.test:443"'), { name: "NotCapable" }),
    ],
    [
      "fetch does not allow this port",
      new TypeError("Fetch failed: Requests to port 9 are blocked"),
      new TypeError("fetch failed", { cause: new Error("bad port") }),
    ],
  ] as const
) {
  Deno.test(`connectionFailure() says "${reason}" in Deno, Bun and Node`, () => {
    for (const error of errors) {
      const { message, code } = connectionFailure(error, "store.test", []);
      assertEquals([message, code], [`the connection failed: ${reason} (store.test)`, "NetworkError"]);
    }
  });
}

Deno.test("connectionFailure() names only the host if the runtime gives no reason", () => {
  const messages = [new TypeError("Failed to fetch"), "text", null].map((error) =>
    connectionFailure(error, "store.test", []).message
  );
  assertEquals(messages, Array(3).fill("the connection failed (store.test)"));
});

Deno.test("store and broker that are not there are named, with the reason", async () => {
  const [port = 0] = findFreePorts(1);
  const endpointUrl = `http://127.0.0.1:${port}`;
  const store = createS3Source({ bucket: "media", endpointUrl, ...KEYS }, { retry: { maxAttempts: 1 } });
  const failed = await assertRejects(() => store.read("a.txt"), ServiceError);
  assertEquals(failed.message, `Cannot read "a.txt": the connection failed: connection refused (127.0.0.1:${port})`);
  const broker = createS3Source({
    credentialsUrl: `${endpointUrl}/credentials?token=canary`,
    credentialsUrlSecret: "secret",
  });
  const unreachable = await assertRejects(() => broker.read("a.txt"), CredentialsError);
  assertEquals([unreachable.code, unreachable.message], [
    "BrokerUnreachable",
    `Cannot get credentials from the broker: the connection failed: connection refused (127.0.0.1:${port})`,
  ]);
});
