/** The progress of a phase of a long task. */
export interface Progress {
  /** Counts processed bytes. */
  addBytes(count: number): void;
  /** Counts a processed file, successful or not. */
  addFile(): void;
  /** Stops showing progress. */
  end(): Phase;
}

/** A finished phase. */
export interface Phase {
  /** Processed files. */
  readonly files: number;
  /** Processed bytes. */
  readonly bytes: number;
  /** Duration in milliseconds. */
  readonly durationMs: number;
  /** All of this in a line. */
  readonly summary: string;
}

/** Where progress is shown. */
export interface ProgressOutput {
  /** `true`: one line that is redrawn. `false`: one line after another. */
  readonly isTerminal: boolean;
  /** Shows text. */
  write(text: string): void;
}

/** The standard error. */
export const STANDARD_ERROR: ProgressOutput = {
  get isTerminal() {
    return Deno.stderr.isTerminal();
  },
  write: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
};

/** Shows progress: a bar on a terminal, otherwise a line for each tenth. */
export function createProgress(
  title: string,
  items: readonly { readonly size: number }[],
  { isTerminal, write }: ProgressOutput,
): Progress {
  const totalBytes = items.reduce((sum, { size }) => sum + size, 0);
  const startedMs = performance.now();
  let files = 0;
  let bytes = 0;
  let shown = isTerminal ? -Infinity : 0;

  function show(isLast: boolean): void {
    const elapsedMs = performance.now() - startedMs;
    // Files count too: a thousand empty ones take time.
    const fraction = (files + bytes) / Math.max(1, items.length + totalBytes);
    const step = isTerminal ? elapsedMs : Math.floor(fraction * 10);
    if (!isLast && step < shown + (isTerminal ? REDRAW_MS : 1)) return;
    shown = step;
    const line = formatProgress({ title, fraction, files, bytes, elapsedMs });
    write(isTerminal ? `\r${formatBar(fraction)} ${line}\x1b[K${isLast ? "\r\x1b[K" : ""}` : `${line}\n`);
  }

  return {
    addBytes(count) {
      bytes += count;
      show(false);
    },
    addFile() {
      files++;
      show(false);
    },
    end() {
      if (isTerminal) show(true);
      const durationMs = performance.now() - startedMs;
      return { files, bytes, durationMs, summary: formatSummary(title, { files, bytes, durationMs }) };
    },
  };
}

const REDRAW_MS = 100;

/** `[#####     ]` */
export function formatBar(fraction: number, width = 30): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return `[${"#".repeat(filled)}${" ".repeat(width - filled)}]`;
}

/** `1,234` */
export function formatCount(count: number): string {
  return count.toLocaleString("en");
}

/** `1,234.5 MB`, a megabyte being 1,000,000 bytes. */
export function formatMegabytes(bytes: number): string {
  const megabytes = (bytes / 1e6).toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return `${megabytes} MB`;
}

function formatProgress(
  { title, fraction, files, bytes, elapsedMs }: {
    title: string;
    fraction: number;
    files: number;
    bytes: number;
    elapsedMs: number;
  },
): string {
  const percent = `${Math.floor(fraction * 100)} %`.padStart(5);
  const speed = formatMegabytes(bytes / Math.max(0.001, elapsedMs / 1000));
  return `${title.padEnd(10)} ${percent}  ${formatCount(files)} files, ${formatMegabytes(bytes)}, ${speed}/s`;
}

function formatSummary(title: string, { files, bytes, durationMs }: Omit<Phase, "summary">): string {
  const seconds = Math.max(0.001, durationMs / 1000);
  return `${title.padEnd(10)} ${formatCount(files)} files, ${formatMegabytes(bytes)} in ${seconds.toFixed(1)} s: ` +
    `${formatMegabytes(bytes / seconds)}/s, ${formatCount(Math.round(files / seconds))} files/s`;
}
