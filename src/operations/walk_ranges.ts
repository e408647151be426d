import { ServiceError } from "../errors.ts";
import type { FileEntry, ListPage } from "../types/files.ts";
import { cursorAfter } from "./list_cursor.ts";
import { quote } from "./operation_context.ts";

/** Lists the page of a cursor; `null` is the first. */
export type PageLister = (cursor: string | null) => Promise<ListPage>;

/** The files after one path and up to another. */
interface Range {
  readonly list: PageLister;
  /** The next page; `null` is the first of all. */
  cursor: string | null;
  /** The last path so far. */
  last: string;
  /** The last one that may be in the range. */
  until: string | undefined;
  /** Where the paths of the latest page begin to differ; `undefined` if there was none. */
  depth: number | undefined;
  /** Pages to be passed on. */
  readonly ready: (readonly FileEntry[])[];
  isRunning: boolean;
  hasEnded: boolean;
  /** Whether a page has shown that there are more, since the range was split. */
  maySplit: boolean;
  failure: { readonly error: unknown } | undefined;
}

/**
 * Lists ranges of paths at the same time, and passes their pages on in order. A range that has more than a page is
 * split, the nearest one first, halfway through the paths that the characters seen so far could form: that is finer
 * where paths are soon needed. If the store does not start after a given key, lists one page after another.
 */
export async function* pagesOfRanges(
  createLister: () => PageLister,
  { prefix, concurrency }: { prefix: string; concurrency: number },
): AsyncGenerator<readonly FileEntry[]> {
  const characters = new Set<string>();
  const front = createRange(createLister(), { cursor: null, last: "", until: undefined });
  let ranges = [front];
  let canSplit = true;
  /** Whether the store orders keys as strings are, and not folder by folder, as where `a/b` comes before `a-b`. */
  let isPlainOrder = false;
  let running = 0;
  let wake = () => {};

  async function run(range: Range): Promise<void> {
    running++;
    range.isRunning = true;
    try {
      const page = await range.list(range.cursor);
      // Unless another range has taken over meanwhile.
      if (ranges.includes(range)) take(range, page);
    } catch (error) {
      range.failure = { error };
      range.hasEnded = true;
    }
    range.isRunning = false;
    running--;
  }

  function take(range: Range, { files, cursor }: ListPage): void {
    const { last, depth } = range;
    if (depth === undefined && files.some(({ path }) => path === last || isBefore(path, last))) {
      throw startsBefore(last);
    }
    if (!isPlainOrder) checkOrder(range, files);
    const { until } = range;
    const inside = until === undefined ? files : files.filter(({ path }) => path <= until);
    range.hasEnded = cursor === null || inside.length < files.length;
    range.cursor = cursor;
    range.maySplit = !range.hasEnded;
    if (inside.length === 0) return;
    range.ready.push(inside);
    range.last = inside.at(-1)?.path ?? last;
    range.depth = commonLength(inside[0]?.path ?? last, range.last);
    for (let index = inside.length - 1; index >= 0 && characters.size < MOST_CHARACTERS; index -= SAMPLE_STEP) {
      for (const character of inside[index]?.path.slice(prefix.length) ?? "") {
        if (character > "0" && character <= HIGHEST) characters.add(character);
      }
    }
  }

  /** If the order can be another one, the range takes over those after it: it could end too soon or list the same. */
  function checkOrder(range: Range, files: readonly FileEntry[]): void {
    const { last, depth, until: end } = range;
    for (const [index, { path }] of files.entries()) {
      const previous = files[index - 1]?.path ?? (depth === undefined ? path : last);
      if (previous < path && byFolder(previous) > byFolder(path)) {
        isPlainOrder = true;
        return;
      }
      const isDoubtful = end !== undefined && (path > end) !== (byFolder(path) > byFolder(end));
      if (isDoubtful || (previous > path && byFolder(previous) < byFolder(path))) {
        ranges.length = ranges.indexOf(range) + 1;
        range.until = undefined;
        canSplit = false;
        return;
      }
    }
  }

  /** Where a range could be split, the nearest points first. They are about a page apart, or more. */
  function pointsOf({ last, until, depth = 0 }: Range): string[] {
    const beyond = last.slice(prefix.length).search(/[\ud800-\uffff]/);
    const deepest = Math.min(depth - 1, beyond < 0 ? Infinity : prefix.length + beyond);
    const sorted = [...characters].sort();
    const points: string[] = [];
    // With less of the last path in common, a point would lie beyond the range.
    const shared = until === undefined ? -1 : commonLength(last, until);
    for (let at = Math.max(deepest, prefix.length); at >= Math.max(shared, prefix.length); at--) {
      const beginning = last.slice(0, at);
      // Beginnings are long, and three characters tell the order of what differs in the first or second.
      const following = last.slice(at, at + 3);
      const limit = until?.slice(at, at + 3) ?? "";
      for (const character of sorted) {
        // No name ends so: SeaweedFS would start after all of a folder with that name.
        const tail = String.fromCharCode(character.charCodeAt(0) - 1) + HIGHEST;
        if (isBefore(following, tail) && (at > shared || isBefore(tail, limit))) points.push(beginning + tail);
      }
    }
    return points;
  }

  function split(range: Range, point: string): Range {
    const cursor = cursorAfter(point.slice(prefix.length), range.cursor ?? "");
    const second = createRange(createLister(), { cursor, last: point, until: range.until });
    range.until = point;
    ranges.splice(ranges.indexOf(range) + 1, 0, second);
    return second;
  }

  function splitNearest(): Range | undefined {
    if (!canSplit) return undefined;
    for (const range of ranges) {
      if (!range.maySplit) continue;
      range.maySplit = false;
      const points = pointsOf(range);
      const middle = points[Math.floor(points.length / 2)];
      if (middle !== undefined) return split(range, middle);
    }
    return undefined;
  }

  /** The next one to list. With enough pages for now, that is the first one, if it has none. */
  function nextRange(): Range | undefined {
    const held = ranges.reduce((sum, { ready, isRunning }) => sum + ready.length + Number(isRunning), 0);
    const isDue = ({ isRunning, hasEnded }: Range) => !isRunning && !hasEnded;
    if (held < MOST_PAGES * concurrency) return ranges.find(isDue) ?? splitNearest();
    return ranges.slice(0, 1).find((range) => isDue(range) && range.ready.length === 0);
  }

  function schedule(): void {
    ranges = ranges.filter(({ hasEnded, ready, failure }) => !hasEnded || ready.length > 0 || failure !== undefined);
    while (running < concurrency) {
      const next = nextRange();
      if (next === undefined) return;
      run(next).then(schedule).then(() => wake());
    }
  }

  try {
    let points: string[] = [];
    while (!front.hasEnded && points.length === 0) {
      await run(front);
      points = front.hasEnded ? [] : pointsOf(front);
      yield* front.ready.splice(0);
    }
    const step = Math.max(1, points.length / (concurrency - 1));
    for (let at = points.length - step / 2; at > 0; at -= step) split(front, points[Math.floor(at)] ?? "");
    // The first range waits for this: it must not end where the store cannot start.
    await Promise.all(ranges.slice(1).map(run));
    if (ranges.some(({ failure }) => failure !== undefined)) {
      ranges = [front];
      front.until = undefined;
      canSplit = false;
    }
    while (ranges.length > 0) {
      schedule();
      const [next] = ranges;
      const page = next?.ready.shift();
      if (page !== undefined) yield page;
      else if (next?.failure !== undefined) throw next.failure.error;
      else if (next !== undefined) await new Promise<void>((resolve) => wake = resolve);
    }
  } finally {
    ranges = [];
  }
}

function createRange(list: PageLister, bounds: Pick<Range, "cursor" | "last" | "until">): Range {
  const state = { depth: undefined, isRunning: false, hasEnded: false, maySplit: false, failure: undefined };
  return { list, ...bounds, ...state, ready: [] };
}

/** In either order. */
function isBefore(path: string, other: string): boolean {
  return path < other && byFolder(path) < byFolder(other);
}

/** Text that is ordered as stores order the path that are made of folders. */
function byFolder(path: string): string {
  return path.replaceAll("/", "\0");
}

function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

function startsBefore(path: string): ServiceError {
  const reason = "the store also lists others";
  return new ServiceError(`Cannot list the files after ${quote(path)}: ${reason}`, { code: "InvalidResponse" });
}

/** Pages that are held for each request that may run. */
const MOST_PAGES = 8;
/** Enough to split at, and little to go through. */
const MOST_CHARACTERS = 128;
/** Every file of a page would not show many more characters. */
const SAMPLE_STEP = 16;
/** Up to here, stores that compare UTF-16 units have the same order as those that compare bytes. */
const HIGHEST = "\ud7ff";
