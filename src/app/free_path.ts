import { RequestRefusal } from "./failure.ts";

/** `name (2).ext`, or the next number that is free. */
export async function freePath(path: string, isTaken: (path: string) => Promise<boolean>): Promise<string> {
  const dot = path.lastIndexOf(".");
  const end = dot > path.lastIndexOf("/") + 1 ? dot : path.length;
  for (let number = 2; number <= MAX_COPIES; number++) {
    const candidate = `${path.slice(0, end)} (${number})${path.slice(end)}`;
    if (!await isTaken(candidate)) return candidate;
  }
  throw new RequestRefusal(409, "There are too many files of this name. Choose another one.");
}

const MAX_COPIES = 100;
