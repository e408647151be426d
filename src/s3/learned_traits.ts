import type { StoreTraits } from "../types/store_traits.ts";
import type { S3SourceEvent } from "../types/events.ts";

/** How a store takes requests. */
export interface KnownTraits {
  /** The checksum of uploads. */
  readonly checksums: "sha256" | "crc32" | "none";
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
}

/** A trait that can be found out. */
export type TraitName = keyof KnownTraits;

/** What is known of a store; shared by all folders of a source. */
export interface LearnedTraits {
  /** What is known now: another object whenever something was learned. */
  readonly known: KnownTraits;
  /** Whether all parts but the last must have the same size. */
  readonly equalParts: boolean;
  /** Why a trait stays as it is; `undefined` if it can be learned. */
  fixedBy(trait: TraitName): "config" | "transport" | undefined;
  /** Remembers a trait, with a warning. Nothing happens if that is already known, or the trait is fixed. */
  learn<Name extends TraitName>(trait: Name, value: KnownTraits[Name]): void;
}

/**
 * Knows what the configuration says, and otherwise that the store is like AWS until it turns out not to be.
 *
 * @param options `isTrusted`: whether nobody else can answer for the store. Otherwise no check is given up.
 */
export function createLearnedTraits(
  given: StoreTraits,
  { isTrusted, emit }: { readonly isTrusted: boolean; readonly emit: ((event: S3SourceEvent) => void) | undefined },
): LearnedTraits {
  const { equalParts = false, checksums, ...flags } = given;
  const isChosen = checksums !== undefined && checksums !== "auto";
  let known: KnownTraits = {
    checksums: isChosen ? checksums : "sha256",
    checksumMode: flags.checksumMode ?? checksums !== "none",
    quotedEtags: flags.quotedEtags ?? true,
    conditions: flags.conditions ?? true,
    encodingType: flags.encodingType ?? true,
    listV2: flags.listV2 ?? true,
    bulkDelete: flags.bulkDelete ?? true,
    deleteMd5: checksums === "none",
  };
  const fixed = new Set<TraitName>();
  for (const trait of Object.keys(LESSONS)) {
    if (isTrait(trait) && trait !== "deleteMd5" && given[trait] !== undefined) fixed.add(trait);
  }
  if (!isChosen) fixed.delete("checksums");
  if (checksums === "none") fixed.add("checksumMode");
  const fixedBy = (trait: TraitName) => {
    if (fixed.has(trait)) return "config";
    return !isTrusted && CHECKS.has(trait) ? "transport" : undefined;
  };
  return {
    get known() {
      return known;
    },
    equalParts,
    fixedBy,
    learn(trait, value) {
      if (known[trait] === value || fixedBy(trait) !== undefined) return;
      known = { ...known, [trait]: value };
      emit?.({ type: "warning", code: "StoreLearned", message: lessonOf(trait, value) });
    },
  };
}

function isTrait(name: string): name is TraitName {
  return Object.hasOwn(LESSONS, name);
}

/** Without them, altered bytes or a lost condition could go unnoticed. */
const CHECKS: ReadonlySet<TraitName> = new Set(["checksums", "checksumMode", "quotedEtags"]);

function lessonOf(trait: TraitName, value: KnownTraits[TraitName]): string {
  const lesson = `The store ${value === "uploads" ? ONLY_UPLOADS : LESSONS[trait]}`;
  if (trait === "deleteMd5") return lesson;
  return `${lesson}; with the option ${optionOf(trait, value)} this is known from the start`;
}

/** An option as it is written in a configuration. */
export function optionOf(trait: TraitName, value: KnownTraits[TraitName]): string {
  return `store.${trait}: ${JSON.stringify(value)}`;
}

const LESSONS: Readonly<Record<TraitName, string>> = {
  checksums: "does not take x-amz-checksum-sha256, so uploads are sent with another checksum or none",
  checksumMode: "does not take x-amz-checksum-mode, so downloads are verified only if it returns checksums unasked",
  quotedEtags: "takes the tag of If-Match only without quotes, so it is sent without them",
  conditions: "ignores If-Match or If-None-Match of writes, so conditional writes are refused",
  encodingType: "does not take encoding-type, so it lists names as they are",
  listV2: "has no ListObjectsV2, so ListObjects is used",
  bulkDelete: "has no DeleteObjects, so files are deleted one by one",
  deleteMd5: "wants Content-MD5 for DeleteObjects, so it is sent",
};

const ONLY_UPLOADS = "ignores If-Match or If-None-Match of copies, so conditional copies are refused";
