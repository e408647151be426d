import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";

const { TEST_FOLDER, TEST_BYTES, TEST_SECONDS } = process.env;
const CHUNK = 1024 * 1024;

async function* chunks() {
  for (let begin = 0; begin < TEST_BYTES; begin += CHUNK) {
    await setTimeout(TEST_SECONDS * 1000 * CHUNK / TEST_BYTES);
    yield new Uint8Array(Math.min(CHUNK, TEST_BYTES - begin));
  }
}

const target = { Bucket: "media", Key: `${TEST_FOLDER}long.bin`, Body: Readable.from(chunks()) };
await new Upload({ client: s3, params: target, partSize: 5 * CHUNK, queueSize: 1 }).done();
