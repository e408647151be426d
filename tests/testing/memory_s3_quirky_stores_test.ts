// The conformance suite on stores that differ from AWS in several ways at once: the source works around them.
import type { StoreTraits } from "../../mod.ts";
import { createMemoryS3, type MemoryS3Quirk } from "../../src/testing/mod.ts";
import { conformance } from "../conformance/conformance.ts";
import { createLimitedTests, type Limits } from "../conformance/limited_tests.ts";

interface QuirkyStore {
  readonly quirks: readonly MemoryS3Quirk[];
  /** What the source cannot find out itself. */
  readonly traits?: StoreTraits;
  readonly limits?: Limits;
}

const limitsOf = (seen: string, failure: string, names: readonly string[]): Limits =>
  Object.fromEntries(names.map((name) => [name, { seen, failure }]));

const DIGEST = limitsOf("the SHA-256 is in the metadata", "sha256:", [
  "upload() replaces the file at the same path",
  "stat() describes a file",
  "copy() keeps content, type and metadata",
  "copy() keeps metadata of any text, also when it replaces another attribute",
  "copy() of a file onto itself replaces its metadata, and nothing else",
  "copy() replaces the attributes that are given, and keeps the others",
  "move() leaves the file at its target only",
]);

const COUNTED = limitsOf("it takes another number of requests", "Values are not equal", [
  "read() fetches a large file that went up at once in slices",
  "read() fetches a large file that went up in parts in slices",
]);

const FIRST_ANSWER = limitsOf("the first answer, which is lost, is a refusal", "Values are not equal", [
  "abortStaleUploads() removes an upload whose first answer was lost",
]);

const FIRST_GET = limitsOf("the first GET, which is cut, is not that of the body", "Expected function to reject", [
  "stream() fails if the file changes when a body ends early",
  "stream() fails if the file changes when a body breaks",
]);

const STORES: Readonly<Record<string, QuirkyStore>> = {
  "an old store": {
    quirks: [
      "noListV2",
      "noEncodingType",
      "noBulkDelete",
      "noChecksums",
      "noChecksumMode",
      "noUploadListing",
      "deleteMissing404",
      "noContentLength",
      "weakEtags",
    ],
    limits: {
      ...DIGEST,
      ...COUNTED,
      ...limitsOf("it does not list uploads", "ListMultipartUploads not implemented", [
        "abortStaleUploads() removes old uploads in its own folder only",
      ]),
      ...FIRST_ANSWER,
      ...FIRST_GET,
      ...limitsOf("weak ETags are passed on", "W/", ["serveFile() answers GET and HEAD with the file"]),
      ...limitsOf("weak ETags do not match If-Match", "412", ["serveFile() checks the conditions of GET and HEAD"]),
    },
  },
  "a careless store": {
    quirks: [
      "ignoresListV2",
      "ignoresEncodingType",
      "ignoresConditions",
      "unverifiedChecksums",
      "wholeChecksumOnRange",
      "quietDeletes",
    ],
    limits: {
      ...limitsOf("it ignores the condition", "Expected function to reject", [
        "upload() with ifNoneMatch keeps an existing file",
        "upload() with ifMatch keeps a changed file",
        "upload() with ifNoneMatch keeps an existing file from one sent in parts",
        "move() keeps an original that somebody changes right before it is deleted",
        "copy() with ifNoneMatch keeps the file at its target",
        "copy() with ifMatch keeps a changed file at its target",
        "move() with ifNoneMatch keeps the file at its target",
        "move() with ifMatch keeps a changed file at its target",
        "complete() with ifNoneMatch keeps the file that exists by then, and the parts",
      ]),
      ...limitsOf("it says which conditions are ignored", "ifMatch ignored", [
        "diagnose() finds that every condition is honoured, and leaves nothing behind",
      ]),
      ...limitsOf("it ignores conditions", "Property failed", [
        "random sequences of operations agree with a map",
      ]),
      ...limitsOf("it ignores the condition", "stored", [
        "prepareUpload() with ifNoneMatch is refused for a file that exists by then",
      ]),
    },
  },
  "a strict store behind a proxy that compresses": {
    quirks: [
      "unquotedEtags",
      "noSha256",
      "noChecksumType",
      "requiresContentMd5",
      "equalPartsOnly",
      "maxParts1000",
      "compresses",
      "transcodesGzip",
    ],
    traits: { equalParts: true },
    limits: {
      ...DIGEST,
      ...COUNTED,
      ...FIRST_ANSWER,
      ...limitsOf("the copy is tried twice, and the original changed after the first", "not in the expected state", [
        "move() keeps an original that somebody changes while it is copied",
      ]),
    },
  },
};

for (const [name, { quirks, traits, limits }] of Object.entries(STORES)) {
  const tests = createLimitedTests(name, limits);
  conformance({
    test: tests.test,
    open: () => {
      const s3 = createMemoryS3({ quirks });
      const keysOfUploads = () => s3.listUploads("bucket").map(({ key }) => key);
      return {
        config: { ...s3.config, store: traits },
        fetch: s3.fetch,
        listUploads: (prefix) => Promise.resolve(keysOfUploads().filter((key) => key.startsWith(prefix))),
      };
    },
  });
  tests.end();
}
