import { assertEquals } from "@std/assert";
import { guardCallback } from "../../src/options/callback.ts";
import { readSourceOptions } from "../../src/options/source_options.ts";

Deno.test("guardCallback() ignores what a listener throws or rejects with", async () => {
  const seen: number[] = [];
  guardCallback<number>((value) => seen.push(value))?.(1);
  guardCallback<number>(() => {
    throw new Error("thrown");
  })?.(2);
  guardCallback<number>(() => Promise.reject(new Error("rejected")))?.(3);
  // An unhandled rejection would fail the test by now.
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals([seen, guardCallback(undefined)], [[1], undefined]);
});

Deno.test("readSourceOptions() ignores what onEvent throws", () => {
  const onEvent = () => {
    throw new Error("thrown");
  };
  readSourceOptions({ onEvent }).emit?.({ type: "warning", code: "ClockSkew", message: "" });
});
