import { didYouMean } from "../../options/did_you_mean.ts";
import { NARROWING_FIELDS } from "./narrowing.ts";
import { folderOf, malformed, type Protocol, reply } from "./protocol.ts";
import { readOnce } from "./request_form.ts";

/**
 * `GET /credentials`: what AWS SDKs ask for if `AWS_CONTAINER_CREDENTIALS_FULL_URI` is set.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export const containerProtocol: Protocol = {
  name: "container",
  // deno-lint-ignore require-await -- What it throws becomes a rejection.
  async read(request) {
    const query = new URL(request.url).searchParams;
    const names: readonly string[] = NARROWING_FIELDS;
    // A misspelt name would give more than was asked for.
    const unknown = [...query.keys()].find((name) => !names.includes(name));
    if (unknown !== undefined) {
      // What is longer than any name may be a secret, and the log has this sentence.
      const shown = unknown.length > LONGEST_NAME ? "of this name" : JSON.stringify(unknown);
      throw malformed(`there is no parameter ${shown}${didYouMean(unknown, names)}`);
    }
    const { duration_seconds: durationSeconds, ...asked } = readOnce(query, NARROWING_FIELDS);
    // Clients send a file's content as it is.
    const secret = (request.headers.get("authorization") ?? "").trim().replace(/^bearer\s+/i, "");
    return { secret, ...asked, durationSeconds };
  },
  grant({ keys, request }) {
    return reply(200, {
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.secretAccessKey,
      Token: keys.sessionToken,
      SessionToken: keys.sessionToken,
      Expiration: new Date(keys.expiration).toISOString(),
      S3Folder: folderOf(request),
    });
  },
  // Some SDKs read the names in lower case and others in upper case, and boto3 shows the body as it is.
  refuse({ status, code, message, headers }) {
    return reply(status, { code, message, Code: code, Message: message }, headers);
  },
};

const LONGEST_NAME = 20;
