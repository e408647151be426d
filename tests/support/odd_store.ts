import type { S3Source, S3SourceConfig } from "../../mod.ts";
import { type SentRequest, stubFetch, stubSource } from "./stub_fetch.ts";

/** A source on a stubbed store that nobody else can answer for, with the warnings that it reports. */
export function oddStore(
  respond: (request: SentRequest) => Response | Promise<Response>,
  config: S3SourceConfig = {},
  maxAttempts = 1,
): { source: S3Source; requests: SentRequest[]; warnings: string[] } {
  const { fetch, requests } = stubFetch(respond);
  const warnings: string[] = [];
  const source = stubSource({ fetch, requests }, { endpointUrl: "https://store.test", ...config }, {
    onEvent(event) {
      if (event.type === "warning") warnings.push(`${event.code}: ${event.message}`);
    },
    retry: { maxAttempts, baseDelayMs: 0 },
  });
  return { source, requests, warnings };
}

/** Method, path below the bucket, and the values of a header. */
export function sentWith(requests: readonly SentRequest[], header: string): string[] {
  return requests.map(({ method, headers }) => `${method} ${headers.get(header) ?? "-"}`);
}

/** The ways in which stores say that they do not know a part of a request. */
export const REFUSALS: readonly (readonly [status: number, code: string, message: string])[] = [
  [400, "InvalidArgument", "Unsupported header 'x-amz-checksum-NAME' received for this API call."],
  [400, "InvalidRequest", "The header x-amz-checksum-NAME is not valid for this bucket"],
  [400, "InvalidRequest", ""],
  [400, "UnsupportedArgument", "The request contained an unsupported argument."],
  [405, "MethodNotAllowed", "The specified method is not allowed against this resource."],
  [501, "NotImplemented", "A header you provided implies functionality that is not implemented."],
  [501, "XNotImplemented", "STREAMING and checksum headers are not implemented"],
  [400, "UnsupportedOperation", ""],
  [400, "InvalidRequestHeader", "unknown header x-amz-checksum-NAME"],
];
