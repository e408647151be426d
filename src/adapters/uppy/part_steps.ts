import { createTokenSigner, type TokenContent } from "../../tokens/signed_token.ts";
import { ScopeChangedError } from "../../errors.ts";
import type { MultipartUpload, MultipartUploadState } from "../../types/direct_uploads.ts";
import type { S3Source } from "../../types/source.ts";
import type { UploadPermit } from "./options.ts";
import { type ProposedFile, UploadRefusal } from "./request.ts";
import { isGone, toXml, xmlResponse } from "./response.ts";

/** Uploads in parts: the page knows them by sealed tokens, which it keeps in place of the store's upload id. */
export interface PartSteps {
  /** Begins the upload of a file. */
  begin(file: ProposedFile, permit: UploadPermit, partSizeBytes: number): Promise<Signed>;
  /** Answers `signRequest` about an upload: with a URL of the store for a part, otherwise with one of this route. */
  sign(token: unknown, method: unknown, partNumber: unknown): Promise<Signed>;
  /** Answers a request to such a URL of this route. */
  take(step: Step, method: string, token: string): Promise<Response>;
}

/** What `signRequest` returns. */
export interface Signed {
  readonly url: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What Uppy sends to this route itself. The upload has been created when it learns the URL for creating it. */
const METHODS = { created: "POST", parts: "GET", complete: "POST", abort: "DELETE" } as const;

/** A step of an upload in parts that Uppy asks this route for. */
export type Step = keyof typeof METHODS;

/** Whether a parameter of the route's URL is a step. */
export function isStep(name: string): name is Step {
  return Object.hasOwn(METHODS, name);
}

/** The content of a token. */
interface Ticket extends TokenContent {
  /** Stored with the file, to recognize it. */
  readonly id: string;
  readonly state: MultipartUploadState;
  /** Bucket and prefix that it was begun in. */
  readonly folder: string;
  /** When the upload must have ended, in epoch milliseconds. */
  readonly endMs: number;
  readonly ifNoneMatch?: "*" | undefined;
}

/** Options of {@link createPartSteps}. */
export interface PartStepsOptions {
  /** The first seals, all open. */
  readonly secrets: readonly string[];
  readonly expiresInSeconds: number;
}

/** Creates the steps of uploads to a source. */
export function createPartSteps(source: S3Source, { secrets, expiresInSeconds }: PartStepsOptions): PartSteps {
  const tokens = createTokenSigner({ secrets, deployment: "uppy", now: () => Date.now() });

  /** A URL of this route, relative to it. It may end up in logs, so it is valid for a few minutes and one step only. */
  async function urlOf(step: Step, ticket: Ticket): Promise<string> {
    return `?${step}=${await tokens.sign({ ...ticket, purpose: step, expiresMs: Date.now() + STEP_MS })}`;
  }

  async function open(token: unknown, purpose: string): Promise<Ticket> {
    const content = typeof token === "string" ? await tokens.verify(token, purpose) : undefined;
    // Sealed for this purpose, so it is as `begin` made it.
    const ticket = content as Ticket | undefined;
    if (ticket === undefined || ticket.endMs <= Date.now()) {
      throw new UploadRefusal(403, "This upload is unknown or has expired. Add the file again.");
    }
    if (ticket.folder === await currentFolder()) return ticket;
    throw new ScopeChangedError("Cannot continue this upload: the credentials are for another folder now");
  }

  async function currentFolder(): Promise<string> {
    const { bucket, prefix } = await source.connect();
    return `${bucket}/${prefix}`;
  }

  /** Whether the upload has already become the file, if only the answer was lost. */
  async function isStored({ id, state }: Ticket): Promise<boolean> {
    return (await source.stat(state.path))?.metadata[MARK] === id;
  }

  /** The numbers of the parts that need not be sent again. */
  async function storedParts(ticket: Ticket, upload: MultipartUpload): Promise<number[]> {
    try {
      return (await upload.parts()).filter(({ isStored }) => isStored).map(({ partNumber }) => partNumber);
    } catch (error) {
      if (!isGone(error) || !await isStored(ticket)) throw error;
      return Array.from({ length: upload.partCount }, (_, index) => index + 1);
    }
  }

  async function complete(ticket: Ticket, upload: MultipartUpload): Promise<void> {
    try {
      await upload.complete({ ifNoneMatch: ticket.ifNoneMatch });
    } catch (error) {
      if (!isGone(error) || !await isStored(ticket)) throw error;
    }
  }

  return {
    async begin({ size, contentType }, { path, ifNoneMatch, ...permit }, partSizeBytes) {
      const folder = await currentFolder();
      const id = crypto.randomUUID();
      const { state } = await source.prepareMultipartUpload(path, {
        ...permit,
        contentType: permit.contentType ?? contentType,
        metadata: { ...permit.metadata, [MARK]: id },
        size,
        partSizeBytes,
      });
      const endMs = Date.now() + expiresInSeconds * 1000;
      const ticket = { purpose: "upload", expiresMs: endMs, id, state, folder, endMs, ifNoneMatch };
      return { url: await urlOf("created", ticket), key: path };
    },

    async sign(token, method, partNumber) {
      const ticket = await open(token, "upload");
      if (partNumber === undefined) {
        const step = SIGNED_STEPS.find((step) => METHODS[step] === method);
        if (step === undefined) throw new UploadRefusal(400, "Send the number of the part to upload.");
        return { url: await urlOf(step, ticket) };
      }
      const upload = source.resumeMultipartUpload(ticket.state);
      const isPart = typeof partNumber === "number" && Number.isInteger(partNumber) && partNumber >= 1;
      if (method !== "PUT" || !isPart || partNumber > upload.partCount) {
        throw new UploadRefusal(400, `This file has the parts 1 to ${upload.partCount}, to upload with PUT.`);
      }
      return { url: (await upload.partUrl(partNumber)).url };
    },

    async take(step, method, token) {
      if (method !== METHODS[step]) throw new UploadRefusal(405, `This URL is for ${METHODS[step]}.`);
      const ticket = await open(token, step);
      const upload = source.resumeMultipartUpload(ticket.state);
      switch (step) {
        case "created": {
          const UploadId = await tokens.sign({ ...ticket, purpose: "upload", expiresMs: ticket.endMs });
          return xmlResponse("InitiateMultipartUploadResult", toXml({ UploadId }));
        }
        case "parts": {
          const numbers = await storedParts(ticket, upload);
          // Uppy only asks whether there is an ETag; `complete` takes them from the store.
          const parts = numbers.map((number) => `<Part>${toXml({ PartNumber: `${number}`, ETag: "stored" })}</Part>`);
          return xmlResponse("ListPartsResult", parts.join(""));
        }
        case "complete": {
          await complete(ticket, upload);
          const { path: Key } = ticket.state;
          const [Location = ""] = (await source.downloadUrl(Key)).url.split("?");
          return xmlResponse("CompleteMultipartUploadResult", toXml({ Location, Key }));
        }
        case "abort":
          await upload.abort();
          return new Response(null, { status: 204 });
      }
    },
  };
}

const SIGNED_STEPS = ["parts", "complete", "abort"] as const;
const STEP_MS = 300_000;
/** The name of the metadata with {@link Ticket.id}. */
const MARK = "uppy-upload";
