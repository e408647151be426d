import { createS3Source, type S3Source } from "../../mod.ts";

/** How a store lists. */
interface Habits {
  /** Keys on a page, whatever is asked for. Default 3. */
  readonly pageKeys?: number;
  /**
   * What it compares: bytes, UTF-16 units, or the names of folders and files, as SeaweedFS does, which takes a name in
   * `start-after` for that of a folder as well. Default: bytes.
   */
  readonly order?: keyof typeof ORDERS;
  /** Answers in place of the store, by the number of the request; 1 is the first. */
  readonly answer?: (query: URLSearchParams, count: number) => Response | undefined;
  /** What the store takes `start-after` for. Default: itself. */
  readonly startAfter?: (key: string, count: number) => string;
  /** Whether it has only ListObjects. */
  readonly isOld?: boolean;
}

/** A store of sorted keys, which answers as soon as all requests of the moment have been sent. */
export interface SortedStore {
  readonly source: S3Source;
  /** The query of each request, with `-` for what a page begins with. */
  readonly requests: URLSearchParams[];
  /** The most requests at a time. */
  readonly mostAtOnce: () => number;
  /** How often the store had to answer. */
  readonly rounds: () => number;
  /** The paths in the order of the store. */
  readonly paths: readonly string[];
  readonly add: (path: string) => void;
}

/** A store with such files, below `team/`. */
export function sortedStore(
  paths: readonly string[],
  { pageKeys = 3, order = "bytes", answer, startAfter = (key) => key, isOld = false }: Habits = {},
): SortedStore {
  const compare = ORDERS[order];
  const sorted = paths.toSorted(compare);
  const requests: URLSearchParams[] = [];
  const waiting: (() => void)[] = [];
  let [mostAtOnce, rounds] = [0, 0];

  async function answerAtOnce(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    rounds++;
    mostAtOnce = Math.max(mostAtOnce, waiting.length);
    for (const answer of waiting.splice(0)) answer();
  }

  async function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const query = new URL(input instanceof Request ? input.url : input).searchParams;
    const count = requests.push(query);
    if (waiting.length === 0) answerAtOnce();
    await new Promise<void>((resolve) => waiting.push(resolve));
    init?.signal?.throwIfAborted();
    const after = query.get("start-after");
    const from = isOld
      ? query.get("marker")
      : query.get("continuation-token") ?? (after === null ? null : startAfter(after, count));
    return answer?.(query, count) ?? list(query.get("prefix") ?? "", from ?? "", after !== null);
  }

  function list(prefix: string, from: string, skipsFolder: boolean): Response {
    const isAfter = (key: string) =>
      compare(key, from) > 0 && !(order === "folders" && skipsFolder && key.startsWith(`${from}/`));
    const keys = sorted.map((path) => `team/${path}`).filter((key) => key.startsWith(prefix) && isAfter(key));
    const page = keys.slice(0, pageKeys);
    const isTruncated = page.length < keys.length;
    const token = isTruncated && !isOld ? `<NextContinuationToken>${escape(page.at(-1))}</NextContinuationToken>` : "";
    const contents = page.map((key) => `<Contents><Key>${encodeURIComponent(key)}</Key><Size>1</Size></Contents>`);
    return new Response(
      `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${isTruncated}</IsTruncated>${token}${
        contents.join("")
      }</ListBucketResult>`,
    );
  }

  const config = { bucket: "bucket", prefix: "team/", accessKeyId: "a", secretAccessKey: "s" };
  return {
    source: createS3Source({ ...config, endpointUrl: "https://store.test" }, { fetch, retry: { maxAttempts: 1 } }),
    requests,
    mostAtOnce: () => mostAtOnce,
    rounds: () => rounds,
    paths: sorted,
    add(path) {
      sorted.push(path);
      sorted.sort(compare);
    },
  };
}

const ORDERS = {
  bytes(one: string, other: string): number {
    const [a, b] = [new TextEncoder().encode(one), new TextEncoder().encode(other)];
    const at = a.findIndex((byte, index) => byte !== b[index]);
    return at < 0 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -1);
  },
  units: (one: string, other: string): number => one < other ? -1 : Number(one > other),
  folders: (one: string, other: string): number => ORDERS.bytes(one.replaceAll("/", "\0"), other.replaceAll("/", "\0")),
} as const;

function escape(text = ""): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
