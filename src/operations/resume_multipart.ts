import { lazy } from "../async/lazy.ts";
import type { MultipartUpload, MultipartUploadState } from "../types/direct_uploads.ts";
import { readState } from "./multipart_state.ts";
import { type OperationContext, partDefaults } from "./operation_context.ts";

/** Resumes an upload from an untrusted state. Sends nothing to the store. */
export function resumeMultipartUpload(context: OperationContext, given: MultipartUploadState): MultipartUpload {
  const state = readState(given, partDefaults(context));
  const upload = lazy(async () => (await import("./direct_multipart.ts")).multipartOf(context, state));
  return {
    state,
    partCount: Math.ceil(state.size / state.partSizeBytes),
    partUrl: async (partNumber, options) => await (await upload()).partUrl(partNumber, options),
    uploadPart: async (partNumber, body, options) => await (await upload()).uploadPart(partNumber, body, options),
    parts: async (options) => await (await upload()).parts(options),
    complete: async (options) => await (await upload()).complete(options),
    abort: async (options) => await (await upload()).abort(options),
  };
}
