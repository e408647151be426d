import type { Limit, Limits } from "../conformance/limited_tests.ts";

/** The stores that the tests run on, by the releases that they run on. */
export const STORES = {
  SeaweedFS: "4.48",
  versitygw: "1.8.0",
  MinIO: "2026-02-12",
} as const;

/** A store of {@link STORES}. */
export type StoreName = keyof typeof STORES;

/** Something that AWS does and a store does not: a row of the table in docs/stores.md. */
export interface Difference {
  /** What is asked for. */
  readonly asked: string;
  /** What stores do instead; the others do it. */
  readonly instead: Partial<Record<StoreName, Instead>>;
  /** Why stores were not asked. Default: all were. */
  readonly notAsked?: Partial<Record<StoreName, string>>;
}

/** What failures have to say, by the names of the tests. */
type Failures = Readonly<Record<string, string>>;

/** What a store does instead, with the tests that show it. */
export interface Instead {
  /** In words. */
  readonly seen: string;
  /** What the failures of tests have to say, by the names of the tests. Default: none fail. */
  readonly failures?: Failures;
  /** The same of the tests of a broker's keys. */
  readonly brokerFailures?: Failures;
}

const CONDITIONAL_COPIES: Failures = {
  "diagnose() finds that every condition is honoured, and leaves nothing behind": '"copyIfNoneMatch ignored"',
  "copy() with ifNoneMatch keeps the file at its target": "Expected function to reject",
  "copy() with ifMatch keeps a changed file at its target": "Expected function to reject",
  "move() with ifNoneMatch keeps the file at its target": "Expected function to reject",
  "move() with ifMatch keeps a changed file at its target": "Expected function to reject",
};

/** All that was found when the tests were run on each store; every run finds it again. */
export const DIFFERENCES: readonly Difference[] = [
  {
    asked: "a file beside a folder of the same name",
    instead: {
      versitygw: {
        seen: "refused: 409",
        failures: {
          "upload() stores a file beside a folder of the same name": "409 (ExistingObjectIsDirectory",
          "list() has the files of a folder beside a file of the same name": "409 (ExistingObjectIsDirectory",
        },
      },
      MinIO: {
        seen: "lists omit the folder and its contents",
        failures: {
          "upload() stores a file beside a folder of the same name": "-     []",
          "list() has the files of a folder beside a file of the same name": '+     "same/a.txt",',
        },
      },
    },
  },
  {
    asked: "a backslash in a name",
    instead: {
      SeaweedFS: {
        seen: "becomes a slash",
        failures: { 'upload() keeps the name "a\\\\b.txt"': '"a/b.txt"' },
      },
    },
  },
  {
    asked: "two slashes in a row",
    instead: {
      SeaweedFS: {
        seen: "become one",
        failures: { 'upload() keeps the name "a//b"': '"a/b"' },
      },
      versitygw: {
        seen: "become one",
        failures: { 'upload() keeps the name "a//b"': '"a/b"' },
      },
      MinIO: {
        seen: "refused: 400",
        failures: {
          'upload() keeps the name "a//b"': "400 (XMinioInvalidObjectName",
          'upload() keeps the name "folder//"': "400 (XMinioInvalidObjectName",
        },
      },
    },
  },
  {
    asked: "content under a name that ends in a slash",
    instead: {
      SeaweedFS: {
        seen: "dropped",
        failures: {
          'upload() keeps the name "file/"': "+   content of file/",
          'upload() keeps the name "folder//"': "+   content of folder//",
        },
      },
      versitygw: {
        seen: "refused: 400",
        failures: {
          'upload() keeps the name "file/"': "400 (DirectoryObjectContainsData",
          'upload() keeps the name "folder//"': "400 (DirectoryObjectContainsData",
        },
      },
    },
  },
  {
    asked: "folders in byte order, including the slash",
    instead: {
      SeaweedFS: {
        seen: "without the slash",
        failures: { "list() orders a folder by its slash": '-     "a/1",' },
      },
    },
  },
  {
    asked: "a copy of a name with `?versionId=` in it",
    instead: {
      versitygw: {
        seen: "refused: 400",
        failures: { 'copy() takes the name "a?versionId=1" on both sides': "400 (InvalidArgument: Invalid version id" },
      },
    },
  },
  {
    asked: "a form without a final line break, as Deno sends it",
    instead: {
      versitygw: {
        seen: "refused: 400, counts two bytes too few",
        failures: {
          "prepareUpload() with POST takes a form that ends without a line end": "400 EntityTooSmall",
        },
      },
    },
  },
  {
    asked: 'a refusal of altered bytes, with `checksums: "none"`',
    instead: {
      SeaweedFS: {
        seen: "stored; the next `read` fails",
        failures: {
          "upload() without checksums, whose bytes are altered on their way, keeps the old file":
            "Expected function to reject",
        },
      },
    },
  },
  {
    asked: "a copy with `If-Match` or `If-None-Match`",
    instead: {
      versitygw: { seen: "ignores the condition", failures: CONDITIONAL_COPIES },
      MinIO: { seen: "ignores the condition", failures: CONDITIONAL_COPIES },
    },
  },
  {
    asked: "a delete with `If-Match`",
    instead: {
      MinIO: {
        seen: "ignores the condition",
        failures: {
          "move() keeps an original that somebody changes right before it is deleted": "Expected function to reject",
        },
      },
    },
  },
  {
    asked: "credentials for `team/` that do not open `Team/`",
    notAsked: { versitygw: "issues no such credentials" },
    instead: {
      SeaweedFS: {
        seen: "files there can be read and written",
        brokerFailures: {
          "createBroker() lets nobody read a prefix in other letters": "-   200",
          "createBroker() lets nobody write a prefix in other letters": "-   200",
        },
      },
    },
  },
  {
    asked: "listing the unfinished uploads of a folder",
    instead: {
      MinIO: {
        seen: "only of a whole bucket or one file: `abortStaleUploads` finds none",
        failures: {
          "abortStaleUploads() removes old uploads in its own folder only": "-   []",
          "abortStaleUploads() removes an upload whose first answer was lost": "-   []",
          "upload() has left no multipart upload behind in all tests before": '/team/a b+ü"',
        },
      },
    },
  },
  {
    asked: "a bucket's CORS configuration",
    instead: {
      MinIO: {
        seen: "refused: 501; every origin is allowed",
        failures: {
          "direct uploads and downloads work for a page of the origin that the documented CORS configuration allows":
            "not implemented",
          "an allowed page may read the answer to its upload, and the ETag in it": "not implemented",
          "allowOrigins() lets the app's own pages use the store, and no others": "answered with 501",
        },
      },
    },
  },
];

/**
 * The tests that ask for more than a store can.
 *
 * @param kind Those of a broker's keys are registered apart from the others. Default: the others.
 */
export function limitsOf(store: StoreName, kind: "failures" | "brokerFailures" = "failures"): Limits {
  const limits: Record<string, Limit> = {};
  for (const { instead } of DIFFERENCES) {
    const { seen = "", [kind]: failures = {} } = instead[store] ?? {};
    for (const [test, failure] of Object.entries(failures)) limits[test] = { seen, failure };
  }
  return limits;
}
