import { encodeUriComponent } from "./keys.ts";

/**
 * A `Content-Disposition` with any file name: plain ASCII for old clients, the real one beside it where they differ.
 * https://www.rfc-editor.org/rfc/rfc6266
 */
export function contentDisposition(type: "attachment" | "inline", filename: string): string {
  const name = filename.toWellFormed();
  // Percent signs too: some browsers decode them in the plain form.
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const extended = plain === name ? "" : `; filename*=UTF-8''${encodeUriComponent(name)}`;
  return `${type}; filename="${plain}"${extended}`;
}
