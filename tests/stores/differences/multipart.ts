import { type Difference, each } from "../difference.ts";

const LOST_ANSWER = "upload() of 10485761 bytes survives a lost answer at each request";
const OTHER_FILE = "resumeMultipartUpload() of another file's upload reaches nothing";
const STALE = "abortStaleUploads() removes old uploads in its own folder only";
const LATE = "abortStaleUploads() removes an upload whose first answer was lost";
const LEFT = "upload() has left no multipart upload behind in all tests before";
const TWICE = "abort() leaves nothing, and may be repeated";

/** What stores know of uploads in parts. */
export const MULTIPART: readonly Difference[] = [
  {
    asked: "listing the unfinished uploads of a folder",
    instead: {
      MinIO: {
        seen: "only of a whole bucket or one file: `abortStaleUploads` finds none",
        failures: { [STALE]: "-   []", [LATE]: "-   []", [LEFT]: '/team/a b+ü"' },
      },
      "s3s-fs": {
        seen: "refused: 501",
        failures: {
          [STALE]: "501 (NotImplemented",
          [LATE]: "-   []",
          "the SDK sees a multipart upload that is left behind": "-   []",
        },
      },
      moto: { seen: "all began in 2010", failures: { [STALE]: "startedAt: 2010-11-10T20:48:33.000Z" } },
    },
  },
  {
    asked: "listing an upload's parts",
    instead: {
      rclone: {
        seen: "404 before the first part",
        failures: { "uploadPart() stores no part that was altered on its way": "404 (NoSuchUpload" },
      },
      "s3s-fs": {
        seen: "without ETags: `complete` of a direct upload fails",
        failures: {
          ...each(
            [
              "uploadPart() sends parts from here",
              "prepareMultipartUpload() makes a file of parts sent by plain fetch",
              "resumeMultipartUpload() goes on after a reload",
            ],
            "it has no ETag",
          ),
          ...each(
            [
              "complete() with ifNoneMatch keeps the file that exists by then, and the parts",
              "complete() with a missing part stores nothing, and can be repeated",
            ],
            'but was "ServiceError"',
          ),
        },
      },
    },
  },
  {
    asked: "an upload that only the name of its file reaches",
    instead: {
      "s3s-fs": { seen: "every name reaches it", failures: { [OTHER_FILE]: "-   sto" } },
      // Its tests end before they remove their uploads.
      moto: { seen: "every name reaches it", failures: { [OTHER_FILE]: "-   sto", [LEFT]: "-   [" } },
    },
  },
  {
    asked: "an upload in parts of a file that is written meanwhile",
    instead: {
      Garage: {
        seen: "is gone, if it began before",
        failures: {
          "complete() with ifNoneMatch keeps the file that exists by then, and the parts": 'but was "ServiceError"',
          [LATE]: "-   []",
        },
      },
    },
  },
  {
    asked: "404 for an upload that is gone",
    instead: {
      "s3s-fs": { seen: "403", failures: { [TWICE]: "the credentials do not allow it" } },
      moto: { seen: "500 for its parts", failures: { [TWICE]: "-   500" } },
    },
  },
  {
    asked: "the outcome of an upload in parts whose last answer was lost",
    instead: {
      rclone: { seen: "an error, although the file is there", failures: { [LOST_ANSWER]: "404 (NoSuchUpload" } },
      "s3s-fs": {
        seen: "an error, although the file is there",
        failures: { [LOST_ANSWER]: "the credentials do not allow it" },
      },
      gofakes3: { seen: "an error, although the file is there", failures: { [LOST_ANSWER]: "404 (NoSuchUpload" } },
    },
  },
];
