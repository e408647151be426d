import { announce, bdi, button, find, make } from "./dom.js";
import { formatName } from "./format.js";
import { describe, isActive, percentOf, summaryOf } from "./upload_progress.js";

/** @typedef {import("./client_types.ts").UploadItem} Item */
/** @typedef {ReturnType<typeof import("./queue.js").createQueue>} Queue */

const MAX_WAITING_SHOWN = 20;

/** Shows the uploads of a queue: a line for the files that were added together. @param {Queue} queue */
export function createTray(queue) {
  const tray = find(HTMLElement, "#tray") ?? make("section", { id: "tray", class: "tray", "aria-label": "Uploads" });
  // Pages that are not about a folder have no place for it.
  if (!tray.isConnected) find(HTMLElement, "#main")?.prepend(tray);
  reserveSpace(tray);
  /** @type {ReturnType<typeof createBatch>[]} */
  let batches = [];
  let announcedAt = 0;
  let timer = 0;

  /** @param {(batch: ReturnType<typeof createBatch>) => boolean} isUnwanted */
  function drop(isUnwanted) {
    for (const batch of batches.filter(isUnwanted)) {
      const unwanted = new Set(batch.items);
      queue.clear((item) => unwanted.has(item));
      if (batch.element.contains(document.activeElement)) find(HTMLElement, "#main")?.focus();
      batch.element.remove();
    }
    batches = batches.filter((batch) => batch.element.isConnected);
  }

  function render() {
    const texts = batches.map((batch) => batch.update());
    drop(({ items }) => items.every(({ state }) => state === "cancelled"));
    tray.hidden = batches.length === 0;
    tray.closest(".toolbar")?.classList.toggle("busy", !tray.hidden);
    const isBusy = queue.isBusy();
    // Announced seldom enough to listen to.
    if (isBusy ? Date.now() - announcedAt > 10_000 : announcedAt > 0) {
      if (announcedAt) announce(texts.join(". "));
      announcedAt = isBusy ? Date.now() : 0;
      if (!isBusy) timer = setTimeout(clearDone, 6000);
    }
    if (!isBusy) return;
    clearTimeout(timer);
    timer = setTimeout(render, 250);
  }

  function clearDone() {
    drop(({ isDone }) => isDone());
    render();
  }

  return {
    render,
    /** Shows files that were added together. @param {Item[]} items */
    add(items) {
      drop(({ isDone }) => isDone());
      const batch = createBatch(items, queue, {
        render,
        close: () => {
          drop((other) => other === batch);
          render();
        },
      });
      batches.push(batch);
      tray.append(batch.element);
      render();
    },
  };
}

/** Keeps the head of the table below the toolbar, which does not scroll away meanwhile. @param {HTMLElement} tray */
function reserveSpace(tray) {
  const toolbar = tray.closest(".toolbar");
  const head = find(HTMLElement, "#files thead");
  if (!toolbar || !head) return;
  new ResizeObserver(() => head.style.setProperty("--above", `${toolbar.clientHeight}px`)).observe(toolbar);
}

/**
 * Files that were added together: one line, which opens. A single file is shown by itself.
 * @param {Item[]} items @param {Queue} queue @param {{render: () => void, close: () => void}} actions
 */
function createBatch(items, queue, { render, close }) {
  const isOne = items.length === 1;
  let isOpen = false;
  let hasFailed = false;
  const list = make("ul");
  const more = make("div", { class: "hint" });
  const fill = make("span", { class: "bar-fill", role: "progressbar", "aria-label": "All files" });
  const summary = button("", () => {
    isOpen = !isOpen;
    render();
  }, { class: "tray-summary" });
  const closing = button("", () => {
    if (!isActive(items)) return close();
    for (const item of items) queue.cancel(item);
    render();
  });
  const line = make("div", { class: "tray-line" }, summary, closing, fill);
  /** @type {Map<Item, ReturnType<typeof createRow>>} */
  const shown = new Map();

  function updateRows() {
    let waiting = 0;
    const visible = new Set(
      items.filter(({ state }) =>
        !["done", "skipped", "cancelled"].includes(state) && (state !== "waiting" || ++waiting <= MAX_WAITING_SHOWN)
      ),
    );
    for (const [item, row] of shown) {
      if (visible.has(item)) continue;
      if (row.element.contains(document.activeElement)) (line.hidden ? find(HTMLElement, "#main") : summary)?.focus();
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
  }

  return {
    items,
    element: make("div", { class: "batch" }, line, list, more),
    /** Whether all is done that can be done. */
    isDone: () => !isActive(items) && !items.some(({ state }) => state === "failed"),
    /** Shows the present state, and returns it as a sentence. */
    update() {
      const text = summaryOf(items);
      const isBusy = isActive(items);
      const failed = items.some(({ state }) => state === "failed");
      // Once: people may close it again.
      if (failed && !hasFailed && !isBusy) hasFailed = isOpen = true;
      summary.textContent = text;
      summary.ariaLabel = `Uploads: ${text}`;
      line.hidden = isOne && (isBusy || failed);
      list.hidden = !isOpen && !line.hidden;
      const hasRows = isBusy || failed;
      summary.disabled = !hasRows;
      summary.ariaExpanded = hasRows ? String(!list.hidden) : null;
      closing.textContent = isBusy ? "Cancel all" : "Close";
      const percent = percentOf(items);
      fill.hidden = !isBusy;
      fill.style.width = `${percent}%`;
      fill.ariaValueNow = String(percent);
      updateRows();
      return text;
    },
  };
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
  const element = make("li", { class: "tray-row" }, name, note, pause, retry, cancel, fill);
  return {
    element,
    update() {
      const { state } = item;
      const percent = percentOf([item]);
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
