import type { State } from "../../state/state.ts";
import { RequestRefusal } from "../failure.ts";

/** The right to do something that only one process may do at a time. It ends by itself if the process dies. */
export interface Lease {
  /** Gives it back. */
  end(): Promise<void>;
}

/** What {@link holdLease} needs. */
export interface LeaseOptions {
  /** Looks every few seconds whether the work may continue; otherwise it throws a `RequestRefusal`. */
  readonly check: () => Promise<void>;
  /** Is called, at most once, if the work must stop. */
  readonly onLost: (reason: RequestRefusal) => void;
}

/**
 * Takes a lease, and keeps it until it is given back.
 *
 * @returns `undefined` if another has it.
 */
export async function holdLease(state: State, key: string, options: LeaseOptions): Promise<Lease | undefined> {
  const holder = crypto.randomUUID();
  const take = () => state.putIfAbsent(key, holder, { expiresInMs: LEASE_MS });
  const isTaken = await take().catch(async (error) => {
    // Only the answer may have been lost.
    await giveBack();
    throw error;
  });
  if (!isTaken) return undefined;
  let renewing: Promise<void> | undefined;

  async function giveBack(): Promise<void> {
    try {
      if (await state.get(key) === holder) await state.delete(key);
    } catch {
      // It ends by itself.
    }
  }

  /** There is no step that prolongs: between two, another may take it, which is then noticed. */
  async function renew(): Promise<void> {
    try {
      await options.check();
      const current = await state.get(key);
      if (current === holder) await state.delete(key);
      if (!await take()) throw new RequestRefusal(409, "This is being done at another place. Start again.");
    } catch (error) {
      // While the state is gone, no one else gets the lease.
      if (error instanceof RequestRefusal) stop(error);
    }
    renewing = undefined;
  }

  function stop(reason: RequestRefusal): void {
    clearInterval(timer);
    options.onLost(reason);
  }

  const timer = setInterval(() => {
    renewing ??= renew();
  }, RENEWAL_MS);

  return {
    async end() {
      clearInterval(timer);
      await renewing;
      await giveBack();
    },
  };
}

/** Whether anyone has a lease. */
export async function isLeased(state: State, key: string): Promise<boolean> {
  return await state.get(key) !== undefined;
}

/** A process that dies keeps a lease for this long. */
const LEASE_MS = 15_000;
const RENEWAL_MS = 3_000;
