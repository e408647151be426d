import { assertEquals, assertRejects } from "@std/assert";
import { createMemoryState, type Permissions, type State } from "../../src/app/mod.ts";
import { askedClaims, createAccess } from "../../src/app/permissions/allow_rules.ts";
import { createSharedLinks, type LinkMaker } from "../../src/app/session/shared_links.ts";
import { createTokenSigner } from "../../src/tokens/signed_token.ts";
import { StateError } from "../../src/state/state_error.ts";
import { brokenState } from "../support/broken_state.ts";
import { NOW, SIGNING_SECRET } from "../support/app_stub.ts";

const ALICE: LinkMaker = { actor: { id: "alice", groups: ["staff", "all"] }, isOperator: false };
const BOB: LinkMaker = { actor: { id: "bob" }, isOperator: false };
const WEEK_MS = 604_800_000;

interface ProcessOptions {
  readonly state?: State;
  readonly permissions?: Permissions;
  readonly hasOperator?: boolean;
  readonly isForgetful?: boolean;
  readonly clock?: { nowMs: number };
}

/** A process with the same secret as the others. */
function startProcess({ permissions = { "files-browse": true }, clock = { nowMs: NOW }, ...options }: ProcessOptions) {
  const now = () => clock.nowMs;
  const { state = createMemoryState({ now }), hasOperator = true, isForgetful = false } = options;
  const tokens = createTokenSigner({ secrets: [SIGNING_SECRET], deployment: "", now });
  const access = createAccess(permissions, ["media"]);
  const links = createSharedLinks({ tokens, state, access, hasOperator, isForgetful });
  return {
    ...links,
    share: (path: string, maker = ALICE) =>
      links.create({ source: "media", path, ...maker, expiresMs: clock.nowMs + WEEK_MS }),
    works: async (token: string) => await links.open(token) !== undefined,
  };
}

Deno.test("a link works in every process with the same secret until it ends, and is then gone", async () => {
  const clock = { nowMs: NOW };
  const [first, second] = [startProcess({ clock }), startProcess({ clock })];
  const token = await first.share("a/b.txt");
  clock.nowMs += WEEK_MS - 1;
  const link = await second.open(token);
  assertEquals([link?.source, link?.path, link?.actor?.id], ["media", "a/b.txt", "alice"]);
  clock.nowMs += 1;
  assertEquals(await second.works(token), false);
});

Deno.test("revoking ends the links of a file in three processes, those of one maker or all, and no others", async () => {
  const clock = { nowMs: NOW };
  const state = createMemoryState({ now: () => clock.nowMs });
  const start = () => startProcess({ state, clock });
  const [one, two, three] = [start(), start(), start()];
  const tokens = [await one.share("a"), await two.share("a", BOB), await three.share("a/"), await one.share("ab")];
  const works = () => Promise.all(tokens.map((token, index) => ([one, two, three][index % 3] ?? one).works(token)));
  clock.nowMs += 1;
  await two.revoke({ source: "media", path: "a" }, ALICE);
  assertEquals(await works(), [false, true, true, true]);
  await three.revoke({ source: "media", path: "a" });
  assertEquals(await works(), [false, false, true, true]);
  clock.nowMs += 1;
  const later = await one.share("a");
  assertEquals(await three.works(later), true);
  clock.nowMs += 1;
  await one.revoke({ source: "media", path: "a" });
  assertEquals(await three.works(later), false);
});

Deno.test("revoking ends links whatever the clocks of the processes, and revives none", async () => {
  const state = createMemoryState();
  const [fast, slow] = [NOW + 10_000, NOW].map((nowMs) => startProcess({ state, clock: { nowMs } }));
  const first = await fast?.share("a") ?? "";
  await slow?.revoke({ source: "media", path: "a" });
  assertEquals(await fast?.works(first), false);
  const second = await slow?.share("a") ?? "";
  assertEquals([await slow?.works(second), await fast?.works(second)], [true, true]);
  await fast?.revoke({ source: "media", path: "a" });
  await slow?.revoke({ source: "media", path: "a" }, ALICE);
  await slow?.revoke({ source: "media", path: "a" });
  assertEquals([await slow?.works(first), await slow?.works(second)], [false, false]);
});

Deno.test("a revoked link stays revoked for as long as it would have lasted", async () => {
  const clock = { nowMs: NOW };
  const links = startProcess({ clock });
  const token = await links.share("a");
  await links.revoke({ source: "media", path: "a" });
  for (const partOfWeek of [0.5, 0.999]) {
    clock.nowMs = NOW + partOfWeek * WEEK_MS;
    assertEquals(await links.works(token), false);
  }
});

Deno.test("a revoked link never works while it is revoked once more", async () => {
  const clock = { nowMs: NOW };
  const memory = createMemoryState({ now: () => clock.nowMs });
  const seen: boolean[] = [];
  let isWatched = false;
  const state: State = {
    ...memory,
    async delete(key) {
      await memory.delete(key);
      if (isWatched) seen.push(await startProcess({ state: memory, clock }).works(token));
    },
  };
  const links = startProcess({ state, clock });
  const token = await links.share("a");
  await links.revoke({ source: "media", path: "a" });
  isWatched = true;
  clock.nowMs += 1;
  await links.revoke({ source: "media", path: "a" });
  assertEquals(seen, [false, false]);
});

Deno.test("a link ends when its maker may no longer share", async () => {
  const rules = { "files-browse": { groups: ["staff", "guests"] } } as const;
  const token = await startProcess({ permissions: rules }).share("a");
  const works = (permissions: Permissions) => startProcess({ permissions }).works(token);
  assertEquals(await works(rules), true);
  assertEquals(await works({ "files-browse": { groups: "staff" } }), true);
  assertEquals(await works({ "files-browse": { id: "alice" } }), true);
  assertEquals(await works({ "files-browse": { groups: "guests" } }), false);
  assertEquals(await works({ "files-browse": { media: { allow: false } } }), false);
  assertEquals(await works({}), false);
});

Deno.test("a link of the operator works only where the operator can log in", async () => {
  const operator = { actor: { id: "root" }, isOperator: true };
  const token = await startProcess({ permissions: {} }).share("a", operator);
  assertEquals(await startProcess({ permissions: {} }).works(token), true);
  assertEquals(await startProcess({ hasOperator: false }).works(token), false);
});

Deno.test("a link of a process that forgets what was revoked ends with it", async () => {
  const [before, after] = [startProcess({ isForgetful: true }), startProcess({ isForgetful: true })];
  const token = await before.share("a");
  assertEquals([await before.works(token), await after.works(token), before.endAtRestart], [true, false, true]);
});

Deno.test("a link does not work while it cannot be known whether it was revoked", async () => {
  const links = startProcess({ state: brokenState() });
  const token = await startProcess({}).share("a");
  await assertRejects(() => links.share("a"), StateError);
  await assertRejects(() => links.open(token), StateError);
  await assertRejects(() => links.revoke({ source: "media", path: "a" }), StateError);
});

for (const token of ["", "x", "x".repeat(5_000), "\0", "../a"]) {
  Deno.test(`the token ${JSON.stringify(token.slice(0, 10))} is no link`, async () => {
    assertEquals(await startProcess({}).works(token), false);
  });
}

Deno.test("askedClaims() keeps what rules ask about, and no more", () => {
  const actor = {
    id: "alice",
    name: "Alice",
    team: ["a", "b"],
    level: 7,
    groups: ["x", "staff", "y"],
    none: undefined,
  };
  assertEquals(askedClaims(actor, [true, { id: "bob" }]), { id: "alice" });
  assertEquals(askedClaims(actor, [{ groups: ["staff", "guests"] }, { team: "*", level: 7, none: "*" }]), {
    id: "alice",
    team: ["a"],
    level: [7],
    groups: ["staff"],
  });
});
