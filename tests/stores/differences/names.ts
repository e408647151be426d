import { type Difference, each } from "../difference.ts";

const FILE_AND_FOLDER = [
  "upload() stores a file beside a folder of the same name",
  "list() has the files of a folder beside a file of the same name",
] as const;
const [FILE_BESIDE_FOLDER, FOLDER_BESIDE_FILE] = FILE_AND_FOLDER;

/** What stores make of names, and of folders. */
export const NAMES: readonly Difference[] = [
  {
    asked: "a file beside a folder of the same name",
    instead: {
      versitygw: {
        seen: "refused: 409",
        failures: {
          [FILE_BESIDE_FOLDER]: "409 (ExistingObjectIsDirectory",
          [FOLDER_BESIDE_FILE]: "409 (ExistingObjectIsDirectory",
        },
      },
      MinIO: {
        seen: "lists omit the folder and its contents",
        failures: { [FILE_BESIDE_FOLDER]: "-     []", [FOLDER_BESIDE_FILE]: '+     "same/a.txt",' },
      },
      rclone: {
        seen: "refused: 500",
        failures: { [FILE_BESIDE_FOLDER]: "500 (InternalError", [FOLDER_BESIDE_FILE]: "500 (InternalError" },
      },
      "s3s-fs": {
        seen: "refused: 500",
        failures: { [FILE_BESIDE_FOLDER]: "500 (InternalError", [FOLDER_BESIDE_FILE]: "500 (InternalError" },
      },
    },
  },
  {
    asked: "`stat` of the name of a folder",
    instead: {
      "s3s-fs": {
        seen: "fails: 500",
        failures: { "stat() returns null for a folder": "the store responded with 500" },
      },
    },
  },
  {
    asked: "names of up to 1,024 bytes",
    instead: {
      "s3s-fs": {
        seen: "beyond about 150: 500",
        failures: each(
          [
            'upload() keeps the name "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa..."',
            'upload() keeps the name "folder/folder/folder/folder/folder/folder/folder/folder/f..."',
            "upload() takes a key of 1,024 bytes of ASCII characters",
            "upload() takes a key of 1,024 bytes of two-byte characters",
            "upload() takes a key of 1,024 bytes of four-byte characters",
          ],
          "500 (InternalError",
        ),
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
      rclone: {
        seen: "refused: 400",
        failures: { 'upload() keeps the name "a//b"': "400 (InvalidArgument" },
      },
      "s3s-fs": {
        seen: "become one",
        failures: { 'upload() keeps the name "a//b"': '"a/b"' },
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
      rclone: {
        seen: "a file without the slash",
        failures: {
          'upload() keeps the name "file/"': '-     "file",',
          'upload() keeps the name "folder//"': '-     "folder",',
        },
      },
      "s3s-fs": {
        seen: "refused: 400",
        failures: {
          'upload() keeps the name "file/"': "400 (UnexpectedContent",
          'upload() keeps the name "folder//"': "400 (UnexpectedContent",
        },
      },
    },
  },
  {
    asked: "an empty file under a name that ends in a slash",
    instead: {
      rclone: {
        seen: "a file without the slash",
        failures: {
          "list() leaves out the marker of the listed folder": "500 (InternalError",
        },
      },
      "s3s-fs": {
        seen: "`upload` fails: the answer has no ETag",
        failures: {
          "list() leaves out the marker of the listed folder": "it has no ETag",
          "deleteFolder() deletes a folder with its subfolders and markers, and nothing beside it": "it has no ETag",
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
    asked: "ETags in lists",
    instead: {
      "s3s-fs": {
        seen: "none",
        failures: {
          "list() describes files": "-     etag: null",
          "list(), stat() and read() agree with the SDK about what it wrote": "+     etag: null",
        },
      },
    },
  },
];
