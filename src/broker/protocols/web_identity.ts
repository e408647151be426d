import { escapeXml } from "../../s3/xml/xml.ts";
import { NARROWING_FIELDS } from "./narrowing.ts";
import { malformed, type Protocol } from "./protocol.ts";
import { readForm, readOnce } from "./request_form.ts";

/**
 * `POST /`: what AWS SDKs ask STS for if `AWS_WEB_IDENTITY_TOKEN_FILE` is set. As in STS, parameters may stand in the
 * query, where object_store puts them.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export const webIdentityProtocol: Protocol = {
  name: "web_identity",
  async read(request) {
    const form = await readForm(request, { canBeEmpty: true });
    for (const [name, value] of new URL(request.url).searchParams) form.append(name, value);
    const { Action: action, WebIdentityToken: token = "", RoleArn: roleArn = "", ...parameters } = readOnce(
      form,
      PARAMETERS,
    );
    if (action === undefined) throw malformed("the parameter Action is missing", { code: "MissingAction" });
    if (action !== "AssumeRoleWithWebIdentity") {
      throw malformed("the only Action is AssumeRoleWithWebIdentity", { code: "InvalidAction" });
    }
    const [policy] = [...form.keys()].flatMap((name) => /^Policy(?:Arns\b[.\w]{0,30}|$)/.exec(name) ?? []);
    if (policy !== undefined) throw malformed(`${policy} is not supported; ask for less with "prefix" and "allow"`);
    const { DurationSeconds, duration_seconds, tenant, ...asked } = parameters;
    if (DurationSeconds !== undefined && duration_seconds !== undefined) {
      throw malformed('give "DurationSeconds" or "duration_seconds", not both');
    }
    return {
      secret: token.trim(),
      ...asked,
      tenant,
      tenantIfSeveral: roleArn.split("/").at(-1),
      durationSeconds: DurationSeconds ?? duration_seconds,
    };
  },
  grant({ keys, request, requestId }) {
    const name = request.tenant.replace(/[^\w+=,.@-]/g, "-");
    return xml(
      200,
      `<AssumeRoleWithWebIdentityResponse xmlns="${NAMESPACE}">
  <AssumeRoleWithWebIdentityResult>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::000000000000:assumed-role/s3-source/${name}</Arn>
      <AssumedRoleId>s3-source:${name}</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>${escapeXml(keys.accessKeyId)}</AccessKeyId>
      <SecretAccessKey>${escapeXml(keys.secretAccessKey)}</SecretAccessKey>
      <SessionToken>${escapeXml(keys.sessionToken)}</SessionToken>
      <Expiration>${new Date(keys.expiration).toISOString()}</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>
`,
    );
  },
  refuse({ status, code, message, headers }, requestId) {
    return xml(
      status,
      `<ErrorResponse xmlns="${NAMESPACE}">
  <Error>
    <Type>${status < 500 ? "Sender" : "Receiver"}</Type>
    <Code>${code}</Code>
    <Message>${escapeXml(message.replace(/[\ufffe\uffff]/g, "\ufffd"))}</Message>
  </Error>
  <RequestId>${requestId}</RequestId>
</ErrorResponse>
`,
      headers,
    );
  },
};

const PARAMETERS = ["Action", "WebIdentityToken", "RoleArn", "DurationSeconds", ...NARROWING_FIELDS] as const;
const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

function xml(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(body, {
    status,
    headers: { ...headers, "content-type": "text/xml", "cache-control": "no-store" },
  });
}
