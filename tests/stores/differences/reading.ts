import { type Difference, each, type Failures } from "../difference.ts";

const verifies = (kind: string) => `read() and stream() verify what the SDK wrote with ${kind}`;
const COMPOSITE = ["SHA256", "SHA1", "CRC32C", "CRC32"].map((algorithm) => verifies(`${algorithm}, COMPOSITE`));
const CRC64NVME = verifies("CRC64NVME, FULL_OBJECT");
const CRC32C = verifies("CRC32C, FULL_OBJECT");
const FORGOTTEN: Failures = each(
  [...COMPOSITE, CRC64NVME, CRC32C, verifies("CRC32, FULL_OBJECT")],
  "Expected function to reject",
);

const MULTIPART_ETAGS: Failures = {
  ...each(
    ["Blob", "stream", "Uint8Array"].flatMap((kind) =>
      ["one byte more than a part", "exactly two parts", "two parts and a half"].map((size) =>
        `upload() takes a ${kind} of ${size}`
      )
    ),
    '"text/x-test",',
  ),
  "upload() stores 10485761 bytes that the SDK reads back identically": "e942e12ddd7f7a16b1d364082f780b4e",
  "prepareMultipartUpload() makes a file of parts sent by plain fetch": '-     contentType: "application/octet-stream"',
};

const TOO_LONG = ["read() with a range reads", "stream() with a range streams"]
  .map((start) => `${start} everything for an end that is too long`);

/** What stores say of files, and how they answer ranges. */
export const READING: readonly Difference[] = [
  {
    asked: "the checksum of a file that another client sent in parts",
    instead: {
      rclone: { seen: "forgotten", failures: FORGOTTEN },
      "s3s-fs": {
        seen: "forgotten",
        failures: {
          ...FORGOTTEN,
          "upload() stores 10485761 bytes that the SDK reads back identically": "undefined not to be: undefined",
        },
      },
      gofakes3: { seen: "forgotten", failures: FORGOTTEN },
      moto: {
        seen: "forgotten, CRC-32 excepted; or a wrong one",
        failures: {
          ...each([...COMPOSITE, CRC64NVME], "Expected function to reject"),
          [CRC32C]: "the bytes do not match the stored checksum",
        },
      },
    },
  },
  {
    asked: "the checksum of an upload",
    instead: {
      moto: {
        seen: "kept only with `x-amz-sdk-checksum-algorithm`",
        failures: {
          "stat() describes a file": "-   null",
          ...each(
            [0, 1, 100_000, 5_242_880].map((size) =>
              `upload() stores ${size} bytes that the SDK reads back identically`
            ),
            "undefined not to be: undefined",
          ),
        },
      },
    },
  },
  {
    asked: "the ETag that an upload in parts is answered with",
    instead: {
      rclone: { seen: "not that of the file, which is its MD5", failures: MULTIPART_ETAGS },
      gofakes3: { seen: "not that of the file, which is its MD5", failures: MULTIPART_ETAGS },
    },
  },
  {
    asked: "more last bytes than there are",
    instead: {
      "s3s-fs": {
        seen: "fails: 500, as does a range of an empty file",
        failures: each(
          [...TOO_LONG, "serveFile() answers an empty file and one that is missing"],
          "500 (InternalError",
        ),
      },
    },
  },
  {
    asked: "206 for a range",
    instead: {
      rclone: { seen: "200", failures: { "downloadUrl() serves ranges": "-     200," } },
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
      Garage: {
        seen: "`x-amz-*` in `AllowedHeaders` matches nothing",
        failures: {
          "direct uploads and downloads work for a page of the origin that the documented CORS configuration allows":
            "-     put: false,",
          "allowOrigins() lets the app's own pages use the store, and no others": "-     put: false,",
        },
      },
      rclone: {
        seen: "taken for a new bucket: 409",
        failures: {
          "direct uploads and downloads work for a page of the origin that the documented CORS configuration allows":
            "BucketAlreadyExists",
          "an allowed page may read the answer to its upload, and the ETag in it": "BucketAlreadyExists",
          "allowOrigins() lets the app's own pages use the store, and no others": "answered with 409",
        },
      },
      "s3s-fs": {
        seen: "refused: 501",
        failures: {
          "direct uploads and downloads work for a page of the origin that the documented CORS configuration allows":
            "not implemented",
          "an allowed page may read the answer to its upload, and the ETag in it": "not implemented",
          "allowOrigins() lets the app's own pages use the store, and no others": "answered with 501",
        },
      },
      gofakes3: {
        seen: "taken for a new bucket: 409",
        failures: {
          "direct uploads and downloads work for a page of the origin that the documented CORS configuration allows":
            "UnknownError",
          "an allowed page may read the answer to its upload, and the ETag in it": "UnknownError",
          "allowOrigins() lets the app's own pages use the store, and no others": "answered with 409",
        },
      },
      moto: {
        seen: "preflights of a download or an upload fail",
        failures: {
          "direct uploads and downloads work for a page of the origin that the documented CORS configuration allows":
            "-     download: false,",
          "allowOrigins() lets the app's own pages use the store, and no others": "-     download: false,",
        },
      },
    },
  },
];
