import type { StoreTraits } from "../types/store_traits.ts";
import type { S3SourceEvent } from "../types/events.ts";

/** How a store takes requests. */
export interface KnownTraits {
  /** The strongest checksum of uploads. */
  readonly checksums: "sha256" | "crc32" | "none";
  /** Whether it keeps one checksum of a file sent in parts, and so knows `x-amz-checksum-type`. */
  readonly wholeChecksums: boolean;
  /** Whether it takes bodies that only their checksum ties to the signature. */
  readonly unsignedBodies: boolean;
  /** Whether it knows `x-amz-checksum-mode`. */
  readonly checksumMode: boolean;
  /** Whether the tag in `If-Match` has its quotes. */
  readonly quotedEtags: boolean;
  /** Whether it honours `If-Match` and `If-None-Match` of writes, or only of `"uploads"` and not of copies. */
  readonly conditions: boolean | "uploads";
  /** Whether it knows `encoding-type`. */
  readonly encodingType: boolean;
  /** Whether it has ListObjectsV2. */
  readonly listV2: boolean;
  /** Whether it has DeleteObjects. */
  readonly bulkDelete: boolean;
  /** Whether DeleteObjects needs Content-MD5. */
  readonly deleteMd5: boolean;
  /** Whether it verifies the signature with the `charset` as it was sent, and not in upper case. */
  readonly keepsCharset: boolean;
}

/** A trait that can be found out. */
export type TraitName = keyof KnownTraits;

/** The known traits of a store; shared by all folders of a source. */
export interface LearnedTraits {
  /** The traits known now: another object whenever one was learned. */
  readonly known: KnownTraits;
  /** Whether all parts but the last must have the same size. */
  readonly equalParts: boolean;
  /** The most parts of one file. */
  readonly maxParts: number;
  /** Why a trait stays as it is; `undefined` if it can be learned. */
  fixedBy(trait: TraitName): "config" | "transport" | undefined;
  /** Remembers a trait, with a warning. Nothing happens if that is already known, or the trait is fixed. */
  adopt<Name extends TraitName>(trait: Name, value: KnownTraits[Name], warning: string): void;
}

/**
 * Knows what the configuration says, and otherwise that the store is like AWS until it turns out not to be.
 *
 * @param options `isTrusted`: whether nobody else can answer for the store. Otherwise no check is given up.
 */
export function createLearnedTraits(
  given: StoreTraits & Pick<LearnedTraits, "equalParts" | "maxParts">,
  { isTrusted, emit }: { readonly isTrusted: boolean; readonly emit: ((event: S3SourceEvent) => void) | undefined },
): LearnedTraits {
  const { equalParts, maxParts, checksums, ...flags } = given;
  const isChosen = checksums !== undefined && checksums !== "auto";
  const said: Partial<KnownTraits> = {
    ...checksums === "none" && { checksumMode: false, deleteMd5: true },
    ...isChosen && { checksums },
    ...Object.fromEntries(Object.entries(flags).filter(([name, value]) => isTrait(name) && value !== undefined)),
  };
  const fixed: ReadonlySet<string> = new Set(Object.keys(said));
  // The same object, as requests are then sent as they are.
  const isLikeAws = Object.entries(said).every(([name, value]) => Reflect.get(LIKE_AWS, name) === value);
  let known: KnownTraits = isLikeAws ? LIKE_AWS : { ...LIKE_AWS, ...said };
  const fixedBy = (trait: TraitName) => {
    if (fixed.has(trait)) return "config";
    return !isTrusted && CHECKS.has(trait) ? "transport" : undefined;
  };
  return {
    get known() {
      return known;
    },
    equalParts,
    maxParts,
    fixedBy,
    adopt(trait, value, message) {
      if (known[trait] === value || fixedBy(trait) !== undefined) return;
      known = { ...known, [trait]: value };
      emit?.({ type: "warning", code: "StoreLearned", message });
    },
  };
}

/** Whether a store ignores the conditions of this kind of write. */
export function ignoresConditions({ conditions }: KnownTraits, kind: "upload" | "copy"): boolean {
  return conditions === false || (conditions === "uploads" && kind === "copy");
}

function isTrait(name: string): boolean {
  return Object.hasOwn(LIKE_AWS, name);
}

/** A store that does what AWS does. */
export const LIKE_AWS: KnownTraits = {
  checksums: "sha256",
  wholeChecksums: true,
  unsignedBodies: true,
  checksumMode: true,
  quotedEtags: true,
  conditions: true,
  encodingType: true,
  listV2: true,
  bulkDelete: true,
  deleteMd5: false,
  keepsCharset: true,
};

/** Without them, altered bytes or a lost condition could go unnoticed. */
const CHECKS: ReadonlySet<TraitName> = new Set(["checksums", "checksumMode", "quotedEtags"]);
