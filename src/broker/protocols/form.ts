import { NARROWING_FIELDS } from "./narrowing.ts";
import { folderOf, type Protocol, type Refusal, reply } from "./protocol.ts";
import { readForm, readOnce } from "./request_form.ts";

/** `POST /credentials`: the contract of the Python plugin datasette-files-s3, which never changes. */
export const formProtocol: Protocol = {
  name: "form",
  async read(request) {
    const form = await readForm(request);
    const secrets = form.getAll("secret");
    const { duration_seconds: durationSeconds, ...asked } = readOnce(form, NARROWING_FIELDS);
    return { secret: secrets.length === 1 ? secrets[0] ?? "" : "", ...asked, durationSeconds };
  },
  grant({ keys, request }) {
    return reply(200, {
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.secretAccessKey,
      SessionToken: keys.sessionToken,
      Expiration: new Date(keys.expiration).toISOString(),
      S3Folder: folderOf(request),
    });
  },
  refuse(refusal) {
    return reply(refusal.status, { error: messageOf(refusal) }, refusal.headers);
  },
};

function messageOf({ kind, message }: Refusal): string {
  if (kind === "unknown_caller") return "Forbidden";
  if (kind === "too_many_failures") return "Too many failures";
  return kind === "unavailable" ? "No credentials are available at the moment" : message;
}
