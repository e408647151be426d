import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Page } from "puppeteer-core";
import type { LoginOptions } from "../../src/app/mod.ts";
import { findFreePorts } from "../../tools/free_ports.ts";
import { openRealProvider, type RealProvider } from "../support/oidc_provider.ts";
import type { Scene, Stage } from "./stage.ts";
import { button, link } from "./visitor.ts";

/** Registers the tests of logging in at a real OpenID provider. */
export function testLogins(stage: Stage): void {
  const [port = 0] = findFreePorts(1);
  const issuer = `http://127.0.0.1:${port}`;
  const client = { issuer, clientId: "files", clientSecret: "secret", label: "Acme" };
  const log: string[] = [];

  function test(
    name: string,
    act: (scene: Scene, provider: RealProvider) => Promise<void>,
    oidc: LoginOptions["oidc"] = client,
  ): void {
    const login = { oidc };
    const onError = (error: unknown) => void log.push(String(error));
    const permissions = { "files-browse": { groups: "staff" } } as const;
    const options = { files: { "a.txt": "text" }, login, permissions, onError, otherOrigins: [issuer] };
    stage.test(`a login at a real provider: ${name}`, options, async (scene) => {
      log.length = 0;
      // The provider's own pages want fonts of another site.
      scene.forgive(/fonts\.googleapis|ERR_NAME_NOT_RESOLVED/);
      await using provider = await openRealProvider({ port, appOrigin: scene.origin });
      await act(scene, provider);
    });
  }

  test("leads back to the page, shows who it is, and ends at both", async (scene) => {
    await scene.open("/source/media?folder=");
    await scene.sees("You are not logged in");
    await logIn(scene);
    assertEquals([scene.page.url(), await scene.names()], [`${scene.origin}/-/files/source/media?folder=`, ["a.txt"]]);
    await scene.open("/-/account");
    const [name, email, id, groups, login] = await scene.texts("dd");
    assertEquals([name, email, id, groups, login], ["alice of Acme", "alice@example.com", "alice", "staff", "Acme"]);
    await scene.follow(button("Log out"));
    // The provider asks as well.
    await scene.page.waitForSelector('button[value="yes"]');
    await scene.follow('button[value="yes"]');
    assertEquals(scene.page.url(), `${scene.origin}/-/files/-/logout`);
    await scene.open("/source/media");
    await scene.sees("You are not logged in");
    assertEquals(log, []);
  });

  test("ends when the provider says so", async (scene) => {
    await scene.open("/source/media");
    await logIn(scene);
    assertEquals(await scene.names(), ["a.txt"]);
    await scene.page.goto(`${issuer}/session/end`);
    await scene.follow('button[value="yes"]');
    await scene.open("/source/media");
    await scene.sees("You are not logged in");
  });

  test("takes a code once", async (scene) => {
    const callbacks: string[] = [];
    scene.page.on("request", (request) => {
      if (request.url().includes("/callback?")) callbacks.push(request.url());
    });
    await scene.open("/source/media");
    await logIn(scene);
    const [callback = ""] = callbacks;
    await scene.page.goto(callback);
    await scene.sees("The login with Acme did not work");
    assertEquals(log, ['Error: Cannot log in with "oidc": it refuses: invalid_grant']);
  });

  test("works in two tabs at once", async (scene) => {
    const other = await scene.page.browserContext().newPage();
    const start = `${scene.origin}/-/files/-/login/oidc?return_to=/-/files`;
    await scene.page.goto(`${start}/source/media`);
    await other.goto(`${start}/-/account`);
    for (const page of [scene.page, other]) await enterName(page);
    const pages = ["source/media", "-/account"].map((path) => `${scene.origin}/-/files/${path}`);
    assertEquals([scene.page.url(), other.url()], pages);
    assertEquals(log, []);
  });

  test("is refused while the provider is down, and works again once it is back", async (scene, provider) => {
    await provider[Symbol.asyncDispose]();
    await scene.open("/source/media");
    await scene.follow(link("Log in"));
    await scene.sees("Acme does not respond, so nobody can log in.");
    assertStringIncludes(log.join(), "it does not answer");
    await using _ = await openRealProvider({ port, appOrigin: scene.origin });
    await scene.follow(link("Try again now"));
    await enterName(scene.page);
    assertEquals(await scene.names(), ["a.txt"]);
  });

  let stolen: unknown;
  /** Sends what the provider has said to another client. */
  const deceive = async (...request: Parameters<typeof fetch>) => {
    const response = await fetch(...request);
    if (!response.url.endsWith("/token")) return response;
    const tokens = await response.json();
    if (stolen === undefined) stolen = tokens.id_token;
    return Response.json({ ...tokens, id_token: stolen });
  };
  const other = { ...client, clientId: "other", actorPrefix: "other:", label: "Other", fetch: deceive };
  test("is refused with a token for another audience", async (scene) => {
    await scene.open("/-/login");
    await scene.follow(link("Log in with Other"));
    await enterName(scene.page);
    await scene.sees("You have no access");
    await scene.open("/-/login");
    await scene.page.goto(`${scene.origin}/-/files/-/login/oidc`);
    await enterName(scene.page);
    await scene.sees("The login with Acme did not work");
    assertEquals(log, [
      'Error: Cannot log in with "oidc": unexpected JWT "aud" (audience) claim value',
    ]);
  }, { oidc: { ...client, fetch: deceive }, other });
}

async function logIn(scene: Scene): Promise<void> {
  await scene.follow(link("Log in"));
  await enterName(scene.page);
}

/** Fills in the provider's form, and consents if it asks for that. */
async function enterName(page: Page): Promise<void> {
  await page.bringToFront();
  const provider = new URL(page.url()).origin;
  for (const name of ["login", "password"]) await (await page.$(`input[name="${name}"]`))?.type("alice");
  while (page.url().startsWith(provider)) {
    await Promise.all([page.waitForNavigation(), page.click('button[type="submit"]')]);
  }
}
