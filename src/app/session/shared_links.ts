import { shortSha256Hex } from "../../hash/short_sha256.ts";
import type { State } from "../../state/state.ts";
import type { TokenContent, TokenSigner } from "../../tokens/signed_token.ts";
import { type Access, type Actor, askedClaims } from "../permissions/allow_rules.ts";

/** A file or folder that is shared. */
export interface SharedPath {
  /** The source's name. */
  readonly source: string;
  /** Relative to the source; a folder's ends in `/`. */
  readonly path: string;
}

/** Who makes a link. */
export interface LinkMaker {
  /** `null` if nobody is logged in. */
  readonly actor: Actor | null;
  readonly isOperator: boolean;
}

/** A link through the app, as its token has it. */
export interface SharedLink extends SharedPath, LinkMaker {
  /** In epoch milliseconds. */
  readonly createdMs: number;
  /** In epoch milliseconds. */
  readonly expiresMs: number;
}

/** Links through the app. Each is a sealed token; what is kept is only which were revoked. */
export interface SharedLinks {
  /** Whether all links end when the app restarts, as it would no longer know which were revoked. */
  readonly endAtRestart: boolean;
  /** Makes the token of a link. */
  create(link: SharedPath & LinkMaker & { readonly expiresMs: number }): Promise<string>;
  /**
   * The link of a token; `undefined` if it has ended, was revoked, or its maker may no longer share.
   *
   * @throws {StateError} If that cannot be found out.
   */
  open(token: string): Promise<SharedLink | undefined>;
  /**
   * Ends all links to a file or folder that have been made so far.
   *
   * @param maker Only those of this one. Default: those of everyone.
   * @throws {StateError} If that cannot be kept.
   */
  revoke(shared: SharedPath, maker?: LinkMaker): Promise<void>;
}

/** Options of {@link createSharedLinks}. */
export interface SharedLinksOptions {
  readonly tokens: TokenSigner;
  readonly state: State;
  readonly access: Access;
  /** Whether the operator can log in: otherwise, no link of the operator counts. */
  readonly hasOperator: boolean;
  /** Whether the state is gone after a restart. */
  readonly isForgetful: boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Makes the links of an app. */
export function createSharedLinks(options: SharedLinksOptions): SharedLinks {
  const { tokens, state, access, hasOperator, isForgetful, now } = options;
  const process = isForgetful ? crypto.randomUUID() : "any";
  const rules = access.rules.map(({ rule }) => rule);

  async function isRevoked(link: SharedLink): Promise<boolean> {
    const keys = [...revokedKeys(link), ...revokedKeys(link, link)];
    const times = await Promise.all(keys.map((key) => state.get(key)));
    return times.some((time) => link.createdMs <= Number(time ?? -1));
  }

  return {
    endAtRestart: isForgetful,
    async create({ source, path, actor, isOperator, expiresMs }) {
      return await tokens.sign({
        ...{ purpose: PURPOSE, expiresMs, createdMs: now(), process, source, path, isOperator },
        actor: actor && askedClaims(actor, rules),
      });
    },
    async open(token) {
      const content = await tokens.verify(token, PURPOSE);
      if (content === undefined || content["process"] !== process) return undefined;
      // Sealed for this purpose, so it is as `create` made it.
      const link = content as TokenContent & SharedLink;
      const { actor, isOperator, source } = link;
      const isPermitted = isOperator ? hasOperator : access.allows(actor, "files-browse", source);
      return isPermitted && !await isRevoked(link) ? link : undefined;
    },
    async revoke(shared, maker) {
      const nowMs = now();
      // One after the other: who reads both in the meantime finds the former time.
      for (const key of revokedKeys(shared, maker)) {
        await state.delete(key);
        await state.putIfAbsent(key, `${nowMs}`, { expiresInMs: KEPT_MS });
      }
    },
  };
}

/** The longest that a link lasts, in seconds. */
export const MAX_LINK_SECONDS = 604_800;

const PURPOSE = "link";
/** An hour longer than any link, as clocks differ. */
const KEPT_MS = (MAX_LINK_SECONDS + 3_600) * 1_000;

/** Where it is kept, twice, when the links to a file or folder were revoked, or those of one maker. */
function revokedKeys({ source, path }: SharedPath, maker?: LinkMaker): string[] {
  const whose = maker === undefined ? "all" : [maker.isOperator, maker.actor?.id ?? null];
  const hash = shortSha256Hex(JSON.stringify([source, path, whose]));
  return [0, 1].map((place) => `link/revoked/${hash}/${place}`);
}
