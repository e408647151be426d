import { assertEquals } from "@std/assert";
import { createWorld } from "../support/app_world.ts";
import { appOf, stubSource } from "../support/app_stub.ts";
import { MIB } from "../support/app_stub.ts";
import { PREPARE, prepare } from "../support/app_uploads.ts";

const HOUR_MS = 3_600_000;

Deno.test("the app removes uploads that were begun over a week ago, and none that can still be resumed", async () => {
  const clock = { nowMs: Date.UTC(2030, 0, 1) };
  const world = createWorld({ now: () => clock.nowMs });
  const large = { size: 17 * MIB, direct: true, on_collision: "ask" };
  const left = async () => {
    await world.request("/sources.json").then((response) => response.body?.cancel());
    return world.s3.listUploads("bucket").map(({ key }) => key).toSorted();
  };
  await prepare(world, { filename: "old", ...large });
  clock.nowMs += 150 * HOUR_MS;
  await prepare(world, { filename: "younger", ...large });
  assertEquals(await left(), ["team/old", "team/younger"]);
  clock.nowMs += 23 * HOUR_MS;
  await prepare(world, { filename: "small", size: 1 });
  assertEquals(await left(), ["team/old", "team/younger"]);
  clock.nowMs += HOUR_MS;
  await prepare(world, { filename: "small", size: 1 });
  assertEquals(await left(), ["team/younger"]);
});

Deno.test("the app looks for abandoned uploads once a day, whatever comes of that", async () => {
  const clock = { nowMs: Date.UTC(2030, 0, 1) };
  const asked: unknown[] = [];
  const abortStaleUploads = (options: object) => {
    asked.push({ ...options, signal: "signal" in options });
    return Promise.reject(new Error("The store does not list them"));
  };
  const request = appOf(stubSource({}, { abortStaleUploads }), { now: () => clock.nowMs });
  const ask = async () => {
    const body = JSON.stringify({ filename: "a" });
    const response = await request(`/-/files${PREPARE}`, { method: "POST", body });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals([await ask(), await ask()], [200, 200]);
  assertEquals(asked, [{ olderThanSeconds: 7 * 86_400, signal: true }]);
  clock.nowMs += 24 * HOUR_MS;
  assertEquals([await ask(), asked.length], [200, 2]);
});
