import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import {
  createFilesApp,
  createMemoryState,
  createRootSession,
  type FilesAppOptions,
  type RootSessionOptions,
} from "../../src/app/mod.ts";
import { ConfigError, InvalidArgumentError } from "../../src/errors.ts";
import { SIGNING_SECRET, stubSource } from "../support/app_stub.ts";

const media = stubSource();

const session = createRootSession({ secret: SIGNING_SECRET });

const CONFIG = { bucket: "media", region: "eu-west-1" };

/** Calls without the compiler's help. */
const createApp = (options: unknown) => createFilesApp(options as FilesAppOptions);

const createSession = (options: unknown) => createRootSession(options as RootSessionOptions);

const apps: [options: unknown, message: string][] = [
  [undefined, "the options are not an object"],
  [null, "the options are not an object"],
  ["media", "the options are not an object"],
  [[], "the options are not an object"],
  [media, "the option"],
  [{}, '"sources": it is missing'],
  [{ sources: undefined }, '"sources": it is missing'],
  [{ source: { media } }, 'did you mean "sources"?'],
  [{ sources: null }, '"sources"'],
  [{ sources: [] }, '"sources": it must be an object of sources by their names, not a list'],
  [{ sources: [media] }, '"sources"'],
  [{ sources: "media" }, '"sources"'],
  [{ sources: new Map([["media", media]]) }, '"sources"'],
  [{ sources: media }, 'source "files"'],
  [{ sources: { media: undefined } }, 'source "media"'],
  [{ sources: { media: null } }, 'source "media"'],
  [{ sources: { media: 7 } }, 'source "media"'],
  [{ sources: { media: {} } }, "it must be what createS3Source() returns"],
  [{ sources: { media: CONFIG } }, "it is a configuration; pass createS3Source() of it"],
  [{ sources: { media: { credentials_url: "https://x" } } }, "it is a configuration"],
  [{ sources: { media: createS3Source } }, 'source "media"'],
  [{ sources: { media: Promise.resolve(media) } }, 'source "media"'],
  [{ sources: { "a/b": media } }, 'source "a/b"'],
  [{ sources: { media }, permision: {} }, 'did you mean "permissions"?'],
  [{ sources: { media }, permissions: null }, '"permissions"'],
  [{ sources: { media }, permissions: [] }, '"permissions"'],
  [{ sources: { media }, permissions: { "file-browse": true } }, 'did you mean "files-browse"?'],
  [{ sources: { media }, permissions: { files_browse: true } }, 'did you mean "files-browse"?'],
  [{ sources: { media }, permissions: { filesBrowse: true } }, 'did you mean "files-browse"?'],
  [{ sources: { media }, permissions: { "fils-upload": true } }, 'did you mean "files-upload"?'],
  [{ sources: { media }, permissions: { browse: true } }, "permissions.browse"],
  [{ sources: { media }, permissions: { "files-read": true } }, "permissions.files-read"],
  [{ sources: { media }, permissions: { "files-browse": { medai: { allow: true } } } }, 'did you mean "media"?'],
  [{ sources: { media }, permissions: { "files-browse": () => true } }, "permissions.files-browse"],
  [{ sources: { media }, authenticate: "alice" }, '"authenticate": it must be a function'],
  [{ sources: { media }, authenticate: { id: "alice" } }, '"authenticate"'],
  [{ sources: { media }, authentificate: () => null }, 'did you mean "authenticate"?'],
  [{ sources: { media }, session: {} }, "what createRootSession() returns"],
  [{ sources: { media }, session: createRootSession }, "what createRootSession() returns"],
  [{ sources: { media }, session, authenticate: () => null }, "both"],
  [{ sources: { media }, state: createMemoryState() }, '"state": it needs "secret", the same in every process'],
  [{ sources: { media }, state: {}, secret: SIGNING_SECRET }, "it must be a State"],
  [{ sources: { media }, maxUploadsPerPerson: 0 }, '"maxUploadsPerPerson"'],
  [{ sources: { media }, secret: null }, '"secret"'],
  [{ sources: { media }, secret: 7 }, '"secret"'],
  [{ sources: { media }, secret: new Uint8Array(32) }, '"secret"'],
  [{ sources: { media }, secret: [] }, '"secret"'],
  [{ sources: { media }, secret: [SIGNING_SECRET, SIGNING_SECRET, SIGNING_SECRET] }, '"secret"'],
  [{ sources: { media }, secret: [SIGNING_SECRET, "short"] }, "it has 5 characters and needs 32 or more"],
  [{ sources: { media }, deployment: 7 }, '"deployment"'],
  [{ sources: { media }, title: 7 }, '"title"'],
  [{ sources: { media }, allowedHosts: "files.example.com" }, '"allowedHosts"'],
  [{ sources: { media }, allowedHosts: ["https://files.example.com"] }, "without scheme or port"],
  [{ sources: { media }, allowedHosts: ["files.example.com:443"] }, "without scheme or port"],
  [{ sources: { media }, allowedHosts: [7] }, '"allowedHosts"'],
  [{ sources: { media }, maxUploadBytes: "1GB" }, '"maxUploadBytes"'],
  [{ sources: { media }, maxUploadBytes: NaN }, '"maxUploadBytes"'],
  [{ sources: { media }, maxUploadBytes: -1 }, '"maxUploadBytes"'],
  [{ sources: { media }, maxFilesPerUpload: 0 }, '"maxFilesPerUpload"'],
  [{ sources: { media }, uploadIdleMs: 1.5 }, '"uploadIdleMs"'],
  [{ sources: { media }, uploadIdleMs: 2 ** 31 }, '"uploadIdleMs"'],
  [{ sources: { media }, uploadTotalMs: Infinity }, '"uploadTotalMs"'],
  [{ sources: { media }, now: 5 }, '"now"'],
  [{ sources: { media }, onError: console }, '"onError"'],
  [{ sources: { media }, log: "yes" }, "there is no such option"],
  [{ sources: { media }, constructor: 1 }, "there is no such option"],
];

for (const [index, [options, message]] of apps.entries()) {
  Deno.test(`createFilesApp() refuses options by name: ${index} ${message}`, () => {
    assertStringIncludes(assertThrows(() => createApp(options), ConfigError).message, message);
  });
}

const sessions: [options: unknown, message: string][] = [
  [undefined, "the options are not an object"],
  [null, "the options are not an object"],
  [SIGNING_SECRET, "the options are not an object"],
  [{}, '"secret": it is missing'],
  [{ secrets: SIGNING_SECRET }, 'did you mean "secret"?'],
  [{ secret: 7 }, '"secret"'],
  [{ secret: SIGNING_SECRET, now: 7 }, '"now"'],
  [{ secret: SIGNING_SECRET, deployment: "" }, '"deployment"'],
];

for (const [index, [options, message]] of sessions.entries()) {
  Deno.test(`createRootSession() refuses options by name: ${index} ${message}`, () => {
    assertStringIncludes(assertThrows(() => createSession(options), ConfigError).message, message);
  });
}

const weak: [secret: string, reason: string][] = [
  ["", "it has 0 characters"],
  ["kD3vQ8xN1mZs7RbT0cYw4HfJ6gLpA2e", "it has 31 characters"],
  ["a".repeat(32), "repeats itself"],
  ["ab".repeat(40), "repeats itself"],
  ["0123456789abcdef".repeat(2), "repeats itself"],
  ["secret".repeat(6), "repeats itself"],
  ["abcabcabc".repeat(4) + "a", "repeats itself"],
  ["a".repeat(30) + "bc", "too few different"],
  ["aaaaaaaaaaaaaaaaaaaaaaaabcdefghi", "too few different"],
  ["01101001100101101001011001101001", "too few different"],
];

for (const [secret, reason] of weak) {
  Deno.test(`createFilesApp() refuses the secret "${secret}", names the command, and does not repeat it`, () => {
    for (const create of [() => createApp({ sources: {}, secret }), () => createSession({ secret })]) {
      const { message } = assertThrows(create, ConfigError);
      assertStringIncludes(message, reason);
      assertStringIncludes(message, 'the command "secret" makes one');
      assertEquals(secret !== "" && message.includes(secret), false);
    }
  });
}

Deno.test("createFilesApp() refuses a secret of five letters in any order", () => {
  const secret = "abcdeabdecadbecaebdceadbcedabecd";
  assertThrows(() => createFilesApp({ sources: {}, secret }), ConfigError, "too few different characters");
});

Deno.test("createFilesApp() accepts every random secret", () => {
  for (let count = 0; count < 500; count++) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    createApp({ sources: {}, secret: [hex, crypto.randomUUID()] });
  }
});

Deno.test("createFilesApp() accepts all of its options, and permissions of other plugins", () => {
  createApp({
    sources: { media },
    permissions: { "files-browse": true, "execute-sql": true, "view-table": { id: "*" }, "profile-edit": true },
    authenticate: () => null,
    secret: SIGNING_SECRET,
    deployment: "mine",
    title: "Mine",
    allowedHosts: ["files.example.com", "[::1]", "[fe80::1%eth0]"],
    maxUploadBytes: Infinity,
    maxFilesPerUpload: 1,
    uploadIdleMs: 1,
    uploadTotalMs: 1,
    now: Date.now,
    onError: undefined,
  });
});

Deno.test("the functions of createFilesApp() and createRootSession() accept only requests", async () => {
  const calls: ((request: Request) => Promise<unknown>)[] = [
    createFilesApp({ sources: {} }),
    session.authenticate,
    session.answer,
  ];
  for (const call of calls) {
    for (const garbage of [undefined, null, "http://localhost/", {}, new URL("http://localhost")]) {
      await assertRejects(() => call(garbage as Request), InvalidArgumentError);
    }
  }
});

Deno.test("createFilesApp() refuses a source name that cannot be part of a URL", () => {
  const error = assertThrows(() => createFilesApp({ sources: { "a/b": stubSource() } }), ConfigError);
  assertEquals(error.message, 'Cannot show source "a/b": its name has a "/"');
});
