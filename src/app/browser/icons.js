const PAGE = '<path d="M4 1.75h5.25L12.5 5v9.25H4zM9 1.75V5.2h3.5"/>';
const FRAME = '<rect x="1.75" y="2.75" width="12.5" height="10.5" rx="1.25"/>';

/** What is inside the icons, which are 16 units wide and high. */
const SHAPES = {
  folder:
    '<path d="M1.75 4.25c0-.8.5-1.25 1.25-1.25h3l1.6 1.9H13c.8 0 1.25.45 1.25 1.2v5.65c0 .8-.45 1.25-1.25 1.25H3c-.75 0-1.25-.45-1.25-1.25z"/>',
  file: PAGE,
  image: `${FRAME}<circle cx="5.4" cy="6.1" r="1.1"/><path d="m2.2 12.4 3.9-3.7 2.3 2.1 2.4-2.4 3.2 3.2"/>`,
  video: `${FRAME}<path d="m6.6 5.7 3.7 2.3-3.7 2.3z"/>`,
  audio:
    '<path d="M5.75 11.75v-8.5l7-1.25v8.25"/><circle cx="4" cy="11.9" r="1.75"/><circle cx="11" cy="10.4" r="1.75"/>',
  text: `${PAGE}<path d="M6.25 8h4M6.25 10.5h4"/>`,
  code: `${PAGE}<path d="M6.9 7.75 5.5 9.4l1.4 1.65M9.6 7.75 11 9.4l-1.4 1.65"/>`,
  pdf:
    `${PAGE}<path d="M5.5 11.9V8.6h.8a.9.9 0 0 1 0 1.8h-.8M8 8.6v3.3h.5c1.3 0 1.3-3.3 0-3.3zM11.4 8.6h-1.2v3.3M10.2 10.2h1" stroke-width=".8"/>`,
  table: `${FRAME}<path d="M1.75 6.25h12.5M1.75 9.75h12.5M6.25 2.75v10.5"/>`,
  archive: `${PAGE}<path d="M6.5 4.25h1M6.5 6.5h1M6.5 8.75h1M6.5 11h1"/>`,
  source:
    '<ellipse cx="8" cy="3.9" rx="5.5" ry="2.15"/><path d="M2.5 3.9v8.2c0 1.2 2.5 2.15 5.5 2.15s5.5-.95 5.5-2.15V3.9M2.5 8c0 1.2 2.5 2.15 5.5 2.15S13.5 9.2 13.5 8"/>',
  search: '<circle cx="7" cy="7" r="4.25"/><path d="m10.25 10.25 3.5 3.5"/>',
  rows: '<path d="M2.25 3.75h11.5M2.25 8h11.5M2.25 12.25h11.5"/>',
  tiles:
    '<rect x="2.25" y="2.25" width="4.75" height="4.75" rx="1"/><rect x="9" y="2.25" width="4.75" height="4.75" rx="1"/><rect x="2.25" y="9" width="4.75" height="4.75" rx="1"/><rect x="9" y="9" width="4.75" height="4.75" rx="1"/>',
  chevron: '<path d="m5 6.5 3 3 3-3"/>',
  download: '<path d="M8 2.5v7.75M4.75 7.25 8 10.5l3.25-3.25M2.75 13.5h10.5"/>',
  upload: '<path d="M8 10.5V2.75M4.75 6 8 2.75 11.25 6M2.75 13.5h10.5"/>',
  more:
    '<g fill="currentColor"><circle cx="3.5" cy="8" r=".75"/><circle cx="8" cy="8" r=".75"/><circle cx="12.5" cy="8" r=".75"/></g>',
};

/** @typedef {keyof typeof SHAPES} IconName */

/** An icon in the colour of the text, hidden from screen readers, as HTML. @param {IconName} name */
export const iconMarkup = (name) =>
  `<svg class="icon i-${name}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${SHAPES[name]}</svg>`;

/** The icon for the kind of a file, by its name. @param {string} name @returns {IconName} */
export function fileIcon(name) {
  return BY_EXTENSION.get(name.slice(name.lastIndexOf(".") + 1).toLowerCase()) ?? "file";
}

/** @type {[IconName, string][]} */
const EXTENSIONS = [
  ["image", "avif bmp gif heic ico jpeg jpg png svg tif tiff webp"],
  ["video", "avi m4v mkv mov mp4 mpeg mpg ogv webm wmv"],
  ["audio", "aac aif aiff flac m4a mid mp3 oga ogg opus wav wma"],
  ["pdf", "pdf"],
  ["table", "csv numbers ods parquet tsv xls xlsx"],
  ["archive", "7z bz2 gz iso jar rar tar tgz xz zip zst"],
  ["code", "c cc cpp cs css go h htm html java js json jsonl jsx kt lua mjs php py rb rs sh sql"],
  ["code", "svelte swift toml ts tsx vue xml yaml yml"],
  ["text", "cfg conf doc docx eml ini log md odt pages rst rtf srt tex txt vtt"],
];

const BY_EXTENSION = new Map(
  EXTENSIONS.flatMap(([name, extensions]) => extensions.split(" ").map((extension) => [extension, name])),
);
