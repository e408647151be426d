import { assert, assertEquals, assertFalse, assertInstanceOf, assertRejects } from "@std/assert";
import { createS3Source, CredentialsError, S3SourceError } from "../../mod.ts";
import { formatDiagnosis } from "../../src/command/diagnosis_table.ts";
import { escapeControls } from "../../src/text/controls.ts";
import { safeCause, safeText, wordlessCause } from "../../src/text/safe_text.ts";
import { s3Error, stubFetch, stubSource } from "../support/stub_fetch.ts";

const SECRET = "canary+secret/key (ü)";

/** All text in a value. */
function everything(value: unknown): string {
  const texts = [String(value), Deno.inspect(value, { depth: 100, showHidden: true, iterableLimit: 1e6 })];
  for (let error = value; error instanceof Error; error = error.cause) texts.push(error.message, error.stack ?? "");
  return texts.join("\n");
}

Deno.test("escapeControls() escapes control characters, line separators and direction marks only", () => {
  const odd = "\0\x07\b\t\n\v\f\r\x1b[2J\x7f\x85\x9b31m\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff";
  const escaped = escapeControls(odd);
  assertEquals(escaped.match(/\\u[0-9a-f]{4}/g)?.length, 22);
  assertEquals(/[^\x20-\x7e]/.test(escaped), false);
  assertEquals(escapeControls("\x1b[31m"), "\\u001b[31m");
  assertEquals(escapeControls("\ud800x\udc00"), "\\ud800x\\udc00");
  assertEquals(escapeControls("\u{e0041}"), "\\udb40\\udc41");
  const plain = 'grüße "日本語" 👩‍💻 C:\\n a/b';
  assertEquals(escapeControls(plain), plain);
  assertEquals(escapeControls(escaped), escaped);
});

const encodings: Record<string, (secret: string) => string> = {
  "as it is": (secret) => secret,
  "percent-encoded": encodeURIComponent,
  "percent-encoded in lower case": (secret) => encodeURIComponent(secret).replace(/%../g, (o) => o.toLowerCase()),
  "percent-encoded as in a signature": (secret) =>
    encodeURIComponent(secret).replace(/[()]/g, (mark) => mark === "(" ? "%28" : "%29"),
  "form-encoded": (secret) => new URLSearchParams({ secret }).toString(),
  "in JSON": (secret) => JSON.stringify({ secret: `"${secret}` }),
  "in JSON of PHP": (secret) => JSON.stringify(secret).replaceAll("/", "\\/"),
  "in JSON of .NET": (secret) => JSON.stringify(secret).replaceAll("+", "\\u002B"),
  "in JSON in JSON": (secret) => JSON.stringify(JSON.stringify({ secret: `"${secret}` })),
  "in JSON with ASCII only": (secret) => JSON.stringify(secret).replace("ü", "\\u00fc"),
  "in XML": (secret) => secret.replace("+", "&#43;").replace("ü", "&#xFC;").replace("/", "&amp;#47;"),
  "in hexadecimal": (secret) => Array.from(new TextEncoder().encode(secret), (byte) => byte.toString(16)).join(""),
  "in Base64 that is percent-encoded": (secret) => encodeURIComponent(toBase64(secret)),
  "percent-encoded twice": (secret) => encodeURIComponent(encodeURIComponent(secret)),
  "in Base64": toBase64,
  "in Base64 behind one byte": (secret) => toBase64(`:${secret}`),
  "in Base64 behind two bytes": (secret) => toBase64(`a:${secret}`),
  "in Base64 between others": (secret) => toBase64(`me:${secret}@host`),
  "in Base64 of URLs": (secret) => toBase64(secret).replaceAll("+", "-").replaceAll("/", "_"),
};

for (const [name, encode] of Object.entries(encodings)) {
  Deno.test(`safeText() hides a secret ${name}`, () => {
    const sent = encode(SECRET);
    const safe = safeText(`before ${sent} after`, ["other-secret", undefined, SECRET]);
    assert(!safe.includes(sent), safe);
    assert(!safe.includes("canary"), safe);
    // In Base64, a few characters at each end may also have bits of the surrounding text.
    assert(safe.length < "before  after".length + 40, safe);
    assert(safe.startsWith("before ") && safe.endsWith(" after"), safe);
  });
}

function toBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

Deno.test("safeText() hides any signed URL, signature or Authorization", () => {
  assertEquals(safeText("GET https://store.test/a?X-Amz-Signature=1 failed"), "GET https://store.test/… failed");
  assertEquals(
    safeText("at /a?X-Amz-Security-Token=abc%2F&X-Amz-Signature=f00"),
    "at /a?X-Amz-Security-Token=[secret]&X-Amz-Signature=[secret]",
  );
  assertEquals(safeText("sent AWS4-HMAC-SHA256 Credential=A/b, Signature=c\nand more"), "sent [secret]");
  assertEquals(safeText('{"authorization":"Basic YTpi", "x": 1}'), '{"authorization":"[secret]');
  assertEquals(safeText("with Bearer abc.def-123"), "with Bearer [secret]");
  assertEquals(
    safeText("Access Denied. Signature version 2 is not supported."),
    "Access Denied. Signature version 2 is not supported.",
  );
});

for (
  const sentence of [
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    "Missing required header for this request: Authorization, Date",
    "There were headers present in the request which were not signed: x-amz-security-token, host",
    "It requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature and X-Amz-Expires parameters.",
    "Unsupported header 'x-amz-checksum-sha256' received for this API call.",
    "Basic authentication is not supported",
    "Invalid signature: expected a hexadecimal one",
    "It must be addressed using https://media.s3.eu-central-1.amazonaws.com or http://10.0.0.1:9000.",
  ]
) {
  Deno.test(`safeText() leaves "${sentence}" as it is`, () => assertEquals(safeText(sentence, ["a-secret"]), sentence));
}

Deno.test("safeText() keeps only the host of a URL", () => {
  const safe = safeText(
    "https://u:p@a.test:1/b?c#d, s3://media/a and https:\\/\\/u:p@b.test\\/?x and https://user:pass",
  );
  assertEquals(safe, "https://a.test:1/…, s3://media/… and https://b.test/… and URL");
});

Deno.test("safeText() hides signatures in JSON, also within JSON, and in encoded URLs", () => {
  assertEquals(safeText("{ 'x-amz-security-token': 'tok' }"), "{ 'x-amz-security-token': '[secret]' }");
  assertEquals(safeText('[["x-amz-security-token","tok"]]'), '[["x-amz-security-token","[secret]"]]');
  assertEquals(safeText('{\\"x-amz-signature\\":\\"f00\\"}'), '{\\"x-amz-signature\\":\\"[secret]\\"}');
  assertEquals(safeText("%3FX-Amz-Signature%3Df00%26"), "%3FX-Amz-Signature%3D[secret]");
  assertEquals(safeText("AWS4-HMAC-SHA256\n20260101T000000Z\nscope"), "[secret]");
});

Deno.test("safeText() hides secrets of four characters, but not of three", () => {
  assertEquals(safeText("an abcd and an abc", ["abcd"]), "an [secret] and an abc");
  assertEquals(safeText("an abc", ["abc"]), "an abc");
});

Deno.test("safeText() cuts a long text between words, so that no part of a secret is left", () => {
  const words = "word ".repeat(900);
  for (let length = 4_080; length <= 4_100; length++) {
    const safe = safeText(words.slice(0, length - 1) + " " + SECRET.replaceAll(" ", "-"), [
      SECRET.replaceAll(" ", "-"),
    ]);
    assert(!safe.includes("cana"), safe.slice(-40));
  }
  assertEquals(safeText("x".repeat(5_000)), "");
});

Deno.test("safeCause() keeps ten errors of an AggregateError, and 1,000 characters of a message", () => {
  const errors = Array.from({ length: 20 }, (_, index) => new Error(String(index)));
  const copy = safeCause(new AggregateError(errors, "x".repeat(2_000)), []);
  assertInstanceOf(copy, AggregateError);
  assertEquals([copy.errors.length, copy.message.length], [10, 1_000]);
});

Deno.test("safeCause() copies the whole chain without further properties", () => {
  const inner = Object.assign(new TypeError(`no ${SECRET}`), { code: "ECONNREFUSED", request: { secret: SECRET } });
  const many = new AggregateError([inner, SECRET, { secret: SECRET }], `several ${SECRET}`, { cause: SECRET });
  const outer = new Error("outer", { cause: many });
  outer.name = SECRET;
  outer.stack = `at ${SECRET}`;
  const cause = safeCause(outer, [SECRET]);
  assert(!everything(cause).includes("canary"), everything(cause));
  const copy = cause.cause;
  assertInstanceOf(copy, AggregateError);
  assertEquals(copy.errors.map(({ name, message }) => `${name}: ${message}`), [
    "TypeError: no [secret]",
    "Error: [secret]",
    "Error: something other than an Error was thrown",
  ]);
  assertEquals([copy.errors[0].code, copy.message], ["ECONNREFUSED", "several [secret]"]);
});

Deno.test("safeCause() ends for a circular chain", () => {
  const circular = new Error("round");
  circular.cause = new AggregateError([circular, circular], "and round", { cause: circular });
  assertEquals(safeCause(circular, []).message, "round");
});

Deno.test("wordlessCause() keeps only the kind of an error", () => {
  const cause = wordlessCause(new SyntaxError(`Unexpected token, "${SECRET}"`, { cause: SECRET }));
  assertEquals(cause.name, "SyntaxError");
  assert(!everything(cause).includes("canary"));
});

const thrown: Record<string, () => unknown> = {
  "an error of JSON.parse that quotes a key": () => {
    try {
      return JSON.parse("canary-key is no JSON");
    } catch (error) {
      return error;
    }
  },
  "an error of this module with that as its cause": () =>
    new CredentialsError("no keys", { cause: new Error("canary") }),
  "several errors": () => new AggregateError([new Error("canary")], "canary"),
  "a text": () => "canary",
  "an object": () => ({ message: "canary" }),
};

for (const [name, reason] of Object.entries(thrown)) {
  Deno.test(`a provider that fails with ${name} reveals no key`, async () => {
    const events: unknown[] = [];
    const options = { credentials: () => Promise.reject(reason()), onEvent: (event: unknown) => events.push(event) };
    const error = await assertRejects(() => createS3Source({ bucket: "media" }, options).connect(), CredentialsError);
    assert(!`${everything(error)}${everything(events)}`.includes("canary"), everything(error));
  });
}

for (const place of ["message", "cause", "several", "text"]) {
  Deno.test(`a fetch that quotes its headers (${place}) reveals no key, of store or broker`, async () => {
    const gossip = (_url: unknown, init: RequestInit = {}) => {
      const quoted = `${JSON.stringify([...new Headers(init.headers)])} and body ${init.body} failed`;
      const inner = new Error(quoted);
      if (place === "message") return Promise.reject(new TypeError(quoted));
      if (place === "cause") return Promise.reject(new TypeError("x", { cause: new Error("y", { cause: inner }) }));
      return Promise.reject(place === "text" ? quoted : new AggregateError([inner], quoted));
    };
    const retry = { maxAttempts: 1 };
    const canaries = { accessKeyId: "A", secretAccessKey: "canary-key", sessionToken: "canary/token+x==" };
    const ofStore = createS3Source({ bucket: "media", ...canaries }, { fetch: gossip, retry });
    const broker = { credentialsUrl: "https://broker.test/", credentialsUrlSecret: "canary secret&more" };
    for (const source of [ofStore, createS3Source(broker, { fetch: gossip, retry })]) {
      const seen = everything(await assertRejects(() => source.read("a.txt"), S3SourceError));
      assertEquals(seen.match(/canary|AWS4-HMAC|Signature=\w/g), null, seen);
      assert(seen.includes("connection failed"), seen);
    }
  });
}

for (const [name, encode] of Object.entries(encodings)) {
  Deno.test(`a store's message reaches the error without a key that it repeats ${name}`, async () => {
    for (const secret of ["secretAccessKey", "sessionToken"] as const) {
      const keys = { secretAccessKey: "the-other-key", sessionToken: "the-other-token", [secret]: "canary+key/x=" };
      const message = `We saw ${encode("canary+key/x=").replaceAll("&", "&amp;")} here`;
      const store = stubFetch(s3Error(400, "InvalidRequest", { message }));
      const { message: shown } = await assertRejects(() => stubSource(store, keys).read("a.txt"), S3SourceError);
      assert(shown.includes("(InvalidRequest: We saw ") && shown.endsWith(" here)"), shown);
      assert(!shown.includes("canary") && !shown.includes(encode("canary+key/x=")), shown);
    }
  });
}

Deno.test("paths and prefixes are escaped in errors, and in the table of a diagnosis", async () => {
  const odd = "a\u202eb";
  const error = await assertRejects(() => stubSource(stubFetch(s3Error(404, "NoSuchKey"))).read(odd), S3SourceError);
  assert(error.message.startsWith('Cannot read "a\\u202eb": '), error.message);
  assertEquals(error.path, odd);
  const connection = {
    bucket: "media",
    prefix: `${odd}/`,
    region: "us-east-1",
    endpoint: "https://store.test",
    expiresAt: null,
  };
  const checks = [{ name: "list", outcome: "failed", ok: false, message: "one\r\ntwo\x1b[2J" }] as const;
  const table = formatDiagnosis({ connection, checks, leaks: false, leftBehind: [] });
  assert(table.includes("s3://media/a\\u202eb/ at "), table);
  assert(table.includes("one\\u000d\\u000atwo\\u001b[2J"), table);
  assertEquals(/[^\x20-\x7e\n]/.test(table), false);
});

Deno.test("safeCause() accepts unreadable errors, and errors that are their own cause", () => {
  for (const name of ["message", "name", "cause", "code"]) {
    const error = Object.defineProperty(new Error("x"), name, {
      get() {
        throw new Error("secret-canary");
      },
    });
    assertFalse(Deno.inspect(safeCause(error, [])).includes("canary"), name);
  }
  const circular = new Error("round");
  circular.cause = circular;
  assertEquals(safeCause(circular, []).message, "round");
});
