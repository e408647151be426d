import type { SigningSecret } from "../../tokens/signing_secret.ts";
import { anything, callable, required, whole } from "../../options/checks.ts";
import type { OptionTable } from "../../options/option_table.ts";
import type { Conditions, FileAttributes } from "../../types/file_attributes.ts";
import type { ProposedFile } from "./request.ts";

/** Options of {@link createUppySigner}. */
export interface UppySignerOptions {
  /**
   * Decides about each new file: who may store it, and where. A `Response` refuses it, and Uppy shows its text. The
   * later steps of an upload in parts do not ask again. The body of the request has been read. If it throws, so does the
   * handler.
   */
  authorize: (request: Request, file: ProposedFile) => UploadPermit | Response | Promise<UploadPermit | Response>;
  /** The most bytes in a file; a larger one gets 413. */
  maxBytes: number;
  /**
   * Seals what the page keeps of an upload in parts: at least 32 random characters, the same on all servers, as the
   * command `secret` generates. To replace it, pass both until the uploads have ended: `[new, former]`.
   */
  secret: SigningSecret;
  /** Seconds in which an upload in parts can be continued, 60 to 604,800. Default 86,400. */
  expiresInSeconds?: number | undefined;
}

/** Where a file may be stored, and what is stored with it. */
export interface UploadPermit extends FileAttributes, Pick<Conditions, "ifNoneMatch"> {
  /** Path relative to the source. An existing file is replaced, unless `ifNoneMatch` is `"*"`. */
  path: string;
}

/** The options of {@link UppySignerOptions}. */
export const UPPY_SIGNER_OPTIONS = {
  authorize: required(callable),
  maxBytes: required(whole(0)),
  secret: required(anything),
  expiresInSeconds: { ...whole(60, 604_800), default: 86_400 },
} as const satisfies OptionTable<UppySignerOptions>;
