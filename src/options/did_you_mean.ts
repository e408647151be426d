/**
 * The end of a sentence about a name that does not exist: `; did you mean "limit"?`, or nothing if no name is similar.
 */
export function didYouMean(given: string, names: readonly string[]): string {
  const nearest = nearestName(given.slice(0, MAX_NAME_LENGTH), names);
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`;
}

/** Of longer names only the beginning is compared: the time that it takes grows with the length. */
const MAX_NAME_LENGTH = 100;

function nearestName(given: string, names: readonly string[]): string | undefined {
  const isGiven = (name: string) => plain(name) === plain(given);
  const nested = [...FOREIGN_NAMES.keys()].filter((name) =>
    name.includes(".") && names.includes(name.split(".")[0] ?? "")
  );
  const same = [...names, ...nested].find((name) => FOREIGN_NAMES.get(name)?.some(isGiven)) ?? names.find(isGiven);
  if (same !== undefined) return same;
  const begun = given.length < 3 ? [] : names.filter((name) => isBeginning(given, name) || isFirstWords(name, given));
  return closest(given, begun, Infinity) ?? closest(given, names, Math.max(1, Math.floor(given.length / 3)));
}

/** Options, and what they are called in other libraries. */
const FOREIGN_NAMES: ReadonlyMap<string, readonly string[]> = new Map(Object.entries({
  accessKeyId: ["credentials"],
  bucket: ["bucketName"],
  concurrency: ["queueSize"],
  credentials: ["provider"],
  credentialsUrlSecret: ["secret"],
  cursor: ["continuationToken", "startAfter"],
  endpointUrl: ["endpoint"],
  expiresInSeconds: ["expiresIn"],
  limit: ["maxKeys", "pageSize"],
  log: ["logger", "onEvent"],
  maxAttempts: ["attempts"],
  partSizeBytes: ["partSize"],
  recursive: ["delimiter", "folders"],
  retry: ["maxRetries", "retries"],
  secret_sha256: ["secret"],
  signal: ["abortSignal"],
  "store.addressing": ["forcePathStyle", "pathStyle", "usePathStyle", "s3ForcePathStyle"],
  "store.bulkDelete": ["bulkDelete"],
  "store.checksums": ["sendChecksums", "requestChecksumCalculation"],
  "store.equalParts": ["equalParts"],
  "store.maxParts": ["maxParts", "maxUploadParts"],
  tenants: ["clients"],
  timeouts: ["timeout"],
}));

/** `access_key_id`, `AccessKeyId` and `access-key-id` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, "");
}

function isBeginning(beginning: string, name: string): boolean {
  return name.toLowerCase().startsWith(beginning.toLowerCase());
}

/** Whether a name is the first of another's words: `retry` in `retryPolicy`, but not `now` in `nowhere`. */
function isFirstWords(words: string, name: string): boolean {
  return words.length >= 3 && isBeginning(words, name) && /^[^a-z]/.test(name.slice(words.length));
}

function closest(given: string, names: readonly string[], limit: number): string | undefined {
  const distances = names.map((name) => editDistance(given.toLowerCase(), name.toLowerCase()));
  const least = Math.min(...distances);
  return least <= limit ? names[distances.indexOf(least)] : undefined;
}

/** How many characters to insert, delete, replace, or swap with their neighbour. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      const isSwapped = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
      const swapped = isSwapped ? (before[j - 1] ?? 0) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
