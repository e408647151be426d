import type { S3Source } from "../../mod.ts";
import type { FileEntry } from "../../src/types/files.ts";
import { pdfPage, pngImage, wavTone } from "./sample_media.ts";

/** Realistic files of a team, for pictures of the app. */
export function sampleFiles(): Record<string, string | Uint8Array<ArrayBuffer>> {
  const folder = "Autumn campaign/";
  return {
    [`${folder}Drafts/Slogans.md`]: "# Slogans\n\n- Slow down, look up\n- The year turns gold\n",
    [`${folder}Prints/Order.csv`]: "Format,Copies\nA2,250\nA3,400\n",
    [`${folder}Brief.md`]: "# Autumn campaign\n\nThree weeks, two cities, one message: walk more.\n",
    [`${folder}Hills at dawn.png`]: hills({ sky: [250, 190, 130], near: [70, 40, 80] }),
    [`${folder}Hills at noon.png`]: hills({ sky: [150, 200, 240], near: [40, 90, 60] }),
    [`${folder}Hills at night.png`]: hills({ sky: [40, 50, 100], near: [12, 16, 34] }),
    [`${folder}Jingle.wav`]: wavTone(),
    [`${folder}Poster A2.pdf`]: pdfPage("Walk more") + "%\n".repeat(1_170_000),
    [`${folder}Press list.json`]: '{"people":[{"name":"Ada Moreau","paper":"Le Courrier"}]}',
    [`${folder}Reach by week.csv`]: reach(),
    [`${folder}logo.svg`]: LOGO,
    "Winter campaign/": "",
    "Read me first.md": "# Media\n\nOne folder for each campaign. Ask Ines for access.\n",
  };
}

/** Makes the files of a source appear to be days and weeks old. */
export function aged(source: S3Source): S3Source {
  const age = <File extends FileEntry>(file: File): File => {
    const days = [...file.name].reduce((sum, char) => sum + char.charCodeAt(0), 0) % 23;
    const lastModified = new Date((file.lastModified?.getTime() ?? 0) - days * days * 5_000_000 - 540_000);
    return { ...file, lastModified };
  };
  return {
    ...source,
    list: async (options) => {
      const page = await source.list(options);
      return { ...page, files: page.files.map((file) => age(file)) };
    },
    stat: async (path, options) => {
      const file = await source.stat(path, options);
      return file && age(file);
    },
  };
}

interface Colors {
  readonly sky: readonly [number, number, number];
  readonly near: readonly [number, number, number];
}

/** Draws ranges of hills, nearer ones darker. */
function hills({ sky, near }: Colors): Uint8Array<ArrayBuffer> {
  const [width, height, ranges] = [1600, 1000, 6];
  const heightOf = (range: number, x: number) =>
    height * (0.35 + range * 0.1) + 30 * Math.sin(x / (40 + range * 17) + range * 2) +
    14 * Math.sin(x / 23 + range * 5);
  const mix = (part: number) => [0, 1, 2].map((c) => (sky[c] ?? 0) * (1 - part) + (near[c] ?? 0) * part);
  const colorAt = (x: number, y: number): [number, number, number] => {
    let range = 0;
    while (range < ranges && y > heightOf(range, x)) range++;
    const light = range === 0 ? 1 + (0.5 - y / height) * 0.15 : 1;
    const [red = 0, green = 0, blue = 0] = mix(range / ranges).map((value) => Math.min(255, Math.round(value * light)));
    return [red, green, blue];
  };
  return pngImage({ width, height, colorAt });
}

function reach(): string {
  const rows = Array.from({ length: 12 }, (_, week) => {
    const people = 12_400 + week * 3_150 + (week % 3) * 870;
    return `${week + 36},${people},${Math.round(people * 0.062)},${(people * 0.021).toFixed(0)}`;
  });
  return ["Week,People reached,Clicks,Sign-ups", ...rows].join("\n");
}

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="256" height="256">
  <rect width="64" height="64" rx="14" fill="#b5542b"/><path d="M12 46 26 20l10 16 6-8 10 18z" fill="#fff3e6"/></svg>`;
