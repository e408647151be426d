import type { State } from "./state.ts";

/** A limited number of places under one name. */
export interface Places {
  /** Whose or what for. */
  readonly name: string;
  /** How many there are; `Infinity` for no limit. */
  readonly most: number;
}

/**
 * Takes a place. It ends by itself, so that a process that dies gives back what it had.
 *
 * @returns Its number, with which {@link leavePlace} gives it back; `undefined` if all are taken.
 */
export async function takePlace(
  state: State,
  { name, most, expiresInMs }: Places & { readonly expiresInMs: number },
): Promise<number | undefined> {
  if (most === Infinity) return 0;
  // Few are taken as a rule, so that the first try finds a free one.
  const first = Math.floor(Math.random() * most);
  const holder = crypto.randomUUID();
  for (let tries = 0; tries < most; tries++) {
    const place = (first + tries) % most;
    const key = keyOf(name, place);
    try {
      if (await state.putIfAbsent(key, holder, { expiresInMs })) return place;
    } catch (error) {
      // Only the answer may have been lost. If this fails as well, the place ends by itself.
      const current = await state.get(key).catch(() => undefined);
      if (current === holder) await state.delete(key).catch(() => {});
      throw error;
    }
  }
  return undefined;
}

/** Gives back a place before it ends by itself. */
export async function leavePlace(state: State, { name, most }: Places, place: number): Promise<void> {
  if (most !== Infinity) await state.delete(keyOf(name, place));
}

function keyOf(name: string, place: number): string {
  return `place/${place}/${name}`;
}
