import { assertEquals, assertRejects } from "@std/assert";
import { createS3Source, CredentialsError, ServiceError } from "../../mod.ts";
import { addressOf } from "../../src/s3/step_guard.ts";
import { connectionFailure } from "../../src/s3/connection_failure.ts";
import { createStsIssuer } from "../../src/broker/keys/sts_client.ts";
import { findFreePorts } from "../../tools/free_ports.ts";
import { makeCertificate } from "../support/certificate.ts";
import { orSkip } from "../support/or_skip.ts";
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
      "certificate for another name",
      ofDeno(
        '(Connect): invalid peer certificate: certificate not valid for name "127.0.0.1"; certificate is only valid ' +
          'for DnsName("expired.test")',
      ),
      ofBun("ERR_TLS_CERT_ALTNAME_INVALID", 'ERR_TLS_CERT_ALTNAME_INVALID fetching "https://store.test/"'),
      ofNode("ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match certificate's altnames"),
    ],
    [
      "certificate expired",
      ofDeno("(Connect): invalid peer certificate: certificate expired: verification time 1795788919 (UNIX), but …"),
      ofNode("CERT_HAS_EXPIRED", "certificate has expired"),
    ],
    [
      "certificate not valid yet; is this machine's clock right?",
      ofDeno("(Connect): invalid peer certificate: certificate not valid yet: verification time 1795788919 (UNIX)"),
      ofNode("CERT_NOT_YET_VALID", "certificate is not yet valid"),
    ],
    ["it asks for a client certificate", new TypeError("x", { cause: new Error("fatal alert: CertificateRequired") })],
    [
      "it does not speak TLS 1.2 or later",
      ofDeno("(Connect): received fatal alert: ProtocolVersion"),
      ofNode("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "SSL routines:ssl3_read_bytes:tlsv1 alert protocol version"),
    ],
    [
      "the TLS handshake failed; does it speak TLS?",
      ofBun("EPROTO", "EPROTO: The TLS handshake failed. Does the server speak TLS on this port?"),
      ofBun("UNKNOWN_CERTIFICATE_VERIFICATION_ERROR", "unknown certificate verification error"),
    ],
    [
      "it does not speak TLS",
      ofDeno("(Connect): received corrupt message of type InvalidContentType"),
      ofNode("ERR_SSL_WRONG_VERSION_NUMBER", "SSL routines:ssl3_get_record:wrong version number"),
    ],
    [
      "timed out",
      ofDeno("(Connect): tcp connect error: Connection timed out (os error 110)"),
      ofNode("UND_ERR_CONNECT_TIMEOUT", "Connect Timeout Error"),
    ],
    [
      "host unreachable",
      ofDeno("(Connect): tcp connect error: No route to host (os error 113)"),
      ofNode("EHOSTUNREACH", "connect EHOSTUNREACH 192.0.2.1:443"),
    ],
    [
      "network unreachable",
      ofDeno("(Connect): tcp connect error: Network is unreachable (os error 101)"),
      ofNode("ENETUNREACH", "connect ENETUNREACH 192.0.2.1:443"),
    ],
    [
      "it does not speak HTTP",
      ofDeno("(SendRequest): invalid HTTP version parsed"),
      ofDeno("(SendRequest): received unexpected message from connection"),
      ofBun("Malformed_HTTP_Response", 'Malformed_HTTP_Response fetching "https://store.test/"'),
      ofNode("HPE_INVALID_CONSTANT", "Response does not match the HTTP/1.1 protocol (Expected HTTP/)"),
    ],
    [
      "connection closed",
      ofDeno("(SendRequest): connection closed before message completed"),
      ofDeno("(Connect): tls handshake eof"),
      new TypeError("error reading a body from connection"),
      ofNode("ECONNRESET", "Client network socket disconnected before secure TLS connection was established"),
      ofBun("ECONNRESET", "ECONNRESET: The socket connection was closed unexpectedly."),
      ofNode("UND_ERR_SOCKET", "other side closed"),
    ],
    [
      "connection reset",
      new TypeError("fetch failed", { cause: new Error("Connection reset by peer (os error 104)") }),
      ofBun("ECONNRESET", "ECONNRESET: Unable to connect. Is the computer able to access the url?"),
      ofNode("ECONNRESET", "read ECONNRESET"),
    ],
    [
      "the body is not in its Content-Encoding",
      new TypeError("Invalid gzip header"),
      ofBun("ZlibError", 'ZlibError fetching "https://store.test/"'),
      new TypeError("terminated", { cause: Object.assign(new Error("incorrect header"), { code: "Z_DATA_ERROR" }) }),
    ],
    [
      "no connection; are name and port correct?",
      ofBun("ConnectionRefused", "Unable to connect. Is the computer able to access the url?"),
    ],
    ["connection refused or closed", new Error("Network connection lost.")],
    [
      "the runtime hides the reason; the name may not exist, or its certificate not be trusted",
      new Error("internal error; reference = schaeafg5l2h28rhrts7iffj"),
    ],
    [
      "browsers hide the reason; it may be unreachable, its certificate not trusted, or its CORS rules may not allow " +
      "this page",
      new TypeError("Failed to fetch"),
      new TypeError("NetworkError when attempting to fetch resource."),
      new TypeError("Load failed"),
    ],
    [
      "the tunnel is down",
      new Error("the tunnel is down"),
      ofDeno("(Connect): the tunnel is down"),
      "the tunnel is down",
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
  Deno.test(`connectionFailure() says "${reason}" as the runtimes mean it`, () => {
    for (const error of errors) {
      const { message, code } = connectionFailure(error, "store.test", []);
      assertEquals([message, code], [`the connection failed: ${reason} (store.test)`, "NetworkError"]);
    }
  });
}

Deno.test("connectionFailure() names only the host if the runtime gives no reason", () => {
  const messages = [new TypeError("fetch failed"), ofDeno("").cause, new Error("")].map((error) =>
    connectionFailure(error, "store.test", []).message
  );
  assertEquals(messages, Array(3).fill("the connection failed (store.test)"));
});

Deno.test("connectionFailure() is not misled by the name of the host", () => {
  const error = ofNode("ECONNRESET", "write to expired-certificate.test ECONNRESET");
  const { message } = connectionFailure(error, "expired-certificate.test:443", []);
  assertEquals(message, "the connection failed: connection reset (expired-certificate.test:443)");
});

for (
  const [url, address] of [
    ["https://store.test/a?b", "store.test:443"],
    ["http://store.test", "store.test:80"],
    ["https://u:p@store.test:9000/", "store.test:9000"],
    ["http://[::1]:80/", "[::1]:80"],
    ["", ""],
  ] as const
) {
  Deno.test(`addressOf() has host and port of "${url}"`, () => assertEquals(addressOf(url), address));
}

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

const certificate = await orSkip("certificates", makeCertificate);

Deno.test({
  name: "store, broker and STS that cannot be used over TLS are named, with the reason",
  ignore: certificate === undefined,
  async fn() {
    const listen = (tls = {}) =>
      Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls }, () => new Response("ok"));
    await using untrusted = listen(certificate);
    await using plain = listen();
    for (
      const [{ addr: { port } }, scheme, reason] of [
        [untrusted, "https", "certificate not trusted"],
        [untrusted, "http", "it does not speak HTTP"],
        [plain, "https", "it does not speak TLS"],
      ] as const
    ) {
      const endpointUrl = `${scheme}://127.0.0.1:${port}`;
      const failed = `the connection failed: ${reason} (127.0.0.1:${port})`;
      const retry = { maxAttempts: 1 };
      const store = createS3Source({ bucket: "media", endpointUrl, ...KEYS }, { retry });
      const broker = createS3Source({ credentialsUrl: endpointUrl, credentialsUrlSecret: "secret" }, { retry });
      const sts = createStsIssuer({ ...KEYS, endpointUrl }, {
        fetch,
        now: Date.now,
        observer: { onStsRequest() {}, onJwksFetch() {}, onWarning() {} },
        getKeys: () => Promise.resolve(KEYS),
      });
      const asked = { tenant: "team", bucket: "media", prefix: "team/", allow: ["read"] as const };
      const messages = await Promise.all(
        [store.list(), broker.list(), sts(asked)].map((done) => done.then(() => "", ({ message }) => message)),
      );
      assertEquals(messages, [
        `Cannot list the source: ${failed}`,
        `Cannot get credentials from the broker: ${failed}`,
        `Cannot get keys from STS: ${failed}`,
      ]);
    }
  },
});
