import { type Difference, each, type Failures } from "../difference.ts";

const UNSIGNED: Failures = {
  "downloadUrl() is refused when altered": '"200" to match',
  "downloadUrl() is refused after expiresAt": '"200" to match',
  "downloadUrl() is accepted and refused like the SDK's own": '"200 0123456789" to match',
  ...each(
    [
      "prepareUpload() with PUT is refused for another size",
      "prepareUpload() with POST is refused for another size",
      "prepareUpload() with PUT is refused for another type",
      "prepareUpload() with POST takes up to maxBytes",
      "partUrl() is refused for a larger part",
      "prepareUpload() with PUT is refused after expiresAt",
      "prepareUpload() with POST is refused after expiresAt",
      "prepareUpload() with POST is refused when altered",
      "prepareUpload() with ifNoneMatch is refused for a file that exists by then",
    ],
    '"stored" to match',
  ),
};

const FORM_TESTS = [
  'prepareUpload() with POST stores "a b/ü+%$&\'"(1).txt" by plain fetch',
  'prepareUpload() with POST stores "a" by plain fetch',
];

const TAGS = "copy() in parts and in one request, and move(), keep tags and raw UTF-8 that another client has set";

const ALTERED = "upload() with checksums, whose bytes are altered on their way, keeps the old file";
const ALTERED_UNCHECKED = "upload() without checksums, whose bytes are altered on their way, keeps the old file";
const ALTERED_PART = "uploadPart() stores no part that was altered on its way";

const STALE_CHECKSUM: Failures = each(
  ["cut short", "removed"].map((fate) =>
    `upload() of a file of Node's that is ${fate} after it was opened, which has 10485760 bytes, ` +
    "fails and leaves the file that is there"
  ),
  "the bytes do not match the stored checksum",
);

/** How stores take uploads at once, forms and copies. */
export const WRITING: readonly Difference[] = [
  {
    asked: "a refusal of altered or expired URLs and forms",
    instead: {
      gofakes3: { seen: "no signature is checked", failures: UNSIGNED },
      moto: { seen: "no signature is checked", failures: UNSIGNED },
    },
  },
  {
    asked: "a form",
    instead: {
      rclone: {
        seen: "refused: 400",
        failures: each(
          [
            ...FORM_TESTS,
            "prepareUpload() with POST takes an empty file",
            "prepareUpload() with POST takes up to maxBytes",
            "prepareUpload() with POST takes a form that ends without a line end",
          ],
          "400 UnsupportedAlgorithm",
        ),
      },
      gofakes3: { seen: "its metadata is dropped", failures: each(FORM_TESTS, '+       colour: "$blue  green",') },
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
    asked: "a refusal of altered bytes",
    instead: {
      rclone: { seen: "stored", failures: { [ALTERED]: "Expected function to reject" } },
      gofakes3: { seen: "stored", failures: { [ALTERED]: "Expected function to reject" } },
      moto: { seen: "stored", failures: each([ALTERED, ALTERED_PART], "Expected function to reject") },
    },
  },
  {
    asked: "a refusal of an altered part, by its Content-MD5",
    instead: { "s3s-fs": { seen: "stored", failures: { [ALTERED_PART]: "Expected function to reject" } } },
  },
  {
    asked: 'a refusal of altered bytes, with `checksums: "none"`',
    instead: {
      SeaweedFS: {
        seen: "stored; the next `read` fails",
        failures: { [ALTERED_UNCHECKED]: "Expected function to reject" },
      },
      rclone: { seen: "stored", failures: { [ALTERED_UNCHECKED]: "Expected function to reject" } },
      gofakes3: { seen: "stored", failures: { [ALTERED_UNCHECKED]: "Expected function to reject" } },
      moto: { seen: "stored", failures: { [ALTERED_UNCHECKED]: "Expected function to reject" } },
    },
  },
  {
    asked: "`cacheControl`",
    instead: {
      gofakes3: {
        seen: "dropped",
        failures: {
          "upload() stores cacheControl": "-   null",
          ...each(
            [0, 1, 100_000, 5_242_880].map((size) =>
              `upload() stores ${size} bytes that the SDK reads back identically`
            ),
            "-     undefined,",
          ),
        },
      },
    },
  },
  {
    asked: "a file that replaces another without taking over anything of it",
    instead: {
      "s3s-fs": { seen: "sent in parts, it takes over the checksum, so `read` fails", failures: STALE_CHECKSUM },
      gofakes3: {
        seen: "takes over metadata; sent in parts, also the checksum, so `read` fails",
        failures: {
          ...STALE_CHECKSUM,
          "upload() replaces the file at the same path": '-     colour: "blue",',
          "copy() of a file onto itself replaces its metadata, and nothing else": '-       shape: "round",',
        },
      },
    },
  },
  {
    asked: "a copy with the metadata of the original",
    instead: {
      rclone: {
        seen: "also `mtime`",
        failures: each(
          [
            "copy() keeps content, type and metadata",
            "copy() replaces the attributes that are given, and keeps the others",
            "move() leaves the file at its target only",
            "copy() keeps metadata of any text, also when it replaces another attribute",
          ],
          " mtime: ",
        ),
      },
    },
  },
  {
    asked: "metadata that looks as if it were encoded",
    instead: {
      "s3s-fs": {
        seen: "a copy has it decoded",
        failures: {
          "copy() keeps metadata of any text, also when it replaces another attribute": '-     two_words: "x",',
        },
      },
    },
  },
  {
    asked: "tags, and copies in parts, as of files above 5 GiB",
    instead: {
      Garage: { seen: "tags are refused: 501", failures: { [TAGS]: "Unimplemented action: GetObjectTagging" } },
      rclone: { seen: "such a copy has no answer", failures: { [TAGS]: "the XML of the response cannot be read" } },
      "s3s-fs": { seen: "tags are refused: 501", failures: { [TAGS]: "GetObjectTagging is not implemented yet" } },
      gofakes3: { seen: "such a copy is refused: 411", failures: { [TAGS]: "411 (MissingContentLength" } },
    },
  },
  {
    asked: "credentials for `team/` that do not open `Team/`",
    notAsked: {
      versitygw: "issues no such credentials",
      Garage: "issues no such credentials",
      rclone: "issues no such credentials",
      "s3s-fs": "issues no such credentials",
      gofakes3: "issues no such credentials",
      moto: "issues no such credentials",
    },
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
];
