import { assertEquals } from "@std/assert";
import type { UploadItem, UploadState } from "../../src/app/browser/client_types.ts";
import { describe, isActive, percentOf, summaryOf } from "../../src/app/browser/upload_progress.js";

function item(state: UploadState, loaded = 0, bytesPerSecond = 0): UploadItem {
  return {
    name: "a",
    path: "a",
    folder: "",
    size: 1_000,
    blob: new Blob(),
    meter: { add: () => {}, rate: () => bytesPerSecond },
    state,
    loaded,
    batch: {},
    isFinishing: false,
    canRetry: true,
    note: "",
    sent: new Set(),
  };
}

for (
  const [items, text] of [
    [[item("done", 1_000), item("running", 500, 50), item("waiting")], "Uploading 1 of 3, 50 B/s, 30 s left"],
    [[item("done", 1_000), item("failed"), item("waiting")], "Uploading 1 of 3, 1 failed"],
    [[item("done", 1_000), item("cancelled", 10), item("paused", 10)], "Uploading 1 of 2"],
    [[item("done", 1_000), item("done", 1_000)], "2 files uploaded"],
    [[item("done", 1_000), item("failed")], "1 file not uploaded"],
    [[item("skipped")], "Nothing uploaded"],
  ] as const
) {
  Deno.test(`summaryOf() says “${text}”`, () => assertEquals(summaryOf(items), text));
}

Deno.test("percentOf() counts neither cancelled nor skipped files", () => {
  assertEquals(percentOf([item("done", 1_000), item("running", 500), item("skipped"), item("cancelled")]), 75);
  assertEquals(percentOf([]), 0);
});

Deno.test("isActive() is true until nothing is left to do", () => {
  const states = ["waiting", "running", "paused", "failed", "done", "skipped", "cancelled"] as const;
  assertEquals(states.filter((state) => isActive([item("done"), item(state)])), ["waiting", "running", "paused"]);
});

Deno.test("describe() says what happens to a file", () => {
  assertEquals([item("waiting"), item("paused", 500), item("running", 500, 50), item("running", 1_000)].map(describe), [
    "1.0 kB, waiting",
    "Paused at 500 B of 1.0 kB",
    "500 B of 1.0 kB, 50 B/s, 10 s left",
    "Finishing",
  ]);
});
