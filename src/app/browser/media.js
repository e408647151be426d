import { all, announce, find, make } from "./dom.js";

/** Where something failed: https://html.spec.whatwg.org/multipage/media.html#mediaerror */
const NETWORK = 2;
/** It has no source that can be played. */
const NO_SOURCE = 3;

const preview = find(HTMLElement, ".preview");
const note = find(HTMLElement, ".plain[hidden]", preview);

/** Shows the note in place of what cannot be shown. @param {HTMLElement} media */
function give(media) {
  const text = note?.querySelector("p");
  if (!note || !text || !media.isConnected) return;
  if (media instanceof HTMLMediaElement && media.error?.code === NETWORK) {
    text.textContent = "This could not be loaded to its end. Reload the page to try again.";
  }
  media.replaceWith(note);
  note.hidden = false;
  announce(text.textContent ?? "");
}

/** Says so if the picture, video or audio of this page cannot be shown. */
export function watchMedia() {
  for (const image of all(HTMLImageElement, "img", preview)) {
    image.addEventListener("error", () => give(image));
    // It may have failed before. Pictures without a size of their own are fine.
    if (image.complete && image.naturalWidth === 0) image.decode().catch(() => give(image));
  }
  for (const media of all(HTMLMediaElement, "audio, video", preview)) {
    media.addEventListener("error", () => give(media));
    if (media.error || media.networkState === NO_SOURCE) give(media);
    media.addEventListener("loadedmetadata", () => sayOnlySound(media));
    if (media.readyState > 0) sayOnlySound(media);
  }
}

/** Browsers play the sound of a video whose picture they cannot decode. @param {HTMLMediaElement} media */
function sayOnlySound(media) {
  if (!(media instanceof HTMLVideoElement) || media.videoWidth > 0) return;
  media.after(make("p", { class: "hint" }, "This browser plays only the sound of this video."));
}
