import { kindOf } from "./mapping.ts";
import { InvalidArgumentError } from "../errors.ts";

/** Why a request is refused before it is handled. */
export interface Malformed {
  readonly status: 400 | 405;
  readonly reason: string;
}

/**
 * Finds requests that a server passes on although `Request` forbids them: Deno builds the URL from an unchecked Host
 * header, and allows methods that `Request` does not.
 */
export function findMalformed(request: Request): Malformed | undefined {
  if (isForbidden(request.method)) {
    return { status: 405, reason: `the method ${request.method} is not allowed` };
  }
  const url = URL.parse(request.url);
  if (url === null) return { status: 400, reason: "the URL, or the Host header that it is made from, is malformed" };
  if (!/^https?:$/.test(url.protocol)) return { status: 400, reason: "the URL is not an http: or https: one" };
  if (HOST.test(request.headers.get("host") ?? "")) return undefined;
  return { status: 400, reason: "the Host header is malformed" };
}

/** Whether `Request` takes no such method. https://fetch.spec.whatwg.org/#forbidden-method */
export function isForbidden(method: string): boolean {
  return /^(?:connect|trace|track)$/i.test(method);
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-7.2, without the comma, which joins repeated headers. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w.~%!$&'()*+;=-]*)(?::\d*)?$/i;

/** @throws {InvalidArgumentError} If it is not a request. */
export function assertRequest(request: unknown): asserts request is Request {
  if (!isRequest(request)) throw new InvalidArgumentError(`Cannot answer: it takes a Request, not ${kindOf(request)}`);
}

/** Whether a value is a request. Its class does not matter: servers in Node have their own. */
export function isRequest(value: unknown): value is Request {
  return typeof value === "object" && value !== null && "url" in value && typeof value.url === "string" &&
    "method" in value && typeof value.method === "string" && "headers" in value && hasGet(value.headers);
}

function hasGet(headers: unknown): boolean {
  return typeof headers === "object" && headers !== null && typeof Reflect.get(headers, "get") === "function";
}
