import type { KnownTraits, LearnedTraits, TraitName } from "./learned_traits.ts";

/** Remembers a trait of a store, with a warning. Nothing happens if it is already known, or fixed. */
export function learn<Name extends TraitName>(traits: LearnedTraits, trait: Name, value: KnownTraits[Name]): void {
  traits.adopt(trait, value, lessonOf(trait, value));
}

function lessonOf(trait: TraitName, value: KnownTraits[TraitName]): string {
  const lesson = `The store ${value === "uploads" ? ONLY_UPLOADS : LESSONS[trait]}`;
  if (OPTIONLESS.has(trait)) return lesson;
  return `${lesson}; with the option ${optionOf(trait, value)} this is known from the start`;
}

/** An option as it is written in a configuration. */
export function optionOf(trait: TraitName, value: KnownTraits[TraitName]): string {
  return `store.${trait}: ${JSON.stringify(value)}`;
}

const LESSONS: Readonly<Record<TraitName, string>> = {
  checksums: "does not take x-amz-checksum-sha256, so uploads are sent with another checksum or none",
  wholeChecksums: "does not take x-amz-checksum-type, so files sent in parts have a checksum of their parts' checksums",
  unsignedBodies: 'denies UNSIGNED-PAYLOAD, so parts are signed with their SHA-256, as with store.checksums: "sha256"',
  checksumMode: "does not take x-amz-checksum-mode, so downloads are verified only if it returns checksums unasked",
  quotedEtags: "takes the tag of If-Match only without quotes, so it is sent without them",
  conditions: "ignores If-Match or If-None-Match of writes, so conditional writes are refused",
  encodingType: "does not take encoding-type, so it lists names as they are",
  listV2: "has no ListObjectsV2, so ListObjects is used",
  bulkDelete: "has no DeleteObjects, so files are deleted one by one",
  deleteMd5: "wants Content-MD5 for DeleteObjects, so it is sent",
  keepsCharset: "verifies signatures with the charset in upper case, so it is sent like that",
};

const ONLY_UPLOADS = "ignores If-Match or If-None-Match of copies, so conditional copies are refused";

/** Cheap to find out. */
const OPTIONLESS: ReadonlySet<TraitName> = new Set(["wholeChecksums", "unsignedBodies", "deleteMd5", "keepsCharset"]);
