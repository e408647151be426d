/**
 * A body with its length for Workers, which otherwise leave out `Content-Length`.
 * https://developers.cloudflare.com/workers/runtime-apis/streams/transformstream/#fixedlengthstream
 */
export function withLength<T extends Uint8Array>(body: ReadableStream<T>, length: number): ReadableStream<T> {
  const FixedLengthStream: unknown = Reflect.get(globalThis, "FixedLengthStream");
  if (typeof FixedLengthStream !== "function") return body;
  const { readable, writable }: TransformStream = Reflect.construct(FixedLengthStream, [length]);
  // A failure reaches the client through `readable`.
  body.pipeTo(writable).catch(() => {});
  return readable;
}
