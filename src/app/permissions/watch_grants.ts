import { toArray } from "../../async/to_array.ts";
import { AccessDeniedError } from "../../errors.ts";
import type { S3Source } from "../../types/source.ts";
import type { Granted, GrantFacts } from "./known_grants.ts";
import type { NamedSource } from "./background_facts.ts";

/**
 * The same source; its results show what its credentials allow in each folder. Only `AccessDenied` counts as denied: a
 * quota, a wrong clock or an archived file says nothing about the next request.
 */
export function watchGrants({ name, source }: NamedSource, grants: GrantFacts): S3Source {
  async function watch<Result>(what: keyof Granted, path: string, run: () => Promise<Result>): Promise<Result> {
    try {
      const result = await run();
      grants.note(name, { path, what, isAllowed: true });
      return result;
    } catch (error) {
      if (error instanceof AccessDeniedError && error.code === ACCESS_DENIED) {
        grants.note(name, { path, what, isAllowed: false });
      }
      throw error;
    }
  }

  return {
    ...source,
    upload: (path, body, options) => watch("write", path, () => source.upload(path, body, options)),
    delete: (path, options) => watch("delete", path, () => source.delete(path, options)),
    async deleteMany(paths, options) {
      const left = new Set(await toArray(paths));
      const result = await source.deleteMany([...left], options);
      for (const { path = "", code } of result.errors) {
        left.delete(path);
        if (code === ACCESS_DENIED) grants.note(name, { path, what: "delete", isAllowed: false });
      }
      for (const path of left) grants.note(name, { path, what: "delete", isAllowed: true });
      return result;
    },
    // After a failure, either side may have been denied; only success is clear.
    async copy(from, to, options) {
      const info = await source.copy(from, to, options);
      grants.note(name, { path: to, what: "write", isAllowed: true });
      return info;
    },
    async move(from, to, options) {
      const info = await source.move(from, to, options);
      grants.note(name, { path: to, what: "write", isAllowed: true });
      grants.note(name, { path: from, what: "delete", isAllowed: true });
      return info;
    },
    prepareMultipartUpload: (path, options) => watch("write", path, () => source.prepareMultipartUpload(path, options)),
    resumeMultipartUpload(state) {
      const upload = source.resumeMultipartUpload(state);
      return {
        ...upload,
        uploadPart: (number, body, options) =>
          watch("write", state.path, () => upload.uploadPart(number, body, options)),
      };
    },
  };
}

const ACCESS_DENIED = "AccessDenied";
