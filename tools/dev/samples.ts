import type { S3Source } from "../../mod.ts";
import { pdfPage, pngImage } from "../../tests/browser/sample_media.ts";

/**
 * Puts a few files into an empty source, once: a marker tells later starts not to, so that what somebody deletes stays
 * deleted.
 */
export async function addSamples(source: S3Source, { marker }: { marker: string }): Promise<void> {
  if (await exists(marker)) return;
  const { files, folders } = await source.list({ limit: 1 });
  if (files.length + folders.length === 0) {
    await Promise.all(Object.entries(SAMPLES).map(([path, body]) => source.upload(path, body)));
  }
  await Deno.writeTextFile(marker, "The sample files have been added, and will not be added again.\n");
}

const SAMPLES = {
  "Read me first.txt": "These files are samples. Change, move and delete them, and upload your own.\n\n" +
    "They are in a SeaweedFS on this machine, in .cache/dev-data of the project. Remove that folder to start anew.\n",
  "Sunset.png": sunset(),
  "Tables/Visitors.csv":
    "Month,Visitors,Returning\nJanuary,1240,310\nFebruary,1385,402\nMarch,1610,498\nApril,1592,551\n",
  "Letter.pdf": pdfPage("Dear reader, this is a PDF."),
};

function sunset(): Uint8Array<ArrayBuffer> {
  const [width, height, horizon] = [480, 320, 220];
  return pngImage({
    width,
    height,
    colorAt(x, y) {
      if (y > horizon) return [20, 40 + (y - horizon) / 3, 80 + (x + y) % 9];
      if (Math.hypot(x - 300, y - 170) < 50) return [255, 225, 130];
      return [90 + y * 0.7, 60 + y * 0.45, 130 - y * 0.2];
    },
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
