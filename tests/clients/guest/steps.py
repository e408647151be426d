"""Performs the steps of a client's test and prints what became of each."""

import hashlib
import os

FOLDER = os.environ["TEST_FOLDER"]
FILE = os.environ["TEST_FILE"]


def run(list=None, read=None, write=None, delete=None):
    """Takes functions of a prefix, a key, a key and a file's path, and a key; `None` for what the client cannot do."""
    neighbour = FOLDER[:-1] + "-2/"
    perform("list", list and (lambda: "\n".join(list(FOLDER))))
    perform("write", write and (lambda: write(FOLDER + "large.bin", FILE)))
    perform("read", read and (lambda: hashlib.sha256(read(FOLDER + "large.bin")).hexdigest()))
    perform("delete", delete and (lambda: delete(FOLDER + "first.txt")))
    for name, prefix in (("neighbour", neighbour), ("root", "")):
        perform("list " + name, list and (lambda: "\n".join(list(prefix))))
        perform("read " + name, read and (lambda: read(prefix + "other.txt")))
        perform("write " + name, write and (lambda: write(prefix + "new.bin", FILE)))
        perform("delete " + name, delete and (lambda: delete(prefix + "other.txt")))


def perform(name, action):
    if action is None:
        return
    try:
        text, outcome = action(), "done"
    except BaseException as error:
        text, outcome = f"{type(error).__name__}: {error}", "failed"
    print(f"=== {outcome} {name}", text, sep="\n", flush=True)
    if name == "list" and outcome == "failed":
        raise SystemExit(1)
