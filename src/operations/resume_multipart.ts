import { lazy } from "../async/lazy.ts";
import { takeOptions } from "../options/operation_options.ts";
import type { MultipartUpload, MultipartUploadState } from "../types/direct_uploads.ts";
import { loaded } from "../s3/lazy_module.ts";
import { readState } from "./multipart_state.ts";
import { type OperationContext, partDefaults, quote } from "./operation_context.ts";

/** Resumes an upload from an untrusted state. Sends nothing to the store. */
export function resumeMultipartUpload(context: OperationContext, given: MultipartUploadState): MultipartUpload {
  const state = readState(given, partDefaults(context));
  const upload = lazy(async () => {
    const { multipartOf } = await loaded(
      import("./direct_multipart.ts"),
      `continue the upload of ${quote(state.path)}`,
    );
    return multipartOf(context, state);
  });
  return {
    state,
    partCount: Math.ceil(state.size / state.partSizeBytes),
    async partUrl(partNumber, options) {
      const taken = takeOptions("partUrl", options);
      return await (await upload()).partUrl(partNumber, taken);
    },
    async uploadPart(partNumber, body, options) {
      const taken = takeOptions("uploadPart", options);
      return await (await upload()).uploadPart(partNumber, body, taken);
    },
    async parts(options) {
      const taken = takeOptions("parts", options);
      return await (await upload()).parts(taken);
    },
    async complete(options) {
      const taken = takeOptions("complete", options);
      return await (await upload()).complete(taken);
    },
    async abort(options) {
      const taken = takeOptions("abort", options);
      return await (await upload()).abort(taken);
    },
  };
}
