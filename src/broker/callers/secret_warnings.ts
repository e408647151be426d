import { show } from "../../errors.ts";
import type { KnownTenant } from "./tenants.ts";

/** Makes a function that warns, once a day, of a secret that is used and soon ends. */
export function createSecretWarnings(
  { now, warn }: { readonly now: () => number; readonly warn: (tenant: string, reason: string) => void },
): (tenant: KnownTenant) => void {
  const warnedOn = new Map<string, number>();
  return ({ grant: { tenant }, secret, expiresAtMs = Infinity }) => {
    const nowMs = now();
    const days = Math.ceil((expiresAtMs - nowMs) / DAY_MS);
    if (days > WARNED_DAYS) return;
    const key = JSON.stringify([tenant, secret]);
    const today = Math.floor(nowMs / DAY_MS);
    if (warnedOn.get(key) === today) return;
    warnedOn.set(key, today);
    const left = days === 1 ? "1 day" : `${days} days`;
    warn(tenant, `The secret ${show(secret ?? "")} of ${show(tenant)} ends in ${left}, and has been used today`);
  };
}

const DAY_MS = 86_400_000;
const WARNED_DAYS = 7;
