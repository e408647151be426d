import { raw } from "hono/html";

/** The icons of pages. */
export type IconName =
  | "folder"
  | "file"
  | "image"
  | "media"
  | "text"
  | "table"
  | "archive"
  | "source"
  | "search"
  | "chevron"
  | "rows"
  | "tiles"
  | "download";

/** An icon in the colour of the text, hidden from screen readers. */
export function icon(name: IconName): ReturnType<typeof raw> {
  return raw(
    `<svg class="icon i-${name}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${SHAPES[name]}</svg>`,
  );
}

/** The icon for the type of a file, by its name. */
export function fileIcon(name: string): IconName {
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return BY_EXTENSION.get(extension) ?? "file";
}

/** The icon of the browser tab. */
export const APP_ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#3b6fd4" ' +
  'd="M1 4a1.5 1.5 0 0 1 1.5-1.5h3.2L7.5 4.5h6A1.5 1.5 0 0 1 15 6v6a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 1 12z"/></svg>';

const PAGE = '<path d="M4 1.75h5.25L12.5 5v9.25H4zM9 1.75V5.2h3.5"/>';

const SHAPES: Readonly<Record<IconName, string>> = {
  folder:
    '<path d="M1.75 4.25c0-.8.5-1.25 1.25-1.25h3l1.6 1.9H13c.8 0 1.25.45 1.25 1.2v5.65c0 .8-.45 1.25-1.25 1.25H3c-.75 0-1.25-.45-1.25-1.25z"/>',
  file: PAGE,
  image:
    '<rect x="1.75" y="2.75" width="12.5" height="10.5" rx="1.25"/><circle cx="5.4" cy="6.1" r="1.1"/><path d="m2.2 12.4 3.9-3.7 2.3 2.1 2.4-2.4 3.2 3.2"/>',
  media: '<rect x="1.75" y="2.75" width="12.5" height="10.5" rx="1.25"/><path d="m6.6 5.7 3.7 2.3-3.7 2.3z"/>',
  text: `${PAGE}<path d="M6.25 8h4M6.25 10.5h4"/>`,
  table:
    '<rect x="1.75" y="2.75" width="12.5" height="10.5" rx="1.25"/><path d="M1.75 6.25h12.5M1.75 9.75h12.5M6.25 2.75v10.5"/>',
  search: '<circle cx="7" cy="7" r="4.25"/><path d="m10.25 10.25 3.5 3.5"/>',
  rows: '<path d="M2.25 3.75h11.5M2.25 8h11.5M2.25 12.25h11.5"/>',
  tiles:
    '<rect x="2.25" y="2.25" width="4.75" height="4.75" rx="1"/><rect x="9" y="2.25" width="4.75" height="4.75" rx="1"/><rect x="2.25" y="9" width="4.75" height="4.75" rx="1"/><rect x="9" y="9" width="4.75" height="4.75" rx="1"/>',
  chevron: '<path d="m5 6.5 3 3 3-3"/>',
  download: '<path d="M8 2.5v7.75M4.75 7.25 8 10.5l3.25-3.25M2.75 13.5h10.5"/>',
  archive: `${PAGE}<path d="M6.5 4.25h1M6.5 6.5h1M6.5 8.75h1M6.5 11h1"/>`,
  source:
    '<ellipse cx="8" cy="3.9" rx="5.5" ry="2.15"/><path d="M2.5 3.9v8.2c0 1.2 2.5 2.15 5.5 2.15s5.5-.95 5.5-2.15V3.9M2.5 8c0 1.2 2.5 2.15 5.5 2.15S13.5 9.2 13.5 8"/>',
};

const EXTENSIONS: readonly (readonly [IconName, string])[] = [
  ["image", "avif bmp gif heic ico jpeg jpg png svg tif tiff webp"],
  ["media", "aac avi flac m4a m4v mkv mov mp3 mp4 mpeg mpg oga ogg ogv opus wav webm"],
  [
    "text",
    "c cfg conf cpp css go h htm html ini java js json jsonl log lua md mjs py rb rs rst sh sql svelte toml ts tsx txt vtt xml yaml yml",
  ],
  ["table", "csv ods parquet tsv xls xlsx"],
  ["archive", "7z bz2 gz jar rar tar tgz xz zip zst"],
];

const BY_EXTENSION = new Map(
  EXTENSIONS.flatMap(([name, extensions]) => extensions.split(" ").map((extension) => [extension, name] as const)),
);
