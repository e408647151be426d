import type { S3Source } from "../../mod.ts";

/** A source, and what the app asks of it in the background. */
export interface WatchedSource {
  readonly source: S3Source;
  /** Waits for that: on a busy machine the app does not, and a test must not end before it. */
  settled(): Promise<void>;
}

/** Watches what the app may leave running when it responds: diagnoses, origins of signed URLs, the daily cleaning. */
export function watchSource(source: S3Source): WatchedSource {
  const running = new Set<Promise<unknown>>();
  const follow = <T>(work: Promise<T>) => {
    const ended = work.catch(() => {}).finally(() => running.delete(ended));
    running.add(ended);
    return work;
  };
  const watched = (source: S3Source): S3Source => ({
    ...source,
    diagnose: (options) => follow(source.diagnose(options)),
    downloadUrl: (path, options) => follow(source.downloadUrl(path, options)),
    abortStaleUploads: (options) => follow(source.abortStaleUploads(options)),
    folder: (path) => watched(source.folder(path)),
  });
  return {
    source: watched(source),
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
