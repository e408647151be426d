import { announce, bdi, button, find, make } from "./dom.js";
import { formatBytes, formatDuration, formatName, plural } from "./format.js";

/** @typedef {import("./client_types.ts").UploadItem} Item */
/** @typedef {ReturnType<typeof import("./queue.js").createQueue>} Queue */

const MAX_WAITING_SHOWN = 20;

/** Shows the uploads of a queue at the lower right. @param {Queue} queue */
export function createTray(queue) {
  const tray = find(HTMLElement, "#tray") ?? make("section");
  const list = make("ul");
  const more = make("p", { class: "hint" });
  const summary = button("", () => {
    list.hidden = !list.hidden;
    render();
  }, { class: "tray-summary" });
  const closing = button("", () => {
    for (const item of [...queue.items]) queue.cancel(item);
    queue.clear(({ isFinishing }) => !isFinishing);
    render();
  });
  tray.replaceChildren(make("header", {}, summary, closing), list, more);
  /** @type {Map<Item, ReturnType<typeof createRow>>} */
  const shown = new Map();
  let announcedAt = 0;
  let timer = 0;

  function render() {
    const items = queue.items;
    const isBusy = queue.isBusy();
    tray.hidden = items.length === 0;
    const [done, failed] = ["done", "failed"].map((state) => items.filter((item) => item.state === state).length);
    const rate = items.reduce((sum, item) => item.state === "running" ? sum + item.meter.rate() : sum, 0);
    const progress = `${done} of ${items.length}`;
    const outcome = failed ? `${plural(failed, "file")} not uploaded` : `${plural(done ?? 0, "file")} uploaded`;
    summary.textContent = isBusy ? `${progress}${rate ? `, ${formatBytes(rate)}/s` : ""}` : outcome;
    summary.ariaExpanded = String(!list.hidden);
    summary.ariaLabel = `Uploads: ${summary.textContent}`;
    closing.textContent = isBusy ? "Cancel all" : "Close";
    let waiting = 0;
    const visible = new Set(
      items.filter(({ state }) =>
        !["done", "skipped", "cancelled"].includes(state) && (state !== "waiting" || ++waiting <= MAX_WAITING_SHOWN)
      ),
    );
    for (const [item, row] of shown) {
      if (visible.has(item)) continue;
      if (row.element.contains(document.activeElement)) summary.focus();
      row.element.classList.add("leaving");
      setTimeout(() => row.element.remove(), 150);
      shown.delete(item);
    }
    for (const item of visible) {
      let row = shown.get(item);
      if (!row) {
        shown.set(item, row = createRow(item, queue, render));
        list.append(row.element);
      }
      row.update();
    }
    const hidden = waiting - MAX_WAITING_SHOWN;
    more.hidden = hidden <= 0 || list.hidden;
    more.textContent = `and ${hidden} more waiting`;
    // Announced seldom enough to listen to.
    if (isBusy && Date.now() - announcedAt > 10_000) {
      if (announcedAt) announce(`${progress} uploaded`);
      announcedAt = Date.now();
    }
    clearTimeout(timer);
    if (isBusy) timer = setTimeout(render, 250);
    else if (announcedAt) {
      announce(outcome);
      announcedAt = 0;
      if (!failed) {
        timer = setTimeout(() => {
          queue.clear(() => true);
          render();
        }, 6000);
      }
    }
  }
  return { render };
}

/** @param {Item} item @param {Queue} queue @param {() => void} render */
function createRow(item, queue, render) {
  const note = make("span", { class: "hint" });
  const fill = make("span", { class: "bar-fill", role: "progressbar", "aria-label": formatName(item.name) });
  /** @param {string} label @param {() => void} act */
  const action = (label, act) =>
    button(label, () => {
      act();
      render();
    });
  const pause = action("Pause", () => item.state === "paused" ? queue.resume(item) : queue.pause(item));
  const retry = action("Retry", () => queue.resume(item));
  const cancel = action("Cancel", () => {
    queue.cancel(item);
    if (item.state !== "running") queue.clear((other) => other === item);
  });
  const name = make("span", { class: "tray-name", title: formatName(item.path) }, bdi(formatName(item.name)));
  const element = make("li", { class: "tray-row" }, name, pause, retry, cancel, note, fill);
  return {
    element,
    update() {
      const { state, loaded, size } = item;
      const percent = size === 0 ? 0 : Math.round(loaded / size * 100);
      fill.style.width = `${percent}%`;
      fill.ariaValueNow = String(percent);
      element.dataset.state = state;
      note.textContent = describe(item);
      pause.textContent = state === "paused" ? "Resume" : "Pause";
      pause.hidden = state === "failed";
      retry.hidden = state !== "failed" || !item.canRetry;
      cancel.textContent = state === "failed" ? "Dismiss" : "Cancel";
      pause.disabled = cancel.disabled = item.isFinishing;
      for (const one of [pause, retry, cancel]) one.ariaLabel = `${one.textContent} ${formatName(item.name)}`;
    },
  };
}

/** @param {Item} item */
function describe({ state, note, loaded, size, meter, isFinishing }) {
  if (state === "waiting") return `${formatBytes(size)}, waiting`;
  if (state === "paused") return `Paused at ${formatBytes(loaded)} of ${formatBytes(size)}`;
  if (note || state === "failed") return note;
  if (isFinishing || loaded >= size) return "Finishing";
  const rate = meter.rate();
  const left = rate > 0 ? `, ${formatBytes(rate)}/s, ${formatDuration((size - loaded) / rate)} left` : "";
  return `${formatBytes(loaded)} of ${formatBytes(size)}${left}`;
}
