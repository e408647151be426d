import { assert, assertEquals, assertRejects } from "@std/assert";
import { createS3Source, ServiceError } from "../../mod.ts";
import { createKeyIssuer } from "../../src/broker/key_issuer.ts";
import type { KeyRequest } from "../../src/broker/types.ts";
import { stubObserver } from "../support/stub_sts.ts";
import { type SeaweedFs, useSeaweedFs } from "./seaweedfs.ts";

const seaweedFs = await useSeaweedFs({ sts: true, maxSessionSeconds: 1_800 });

if (seaweedFs !== undefined) testIssuer(seaweedFs);

function testIssuer({ config, bucket, roleArn }: SeaweedFs): void {
  const { endpointUrl, accessKeyId, secretAccessKey } = config;
  const request: KeyRequest = { tenant: "team", bucket, prefix: "team/", allow: ["read", "write"], roleArn };

  function createIssuer() {
    const observer = stubObserver();
    const sts = { endpointUrl, accessKeyId, secretAccessKey };
    return { observer, ...createKeyIssuer({ sts }, { fetch, now: Date.now, observer }) };
  }

  Deno.test("createStsIssuer() asks SeaweedFS for less than an hour where it allows no more", async () => {
    const { issue, observer } = createIssuer();
    const keys = await issue(request);
    assertEquals(keys.durationSeconds, 900);
    assert(keys.requestId !== undefined);
    assertEquals(observer.requests.map(({ result }) => result), ["failed", "ok"]);
    assertEquals(observer.warnings.length, 1);
    const { accessKeyId, secretAccessKey, sessionToken } = keys;
    const source = createS3Source({ endpointUrl, bucket, prefix: "team", accessKeyId, secretAccessKey, sessionToken });
    await source.upload("a.txt", "a");
    assertEquals(await source.readText("a.txt"), "a");
  });

  Deno.test("createStsIssuer() sends SeaweedFS an external id and session tags, which it takes", async () => {
    const sessionTags = { team: "a" };
    const keys = await createIssuer().issue({ ...request, durationSeconds: 1_800, externalId: "an-id", sessionTags });
    assertEquals(keys.durationSeconds, 1_800);
  });

  Deno.test("createStsIssuer() gets no keys from SeaweedFS for longer than it allows, if they are asked for", async () => {
    const { issue } = createIssuer();
    const error = await assertRejects(() => issue({ ...request, durationSeconds: 3_600 }), ServiceError);
    assertEquals([error.status, error.code], [400, "InvalidParameterValue"]);
  });
}
