import { assertEquals, assertRejects } from "@std/assert";
import { ServiceError } from "../../mod.ts";
import { createStsIssuer } from "../../src/broker/keys/sts_client.ts";
import type { KeyRequest } from "../../src/broker/types.ts";
import { KEYS, type StubFetch, stubFetch } from "../support/stub_fetch.ts";
import { stsError, stsReply, stubObserver } from "../support/stub_sts.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");

const ROLE = "arn:aws:iam::123456789012:role/files";
const REQUEST: KeyRequest = { tenant: "team", bucket: "media", prefix: "team/", allow: ["read"], roleArn: ROLE };

function stubIssuer(sts: StubFetch) {
  const observer = stubObserver();
  const getKeys = () => Promise.resolve(KEYS);
  const issue = createStsIssuer({}, { getKeys, fetch: sts.fetch, now: () => NOW, observer });
  const asked = () => sts.requests.map(({ body }) => new URLSearchParams(body).get("DurationSeconds"));
  return { issue, observer, asked };
}

/** Refuses more than 900 seconds, with this answer. */
const shortOnly = (refusal: () => Response) =>
  stubFetch(({ body }) => new URLSearchParams(body).get("DurationSeconds") === "900" ? stsReply() : refusal());

const tooLong = () =>
  stsError(400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");

Deno.test("createStsIssuer() asks for an hour if no lifetime is configured", async () => {
  const { issue, observer, asked } = stubIssuer(stubFetch(stsReply()));
  assertEquals((await issue(REQUEST)).durationSeconds, 3_600);
  assertEquals([asked(), observer.warnings], [["3600"], []]);
});

for (
  const [store, refusal] of Object.entries({
    AWS: tooLong,
    "AWS for a role that assumes a role": () =>
      stsError(
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
      ),
    SeaweedFS: () => stsError(400, "InvalidParameterValue", "DurationSeconds must be between 900 and 1800 seconds"),
  })
) {
  Deno.test(`createStsIssuer() asks for 900 seconds where ${store} refuses an hour`, async () => {
    const { issue, asked } = stubIssuer(shortOnly(refusal));
    assertEquals((await issue(REQUEST)).durationSeconds, 900);
    assertEquals(asked(), ["3600", "900"]);
  });
}

Deno.test("createStsIssuer() remembers by role that an hour is too long, and warns once", async () => {
  const { issue, observer, asked } = stubIssuer(shortOnly(tooLong));
  await Promise.all([issue(REQUEST), issue({ ...REQUEST, tenant: "other" })]);
  await issue(REQUEST);
  await issue({ ...REQUEST, roleArn: undefined });
  // The first two ran at once.
  assertEquals(asked().slice(0, 4).sort(), ["3600", "3600", "900", "900"]);
  assertEquals(asked().slice(4), ["900", "3600", "900"]);
  assertEquals(observer.warnings, [
    `The role ${ROLE} does not allow keys for 3600 seconds, so they live for 900; allow it, or set "duration_seconds"`,
    'STS does not allow keys for 3600 seconds, so they live for 900; allow it, or set "duration_seconds"',
  ]);
});

Deno.test("createStsIssuer() asks for no less than is configured", async () => {
  const { issue, asked } = stubIssuer(shortOnly(tooLong));
  await assertRejects(() => issue({ ...REQUEST, durationSeconds: 7_200 }), ServiceError, "MaxSessionDuration");
  assertEquals(asked(), ["7200"]);
});

for (
  const [status, code, message] of [
    [400, "ValidationError", "1 validation error detected: Value 'x' at 'roleArn' failed"],
    [400, "MalformedPolicyDocument", "a duration is missing"],
    [403, "AccessDenied", "DurationSeconds"],
  ] as const
) {
  Deno.test(`createStsIssuer() asks once where STS answers ${status} (${code}: ${message})`, async () => {
    const { issue, observer, asked } = stubIssuer(stubFetch(stsError(status, code, message)));
    await assertRejects(() => issue(REQUEST), ServiceError);
    assertEquals([asked(), observer.warnings], [["3600"], []]);
  });
}

Deno.test("createStsIssuer() does not remember a role whose shorter keys are refused as well", async () => {
  const { issue, observer, asked } = stubIssuer(stubFetch(tooLong));
  await assertRejects(() => issue(REQUEST), ServiceError);
  await assertRejects(() => issue(REQUEST), ServiceError);
  assertEquals([asked(), observer.warnings], [["3600", "900", "3600", "900"], []]);
});
