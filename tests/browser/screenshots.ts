// `deno task screenshots` writes the pictures in docs/screenshots.
import { idOf } from "../support/app_world.ts";
import { openSeaweedFs } from "../integration/seaweedfs.ts";
import { createS3Source } from "../../mod.ts";
import { aged, sampleFiles } from "./sample_files.ts";
import { openStage, type Scene } from "./stage.ts";
import { FILE_FIELD, limitSpeed, localFiles, untilBarAt } from "./upload_helpers.ts";
import { button } from "./visitor.ts";

const FOLDER = decodeURIComponent(new URL("../../docs/screenshots", import.meta.url).pathname);

/** The pictures, and how to get the page to show them. */
const PICTURES: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  sources: async (scene) => {
    // The app learns at the first visit of a source what its credentials allow.
    for (const path of ["/source/archive", "/source/press-kit", ""]) await scene.open(path);
  },
  folder: (scene) => scene.open("/source/media?folder=Autumn%20campaign%2F"),
  file: (scene) => scene.open(`/${idOf("Autumn campaign/Hills at dawn.png")}`),
  table: (scene) => scene.open(`/${idOf("Autumn campaign/Reach by week.csv")}`),
  empty: (scene) => scene.open("/source/media?folder=Winter%20campaign%2F"),
  dialog: async (scene) => {
    await scene.open("/source/media?folder=Autumn%20campaign%2F");
    for (const name of ["Brief.md", "Reach by week.csv", "Poster A2.pdf"]) {
      await scene.click(`aria/Select ${name}[role="checkbox"]`);
    }
    await scene.click(button("Delete"));
    await scene.page.waitForSelector("dialog[open]");
  },
  upload: async (scene) => {
    const sizes = {
      "Interview – Maria.mp4": 48_000_000,
      "Interview – Tomas.mp4": 35_000_000,
      "B-roll.mov": 29_000_000,
    };
    const files = Object.entries(sizes).map(([name, size]) => [name, new Uint8Array(size)] as const);
    await localFiles(Object.fromEntries(files), async (folder) => {
      await scene.open("/source/media?folder=Autumn%20campaign%2F");
      await limitSpeed(scene, 30_000_000);
      await scene.choose(FILE_FIELD, Object.keys(sizes).map((name) => `${folder}/${name}`));
      await untilBarAt(scene, 30);
      await limitSpeed(scene, 4_000_000);
      await scene.until("/left/.test(document.querySelector('.tray-row').textContent)");
      await take(scene, "upload");
      await scene.click(".tray-line button:last-of-type");
      await scene.until("document.querySelectorAll('.tray-row').length === 0");
    });
  },
};

const seaweedFs = await openSeaweedFs({ sts: true });
const { tenants, open, close } = await openStage(seaweedFs);
try {
  await Deno.mkdir(FOLDER, { recursive: true });
  const { scene, close: leave } = await open({
    files: sampleFiles(),
    open: (prefix) => aged(createS3Source({ ...seaweedFs.config, prefix })),
    title: "Studio files",
    others: { archive: await tenants.open("archive/", { allow: ["read"] }), "press-kit": await tenants.open("press/") },
  });
  for (const [name, show] of Object.entries(PICTURES).filter(([name]) => (Deno.args[0] ?? name) === name)) {
    await show(scene);
    // This one takes its pictures halfway.
    if (name !== "upload") await take(scene, name);
  }
  await leave();
} finally {
  await close();
  await seaweedFs.stop();
}

/** Writes the picture in light and dark, for desktop and phone. */
async function take({ page, until }: Scene, name: string): Promise<void> {
  for (const [suffix, width, height] of [["", 1280, 800], ["-phone", 390, 780]] as const) {
    await page.setViewport({ width, height, deviceScaleFactor: suffix === "" ? 1 : 1.5 });
    for (const value of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      await until("[...document.images].every((image) => image.complete || image.loading === 'lazy' && !image.width)");
      await page.screenshot({ path: `${FOLDER}/${name}${suffix}-${value}.png` });
    }
  }
  await page.setViewport({ width: 1280, height: 800 });
}
