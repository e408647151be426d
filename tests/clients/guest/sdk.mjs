// deno-lint-ignore-file no-console -- The test reads what it prints.
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

const { TEST_FOLDER: folder, TEST_FILE: file } = process.env;

async function list(Prefix) {
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: "media", Prefix }));
  return Contents.map(({ Key }) => Key).join("\n");
}

async function read(Key) {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: "media", Key }));
  return createHash("sha256").update(await Body.transformToByteArray()).digest("hex");
}

async function write(Key) {
  await new Upload({ client: s3, params: { Bucket: "media", Key, Body: createReadStream(file) } }).done();
}

async function remove(Key) {
  await s3.send(new DeleteObjectCommand({ Bucket: "media", Key }));
}

async function perform(name, action) {
  try {
    console.log(`=== done ${name}\n${await action()}`);
  } catch (error) {
    console.log(`=== failed ${name}\n${error}`);
    if (name === "list") process.exit(1);
  }
}

await perform("list", () => list(folder));
await perform("write", () => write(`${folder}large.bin`));
await perform("read", () => read(`${folder}large.bin`));
await perform("delete", () => remove(`${folder}first.txt`));
for (const [name, prefix] of [["neighbour", `${folder.slice(0, -1)}-2/`], ["root", ""]]) {
  await perform(`list ${name}`, () => list(prefix));
  await perform(`read ${name}`, () => read(`${prefix}other.txt`));
  await perform(`write ${name}`, () => write(`${prefix}new.bin`));
  await perform(`delete ${name}`, () => remove(`${prefix}other.txt`));
}
