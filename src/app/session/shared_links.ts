import { toBase64Url } from "../../hash/base64url.ts";
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
  /** The revocations that were known when it was made: only others end it. No clock decides, as clocks differ. */
  readonly revocations: readonly string[];
  /** In epoch milliseconds. */
  readonly expiresMs: number;
}

/** Links through the app. Each is a sealed token; what is kept is only that some were revoked. */
export interface SharedLinks {
  /** Whether all links end when the app restarts, as it would no longer know which were revoked. */
  readonly endAtRestart: boolean;
  /**
   * Makes the token of a link.
   *
   * @throws {StateError} If it cannot be found out what was revoked before.
   */
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
}

/** Makes the links of an app. */
export function createSharedLinks(options: SharedLinksOptions): SharedLinks {
  const { tokens, state, access, hasOperator, isForgetful } = options;
  const process = isForgetful ? crypto.randomUUID() : "any";
  const rules = access.rules.map(({ rule }) => rule);

  async function readRevocations(link: SharedPath & LinkMaker): Promise<string[]> {
    const keys = [...revokedKeys(link), ...revokedKeys(link, link)];
    const found = await Promise.all(keys.map((key) => state.get(key)));
    return [...new Set(found.flatMap((revocation) => revocation ?? []))];
  }

  return {
    endAtRestart: isForgetful,
    async create({ source, path, actor, isOperator, expiresMs }) {
      const revocations = await readRevocations({ source, path, actor, isOperator });
      return await tokens.sign({
        ...{ purpose: PURPOSE, expiresMs, revocations, process, source, path, isOperator },
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
      if (!isPermitted) return undefined;
      const found = await readRevocations(link);
      return found.every((revocation) => link.revocations.includes(revocation)) ? link : undefined;
    },
    async revoke(shared, maker) {
      const revocation = toBase64Url(crypto.getRandomValues(new Uint8Array(12)));
      // One after the other: who reads both in the meantime finds the former one.
      for (const key of revokedKeys(shared, maker)) {
        await state.delete(key);
        await state.putIfAbsent(key, revocation, { expiresInMs: KEPT_MS });
      }
    },
  };
}

/** The longest that a link lasts, in seconds. */
export const MAX_LINK_SECONDS = 604_800;

const PURPOSE = "link";
/** An hour longer than any link, as clocks differ. */
const KEPT_MS = (MAX_LINK_SECONDS + 3_600) * 1_000;

/** Where it is kept, twice, how the links to a file or folder were last revoked, or those of one maker. */
function revokedKeys({ source, path }: SharedPath, maker?: LinkMaker): string[] {
  const whose = maker === undefined ? "all" : [maker.isOperator, maker.actor?.id ?? null];
  const hash = shortSha256Hex(JSON.stringify([source, path, whose]));
  return [0, 1].map((place) => `link/revoked/${hash}/${place}`);
}
