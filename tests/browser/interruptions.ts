import { assertEquals, assertMatch } from "@std/assert";
import { createS3Source, CredentialsError, CredentialsExpiredError } from "../../mod.ts";
import { someBytes } from "./sample_media.ts";
import type { Scene, Stage } from "./stage.ts";
import {
  assertNothingLeft,
  assertStored,
  FILE_FIELD,
  limitSpeed,
  localFiles,
  untilBarAt,
  untilListed,
  untilUploaded,
} from "./upload_helpers.ts";
import { button } from "./visitor.ts";

/** Registers the tests of interrupted uploads. */
export function testInterruptions(stage: Stage): void {
  const store = stage.seaweedFs.config.endpointUrl;

  stage.test("an upload continues by itself when the network is back", {}, async (scene) => {
    const bytes = someBytes(60_000_000);
    scene.forgive(/net::ERR_/);
    await localFiles({ "large.bin": bytes }, async (folder) => {
      await scene.open("/source/media");
      await limitSpeed(scene, 20_000_000);
      await scene.choose(FILE_FIELD, [`${folder}/large.bin`]);
      await untilBarAt(scene, 20);
      await scene.session.send("Network.emulateNetworkConditions", OFFLINE);
      await scene.sees("Trying again.");
      await limitSpeed(scene);
      await untilUploaded(scene, 1);
    });
    await assertStored(scene, "large.bin", bytes);
  });

  stage.test("a failed upload stays in the tray with the reason, and can be retried", {}, async (scene) => {
    const refuse = await answerPuts(scene, { store, status: 400 });
    await localFiles({ "a.txt": "text" }, async (folder) => {
      await scene.open("/source/media");
      await scene.choose(FILE_FIELD, [`${folder}/a.txt`]);
      await scene.sees("The store did not accept this file (400).");
      assertEquals(await scene.texts(".tray-summary"), ["1 file not uploaded"]);
      await assertNothingLeft(stage, scene);
      await refuse.stop();
      await scene.click(button("Retry a.txt"));
      await untilUploaded(scene, 1);
    });
    await assertStored(scene, "a.txt", new TextEncoder().encode("text"));
  });

  for (const [what, size] of [["a small file", 1_000], ["a file in parts", 40_000_000]] as const) {
    stage.test(`${what} goes through the app when the store cannot be reached from the page`, {}, async (scene) => {
      const bytes = someBytes(size);
      scene.forgive(/net::ERR_BLOCKED_BY_CLIENT/);
      await scene.session.send("Network.enable");
      await scene.session.send("Network.setBlockedURLs", { urls: [`${store}/*`] });
      const receivers = new Set<string>();
      scene.page.on("requestfinished", (request) => {
        if (request.method() === "PUT") receivers.add(new URL(request.url()).origin);
      });
      await localFiles({ "file.bin": bytes }, async (folder) => {
        await scene.open("/source/media");
        await scene.choose(FILE_FIELD, [`${folder}/file.bin`]);
        await untilUploaded(scene, 1);
      });
      assertEquals([...receivers], [scene.origin]);
      await assertStored(scene, "file.bin", bytes);
      assertEquals(await stage.seaweedFs.listUploads(scene.prefix), []);
    });
  }

  const broker = { isFailing: false, lifeMs: 4_000 };
  stage.test("a banner says that the broker fails, and the upload continues when it is back", {
    open: (prefix) => stage.tenants.open(prefix, { change: (answer) => changed(answer, broker) }),
  }, async (scene) => {
    const bytes = someBytes(60_000_000);
    await localFiles({ "large.bin": bytes }, async (folder) => {
      await scene.open("/source/media");
      await limitSpeed(scene, 10_000_000);
      await scene.choose(FILE_FIELD, [`${folder}/large.bin`]);
      await untilBarAt(scene, 5);
      broker.isFailing = true;
      await scene.page.waitForSelector("#banner:not([hidden])");
      const [banner = ""] = await scene.texts("#banner");
      assertMatch(banner, /^The credentials service does not answer; trying again (in \d+ s|now)\.$/);
      await limitSpeed(scene);
      Object.assign(broker, { isFailing: false, lifeMs: 900_000 });
      await scene.page.waitForSelector("#banner[hidden]");
      await untilUploaded(scene, 1);
    });
    await assertStored(scene, "large.bin", bytes);
    await untilListed(scene, ["large.bin"]);
  });

  stage.test("a banner says that the broker fails when files cannot be deleted", {
    files: { "a.txt": "" },
    open: (prefix) => {
      const fail = () => Promise.reject(new CredentialsExpiredError("expired"));
      const source = createS3Source({ ...stage.seaweedFs.config, prefix });
      return { ...source, deleteMany: fail, connect: fail };
    },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.keys("ArrowDown", "Delete");
    await scene.click("dialog button.danger");
    await scene.sees("This did not work");
    await scene.page.waitForSelector("#banner:not([hidden])");
    assertEquals(await scene.names(), ["a.txt"]);
  });

  stage.test("a banner says that the broker refuses the app, and does not try again", {
    files: { "a.txt": "" },
    open: (prefix) => {
      const source = createS3Source({ ...stage.seaweedFs.config, prefix });
      const refuse = () => Promise.reject(new CredentialsError("refused", { code: "BrokerRefused", status: 403 }));
      const expire = () => Promise.reject(new CredentialsExpiredError("expired"));
      return { ...source, deleteMany: expire, connect: refuse };
    },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.keys("ArrowDown", "Delete");
    await scene.click("dialog button.danger");
    await scene.page.waitForSelector("#banner:not([hidden])");
    const said = "The credentials service refuses this app. The files are safe; the operator must look into it.";
    assertEquals(await scene.texts("#banner"), [said]);
  });

  const outage = { isFailing: true, lifeMs: 900_000 };
  stage.test("a folder without credentials says so, and loads when they are back", {
    files: { "a.txt": "" },
    open: (prefix) => stage.tenants.open(prefix, { change: (answer) => changed(answer, outage) }),
  }, async (scene) => {
    outage.isFailing = true;
    await scene.open("/source/media");
    await scene.sees("The credentials service does not answer");
    outage.isFailing = false;
    await scene.page.waitForSelector("#files tbody tr");
    assertEquals(await scene.names(), ["a.txt"]);
  });
}

const OFFLINE = { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };

interface BrokerState {
  /** Whether it responds with 503. */
  isFailing: boolean;
  /** The lifetime of its keys. */
  lifeMs: number;
}

async function changed(answer: Response, { isFailing, lifeMs }: BrokerState): Promise<Response> {
  if (isFailing) return new Response(null, { status: 503 });
  const reply = await answer.json();
  return Response.json({ ...reply, Expiration: new Date(Date.now() + lifeMs).toISOString() });
}

/** Responds to the page's PUT requests in place of the store. */
async function answerPuts(
  { session, origin }: Scene,
  { store, status }: { store: string; status: number },
): Promise<{ stop(): Promise<void> }> {
  session.on("Fetch.requestPaused", ({ requestId, request: { method } }) => {
    const responseHeaders = [{ name: "access-control-allow-origin", value: origin }];
    if (method === "PUT") session.send("Fetch.fulfillRequest", { requestId, responseCode: status, responseHeaders });
    else session.send("Fetch.continueRequest", { requestId });
  });
  await session.send("Fetch.enable", { patterns: [{ urlPattern: `${store}/*` }] });
  return { stop: () => session.send("Fetch.disable") };
}
