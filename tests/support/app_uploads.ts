import { assertEquals } from "@std/assert";
import { formOf } from "./app_stub.ts";
import type { World } from "./app_world.ts";

/** Where uploads to `media` are prepared. */
export const PREPARE = "/upload/media/-/prepare";

/** Prepares an upload, which must be possible. */
export async function prepare({ post }: World, body: Record<string, unknown>) {
  const response = await post(PREPARE, body);
  assertEquals(response.status, 200, await response.clone().text());
  return await response.json();
}

/** Sends a request to a whole path that the app has named. */
export function ask({ request }: World, url: string, init?: RequestInit): Promise<Response> {
  return request(url.replace("/-/files", ""), init);
}

/** Sends the form that the host's clients send. */
export function sendForm(
  world: World,
  prepared: { upload_url: string; upload_fields: Record<string, string> },
  text: string,
): Promise<Response> {
  const body = formOf({ "ignored.txt": text }, prepared.upload_fields);
  return ask(world, prepared.upload_url, { method: "POST", body });
}

/** Completes an upload. */
export function complete({ post }: World, upload_token: string): Promise<Response> {
  return post("/upload/media/-/complete", { upload_token });
}
