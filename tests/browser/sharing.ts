import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { idOf } from "../support/app_world.ts";
import type { Scene, Stage } from "./stage.ts";
import { button, link } from "./visitor.ts";
import { pngImage } from "./sample_media.ts";

const FILES = {
  "team/plans/note.txt": "Hello",
  "team/plans/deep/page.html": "<script>document.title = 'ran'</script>",
  "team/plans/picture.png": pngImage({ width: 8, height: 8, colorAt: () => [9, 90, 200] }),
  "team/private.txt": "secret",
};
const PRIVATE = {
  files: FILES,
  authenticate: ({ headers }: Request) => headers.get("cookie")?.includes("who=alice") ? { id: "alice" } : null,
  permissions: { "files-browse": { id: "alice" }, "files-edit": { id: "alice" } },
};

/** Registers the tests of links to share. */
export function testSharing(stage: Stage): void {
  for (const script of [true, false]) {
    const how = script ? "" : " without scripts";

    stage.test(
      `a link to a folder is made, shows it to a stranger, and is revoked${how}`,
      { script, ...PRIVATE },
      async (scene) => {
        await beAlice(scene);
        await scene.open("/source/media?folder=team%2Fplans%2F");
        await scene.click('summary[aria-label="More for this folder"]');
        await scene.follow(link("Share"));
        await scene.page.select('[name="expires_in_seconds"]', "604800");
        await scene.follow(button("Make a link"));
        const url = await linkOf(scene);
        const stranger = await scene.other();
        await stranger.page.goto(url);
        assertEquals(await stranger.names(), ["deep", "note.txt", "picture.png"]);
        assertEquals((await stranger.page.$$("form, button, input")).length, 0);
        await stranger.follow(link("note.txt"));
        assertEquals(await stranger.texts(".preview pre"), ["Hello"]);
        assertEquals(await stranger.download(link("Download")), { name: "note.txt", text: "Hello" });
        await stranger.follow(link("plans"));
        await stranger.follow(link("picture.png"));
        if (script) await stranger.until("document.querySelector('.preview img').naturalWidth === 8");
        await stranger.follow(link("plans"));
        await stranger.follow(link("deep"));
        await stranger.follow(link("page.html"));
        assertEquals(await stranger.page.title(), "page.html – Files");
        await stranger.page.goto(`${url}/content?path=deep%2Fpage.html`);
        assert(await stranger.page.title() !== "ran");
        await scene.follow(button("Revoke all links"));
        assertStringIncludes(
          (await scene.texts("[role=status]")).join(),
          "All links that anyone made to this folder no longer work.",
        );
        await stranger.page.goto(url);
        assertEquals(await stranger.texts("h1"), ["This link does not work any more"]);
        assertEquals((await stranger.page.$$("main a")).length, 0);
      },
    );
  }

  stage.test("a link to a file is copied, and works for those without a login", PRIVATE, async (scene) => {
    await beAlice(scene);
    await scene.page.browserContext().overridePermissions(scene.origin, [
      "clipboard-read",
      "clipboard-sanitized-write",
    ]);
    await scene.open(`/${idOf("team/private.txt")}`);
    await scene.follow(link("Share"));
    await scene.follow(button("Make a link"));
    await scene.click(button("Copy the link"));
    await scene.sees("Text copied");
    const response = await fetch(String(await scene.evaluate("navigator.clipboard.readText()")));
    assertEquals(await response.text(), "secret");
    assertMatch(response.headers.get("content-disposition") ?? "", /^attachment/);
  });

  stage.test("the page to share says how long the credentials let a link to the store last", {
    files: { "a.txt": "linked" },
    open: (prefix) => stage.tenants.open(prefix),
  }, async (scene) => {
    await scene.open("/source/media/-/form/link?path=a.txt");
    await scene.sees("at the latest, as the credentials");
    await scene.page.select('[name="through"]', "store");
    await scene.page.select('[name="expires_in_seconds"]', "604800");
    await scene.follow(button("Make a link"));
    const [sentence = ""] = await scene.texts(".sheet p");
    assertStringIncludes(sentence, "cannot last longer, because the source's credentials expire then");
    assertEquals(await (await fetch(await linkOf(scene))).text(), "linked");
  });
}

async function beAlice({ page, origin }: Scene): Promise<void> {
  await page.browserContext().setCookie({ name: "who", value: "alice", domain: new URL(origin).hostname });
}

/** The link on the page to share. */
async function linkOf({ page }: Scene): Promise<string> {
  return await page.$eval(".sheet input.mono", (input) => input.getAttribute("value") ?? "");
}
