"""Bytes that take their time: `TEST_SECONDS` for all of them."""

import os
import sys
import time

SECONDS = float(os.environ["TEST_SECONDS"])
SIZE = int(os.environ["TEST_BYTES"])
CHUNK = 1024 * 1024


def chunks():
    for begin in range(0, SIZE, CHUNK):
        time.sleep(SECONDS * CHUNK / SIZE)
        yield bytes(min(CHUNK, SIZE - begin))


if __name__ == "__main__":
    for chunk in chunks():
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
