import { encodeUriComponent } from "./keys.ts";

/**
 * A `Content-Disposition` header for any file name: ASCII for old clients, and `filename*` where that differs.
 * https://www.rfc-editor.org/rfc/rfc6266
 */
export function contentDisposition(type: "attachment" | "inline", filename: string): string {
  const name = filename.toWellFormed();
  // Some browsers decode percent signs in the plain form.
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const extended = plain === name ? "" : `; filename*=UTF-8''${encodeUriComponent(name)}`;
  return `${type}; filename="${plain}"${extended}`;
}
