import { show } from "../errors.ts";
import type { FilePurpose } from "./file_purpose.ts";

/** What a body is for, and how large it may be. */
export interface BodyUse extends FilePurpose {
  /** Most bytes to read of a stream. Default: no limit. */
  readonly maxBytes?: number | undefined;
}

/** Why a value cannot be the body of an upload, and what to pass in its place. */
export function bodyProblem(body: unknown): string {
  if (body === null || body === undefined) return `the body is ${body}; for an empty file, pass ""`;
  if (typeof body === "function") return "the body is a function; call it, and pass what it returns";
  if (typeof body !== "object") return `the body is a ${typeof body}; pass it as text, with String()`;
  const name = classNameOf(body);
  if (name === "Response" || name === "Request") return `the body is a ${name}; pass its "body"`;
  if (hasMethod(body, "then")) return "the body is a promise; await it";
  if (hasMethod(body, "readableWebStream")) {
    return "the body is a file handle; pass its createReadStream() or readableWebStream()";
  }
  if (Reflect.get(body, "readable") instanceof ReadableStream) return 'the body has a stream; pass its "readable"';
  if (name === "Object") return "the body is a plain object; pass it as text, with JSON.stringify()";
  if (name === "Array") {
    return "the body is an array; pass it as text, with JSON.stringify(), or its items as one file, with new Blob()";
  }
  return `the body is a ${name}; it must be ${BODY_TYPES}`;
}

/** Why a value cannot be a chunk of a body, and what it should be. */
export function chunkProblem(chunk: unknown): string {
  const className = typeof chunk === "object" && chunk !== null ? classNameOf(chunk) : "Object";
  const kind = className === "Object" ? show(chunk) : `a ${className}`;
  const advice = typeof chunk === "number"
    ? "pass the bytes themselves, or chunks of them"
    : "encode it, e.g. with JSON.stringify()";
  return `a chunk of the body is ${kind}, not text, a view or an ArrayBuffer; ${advice}`;
}

/** Of built-in objects their class, of others `"Object"`. */
function classNameOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

function hasMethod(value: object, name: string): boolean {
  return typeof Reflect.get(value, name) === "function";
}

const BODY_TYPES = "a Blob, string, view, ArrayBuffer, ReadableStream or AsyncIterable";
