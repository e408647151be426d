import { leavePlace, takePlace } from "../../state/places.ts";
import type { State } from "../../state/state.ts";
import { RequestRefusal } from "../failure.ts";

/** How many things of a kind a person may have going on at a time, in all processes that share a state. */
export interface PersonLimit {
  /**
   * Counts one until it is left, or for this long.
   *
   * @returns Its place.
   * @throws {RequestRefusal} With 429, if there are too many.
   */
  take(person: string, expiresInMs: number): Promise<number>;
  /** No longer counts one. Never fails: it ends by itself, too. */
  leave(person: string, place: number): Promise<void>;
}

/** What {@link createPersonLimit} needs. */
export interface PersonLimitOptions {
  readonly state: State;
  /** The kind, for the state. */
  readonly kind: string;
  /** `Infinity` for no limit. */
  readonly most: number;
  /** What a person is told. */
  readonly refusal: string;
}

/** Makes the limit. */
export function createPersonLimit({ state, kind, most, refusal }: PersonLimitOptions): PersonLimit {
  const placesOf = (person: string) => ({ name: `${kind}/${person}`, most });
  return {
    async take(person, expiresInMs) {
      const place = await takePlace(state, { ...placesOf(person), expiresInMs });
      if (place === undefined) throw new RequestRefusal(429, refusal, { code: "too_many" });
      return place;
    },
    leave: (person, place) => leavePlace(state, placesOf(person), place).catch(() => {}),
  };
}
