/**
 * Incremental hashes in JavaScript, for runtimes that have none.
 *
 * @module
 */
export { md5, sha1 } from "@noble/hashes/legacy.js";
export { sha256 } from "@noble/hashes/sha2.js";
