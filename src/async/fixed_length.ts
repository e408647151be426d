/**
 * A body with its length for Workers, which otherwise leave out `Content-Length`.
 * https://developers.cloudflare.com/workers/runtime-apis/streams/transformstream/#fixedlengthstream
 */
export function withLength(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  length: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const FixedLengthStream: unknown = Reflect.get(globalThis, "FixedLengthStream");
  if (typeof FixedLengthStream !== "function") return body;
  const { readable, writable }: TransformStream = Reflect.construct(FixedLengthStream, [length]);
  // A failure reaches the client through `readable`.
  body.pipeTo(writable).catch(() => {});
  return readable;
}
