import { isSame } from "../conformance/suite.ts";
import { bytesOf, type Content } from "./content.ts";
import { Wrong } from "./tally.ts";

/** The expected files of a folder that only one worker writes to. */
export interface Files {
  /** All paths that may have a file. */
  readonly paths: readonly string[];
  /** The expected content of a path; `undefined` for no file. */
  get(path: string): Content | undefined;
  /** Every expected file. */
  entries(): [path: string, content: Content][];
  /**
   * Runs an operation that changes contents. If it fails, each of its files must have the old or the new content, which
   * is read from the store at once.
   */
  change<T>(next: readonly [path: string, content: Content | undefined][], act: () => Promise<T>): Promise<T>;
  /** Compares the whole folder with the store. */
  audit(): Promise<void>;
}

/** Starts with an empty folder. `peek` reads a stored file without the code under test. */
export function createFiles(
  paths: readonly string[],
  peek: (path: string) => Promise<Uint8Array | undefined>,
): Files {
  const contents = new Map<string, Content>();

  function set(path: string, content: Content | undefined): void {
    if (content === undefined) contents.delete(path);
    else contents.set(path, content);
  }

  /** Adopts the stored content, if it is one of the two. */
  async function settle(path: string, next: Content | undefined): Promise<void> {
    const stored = await peek(path);
    const former = contents.get(path);
    if (isContent(stored, former)) return;
    if (!isContent(stored, next)) {
      const message = `${path} is neither ${shown(former)} nor ${shown(next)}: ${stored?.byteLength} bytes`;
      throw new Wrong(message);
    }
    set(path, next);
  }

  return {
    paths,
    get: (path) => contents.get(path),
    entries: () => [...contents],
    async change(next, act) {
      let result;
      try {
        result = await act();
      } catch (error) {
        for (const [path, content] of next) await settle(path, content);
        throw error;
      }
      for (const [path, content] of next) set(path, content);
      return result;
    },
    async audit() {
      for (const path of paths) await settle(path, contents.get(path));
    },
  };
}

function isContent(stored: Uint8Array | undefined, content: Content | undefined): boolean {
  if (stored === undefined || content === undefined) return stored === content;
  return isSame(stored, bytesOf(content));
}

function shown(content: Content | undefined): string {
  return content === undefined ? "none" : `${content.size} bytes`;
}
