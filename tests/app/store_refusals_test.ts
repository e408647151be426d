import { assert, assertEquals, assertMatch } from "@std/assert";
import { ServiceError } from "../../mod.ts";
import { appOf, failing, HTML, stubSource } from "../support/app_stub.ts";

const REFUSALS: readonly (readonly [status: number, code: string, answer: number, message: RegExp])[] = [
  [403, "QuotaExceeded", 507, /no room left.*existing files are safe.*Delete/],
  [507, "InsufficientStorage", 507, /no room left/],
  [507, "XMinioStorageFull", 507, /no room left/],
  [500, "XMinioStorageFull", 507, /no room left/],
  [400, "XMinioAdminBucketQuotaExceeded", 507, /no room left/],
  [403, "InvalidObjectState", 409, /safe.*restored/],
  [403, "RequestTimeTooSkewed", 502, /clock.*files are safe.*set the clock/],
  [400, "KeyTooLongError", 400, /too long.*Nothing was stored.*shorter/],
  [403, "AccountProblem", 502, /account.*operator/],
  [403, "NotSignedUp", 502, /account.*operator/],
  [403, "AllAccessDisabled", 403, /disabled all access.*operator/],
  [403, "SignatureDoesNotMatch", 403, /does not accept the keys/],
  [403, "InvalidAccessKeyId", 403, /does not accept the keys/],
  [403, "InvalidPayer", 502, /does not accept this.*files are safe/],
];

for (const [status, code, answer, message] of REFUSALS) {
  Deno.test(`createFilesApp() says what ${status} ${code} means, and tells the operator the rest`, async () => {
    const logged: unknown[] = [];
    const error = new ServiceError("As the store says it", { code, status });
    const request = appOf(failing(error), { onError: (error) => logged.push(error) });
    const json = await request("/-/files/source/media.json");
    const page = await (await request("/-/files/source/media", { headers: HTML })).text();
    const { errors: [said] } = await json.json();
    assertMatch(said, message);
    assert(page.includes(said.replaceAll("'", "&#39;")), page);
    assertEquals([json.status, page.includes("do not allow"), page.includes("As the store")], [answer, false, false]);
    assertEquals(logged, [error, error]);
  });
}

for (const [code, answer] of [["QuotaExceeded", 507], ["NoSuchBucket", 502], ["InvalidPayer", 502]] as const) {
  Deno.test(`createFilesApp() offers no second try after ${code}`, async () => {
    const list = () => Promise.reject(new ServiceError("refused", { code, status: 403 }));
    const request = appOf(stubSource({}, { list }));
    const response = await request("/-/files/source/media", { headers: HTML });
    assertEquals([response.status, response.headers.get("refresh")], [answer, null]);
    assert(!(await response.text()).includes("Try again"));
    assertEquals((await (await request("/-/files/source/media.json")).json()).code, "rejected");
  });
}
