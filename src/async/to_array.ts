/** All items; Node has `Array.fromAsync` since 22. */
export async function toArray<T>(items: Iterable<T> | AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
