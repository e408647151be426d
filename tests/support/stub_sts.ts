import type { BrokerObserver } from "../../src/broker/types.ts";

/** What a stubbed STS grants. */
export interface StubKeys {
  accessKeyId?: string;
  secretAccessKey?: string;
  sessionToken?: string;
  expiration?: string;
}

/** `AssumeRole`'s answer, as AWS writes it. */
export function stsReply(keys: StubKeys = {}): Response {
  const { accessKeyId = "ASIAMINTED", secretAccessKey = "minted-key-canary", sessionToken = "minted-token-canary" } =
    keys;
  const { expiration = "2030-01-01T00:15:00Z" } = keys;
  return new Response(
    `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser><AssumedRoleId>AROA:team</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/files/team</Arn></AssumedRoleUser>
    <PackedPolicySize>12</PackedPolicySize>
    <Credentials>
      <AccessKeyId>${accessKeyId}</AccessKeyId>
      <SecretAccessKey>${secretAccessKey}</SecretAccessKey>
      <SessionToken>${sessionToken}</SessionToken>
      <Expiration>${expiration}</Expiration>
    </Credentials>
  </AssumeRoleResult>
  <ResponseMetadata><RequestId>R1</RequestId></ResponseMetadata>
</AssumeRoleResponse>`,
    { headers: { "content-type": "text/xml" } },
  );
}

/** A refusal of STS, as AWS writes it. */
export function stsError(status: number, code: string, message = ""): Response {
  return new Response(
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>
  <RequestId>R2</RequestId>
</ErrorResponse>`,
    { status, headers: { "content-type": "text/xml" } },
  );
}

/** An observer, and what it was told. */
export function stubObserver() {
  const requests: Parameters<BrokerObserver["onStsRequest"]>[0][] = [];
  const warnings: string[] = [];
  return {
    requests,
    warnings,
    onStsRequest: (request: typeof requests[number]) => void requests.push(request),
    onJwksFetch: () => {},
    onWarning: (reason: string) => void warnings.push(reason),
  };
}
