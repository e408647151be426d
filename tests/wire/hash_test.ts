import { assertEquals } from "@std/assert";
import { fromBase64, fromHex, toBase64, toHex } from "../../src/hash/hash.ts";

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const NATIVE = ["toHex", "toBase64"] as const;
const NATIVE_STATIC = ["fromHex", "fromBase64"] as const;

for (const isNative of [true, false]) {
  const where = isNative ? "this runtime" : "a runtime without methods for it";
  Deno.test(`toHex(), fromHex(), toBase64() and fromBase64() convert bytes to text and back in ${where}`, () => {
    const restore = isNative ? () => {} : hideNative();
    try {
      for (const bytes of [ALL_BYTES, ALL_BYTES.subarray(0, 1), ALL_BYTES.subarray(1, 3), new Uint8Array()]) {
        const { hex, base64 } = expectedOf(bytes);
        assertEquals([toHex(bytes), toBase64(bytes)], [hex, base64]);
        assertEquals([fromHex(hex), fromHex(hex.toUpperCase()), fromBase64(base64)], [bytes, bytes, bytes]);
      }
    } finally {
      restore();
    }
  });
}

/** Removes the runtime's methods; returns a function that restores them. */
function hideNative(): () => void {
  const hidden = [
    ...NATIVE.map((name) => [Uint8Array.prototype, name] as const),
    ...NATIVE_STATIC.map((name) => [Uint8Array, name] as const),
  ].map(([owner, name]) => [owner, name, Object.getOwnPropertyDescriptor(owner, name)] as const);
  for (const [owner, name] of hidden) Reflect.deleteProperty(owner, name);
  return () => {
    for (const [owner, name, method] of hidden) if (method !== undefined) Object.defineProperty(owner, name, method);
  };
}

function expectedOf(bytes: Uint8Array): { hex: string; base64: string } {
  const codes = [...bytes];
  return {
    hex: codes.map((code) => code.toString(16).padStart(2, "0")).join(""),
    base64: btoa(codes.map((code) => String.fromCharCode(code)).join("")),
  };
}
