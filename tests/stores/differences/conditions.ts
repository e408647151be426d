import { type Difference, each, type Failures } from "../difference.ts";

const DIAGNOSED = "diagnose() finds that every condition is honoured, and leaves nothing behind";

const CONDITIONAL_COPIES = [
  "copy() with ifNoneMatch keeps the file at its target",
  "copy() with ifMatch keeps a changed file at its target",
  "move() with ifNoneMatch keeps the file at its target",
  "move() with ifMatch keeps a changed file at its target",
];
const COPIES: Failures = each(CONDITIONAL_COPIES, "Expected function to reject");
const FOUND: Failures = { [DIAGNOSED]: '"copyIfNoneMatch ignored"' };

const UPLOADS: Failures = {
  ...each(
    ["upload() with ifNoneMatch keeps an existing file", "upload() with ifMatch keeps a changed file"],
    "Expected function to reject",
  ),
  "random sequences of operations agree with a map": "Property failed after",
  "prepareUpload() with ifNoneMatch is refused for a file that exists by then": "+   412 PreconditionFailed",
};

const IN_PARTS = "upload() with ifNoneMatch keeps an existing file from one sent in parts";
const COMPLETED = "complete() with ifNoneMatch keeps the file that exists by then, and the parts";

const MOVED = {
  "move() keeps an original that somebody changes right before it is deleted": "Expected function to reject",
};

const ignored = (failures: Failures) => ({ seen: "ignores the condition", failures });

/** Conditions of writes that stores ignore. */
export const CONDITIONS: readonly Difference[] = [
  {
    asked: "an upload with `If-Match` or `If-None-Match`",
    instead: { Garage: ignored(UPLOADS), rclone: ignored(UPLOADS) },
  },
  {
    asked: "an upload in parts with `If-None-Match`",
    instead: {
      Garage: ignored(each([IN_PARTS], "Expected function to reject")),
      rclone: ignored(each([IN_PARTS, COMPLETED], "Expected function to reject")),
      gofakes3: ignored({
        ...each([IN_PARTS, COMPLETED], "Expected function to reject"),
        // That of the test of `complete()`.
        "upload() has left no multipart upload behind in all tests before": "-   [",
      }),
      moto: {
        seen: "only the request that begins one honours it",
        failures: { [COMPLETED]: "Expected function to reject" },
      },
    },
  },
  {
    asked: "a copy with `If-Match` or `If-None-Match`",
    instead: {
      versitygw: ignored({ ...COPIES, ...FOUND }),
      MinIO: ignored({ ...COPIES, ...FOUND }),
      Garage: ignored({ ...COPIES, ...FOUND }),
      rclone: ignored({ ...COPIES, ...FOUND }),
      "s3s-fs": ignored({ ...COPIES, ...FOUND }),
      gofakes3: ignored({ ...COPIES, ...FOUND }),
      moto: ignored({ ...COPIES, ...FOUND }),
    },
  },
  {
    asked: "a delete with `If-Match`",
    instead: {
      MinIO: ignored(MOVED),
      Garage: ignored(MOVED),
      rclone: ignored(MOVED),
      "s3s-fs": ignored(MOVED),
      gofakes3: ignored(MOVED),
    },
  },
];
