import type { MultipartUpload, PreparedUpload } from "../../mod.ts";
import type { ConformanceStore } from "./suite.ts";

type Fetching = Pick<ConformanceStore, "fetch">;

/** Sends a file with a prepared upload, as browsers do, and returns the outcome. */
export async function send(store: Fetching, prepared: PreparedUpload, text: string): Promise<string> {
  const { url, method, headers } = prepared;
  // Not a Blob: Deno 2.9 sends no Content-Length for an empty one.
  if (method === "PUT") return await outcomeOf(await store.fetch(url, { method, headers: { ...headers }, body: text }));
  return await sendForm(store, prepared, { text, end: "\r\n" });
}

/**
 * Sends a form and returns the outcome. It ends in a line end in browsers, Bun and Node, but not in Deno 2.9; RFC 2046
 * permits both.
 */
export async function sendForm(
  store: Fetching,
  { url, fields }: PreparedUpload,
  { text, end }: { text: string; end: string },
): Promise<string> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new Blob([text], { type: "image/x-of-the-file" }), "../name-of-the-file");
  const encoded = new Response(form);
  const headers = { "content-type": encoded.headers.get("content-type") ?? "" };
  const body = (await encoded.text()).replace(/(?:\r\n)?$/, end);
  return await outcomeOf(await store.fetch(url, { method: "POST", headers, body }));
}

/** Sends a part of a file and returns the outcome. */
export async function sendPart(
  store: ConformanceStore,
  upload: MultipartUpload,
  partNumber: number,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const { url, offset, size } = await upload.partUrl(partNumber);
  return await outcomeOf(await store.fetch(url, { method: "PUT", body: bytes.slice(offset, offset + size) }));
}

/** `"stored"`, or status and code of the error. */
export async function outcomeOf(response: Response): Promise<string> {
  const text = await response.text();
  return response.ok ? "stored" : `${response.status} ${/<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? ""}`;
}

/** What stores answer to an altered or expired URL or form, each with a code of its own. */
export const REFUSED = /^40[03]\b/;
