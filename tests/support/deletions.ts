import { type DeleteManyResult, type S3Source, ServiceError } from "../../mod.ts";

/** A `deleteMany` that deletes nothing: each file fails with a code. */
export function failingWith(code: string): S3Source["deleteMany"] {
  return async (paths) => notDeleted(await Array.fromAsync(paths), code);
}

/** The result of a `deleteMany` in which these files failed. */
export function notDeleted(paths: readonly string[], code = "AccessDenied", deletedCount = 0): DeleteManyResult {
  return { deletedCount, errors: paths.map((path) => new ServiceError("internal reason", { path, code })) };
}
