import { type FileInfo, PreconditionFailedError, type UploadBody } from "../../mod.ts";
import { hashOf, isSame } from "../conformance/suite.ts";
import { bytesOf, type Content, drawLarge, drawSmall, streamOf } from "./content.ts";
import { check, checkRefused, drawNumber, type SoakOperation, type Worker } from "./worker.ts";

/** Operations that store, copy and delete. */
export const WRITING: readonly SoakOperation[] = [
  {
    name: "upload",
    weight: 14,
    run: (worker, path) => upload(worker, path, drawSmall(worker.random)),
  },
  {
    name: "upload in parts",
    weight: 1,
    run: (worker, path) => upload(worker, path, drawLarge(worker.random)),
  },
  {
    name: "create",
    weight: 3,
    async run(worker, path) {
      const { source, files } = worker;
      const content = drawSmall(worker.random);
      const create = () => source.upload(path, bytesOf(content), { ifNoneMatch: "*" });
      const existing = files.get(path);
      if (existing !== undefined) {
        // The same bytes, as of two empty files, look like an upload whose response was lost.
        if (isSame(bytesOf(existing), bytesOf(content))) return;
        return await checkRefused(create, "PreconditionFailedError");
      }
      await files.change([[path, content]], async () => {
        // There is no such file, so the precondition must hold.
        await create().catch((error) => {
          check(!(error instanceof PreconditionFailedError), "a file could not be created, but there is none");
          throw error;
        });
      });
    },
  },
  {
    name: "upload from a source that fails",
    weight: 2,
    async run(worker, path) {
      const { source, random } = worker;
      const content = random() < 0.2 ? drawLarge(worker.random) : drawSmall(worker.random);
      const failure = new Error("the body's own failure");
      const failAfterBytes = drawNumber(random, 0, content.size);
      const body = streamOf(content, { random, failure, failAfterBytes });
      await unchanged(
        worker,
        path,
        () => checkRefused(() => source.upload(path, body), "", (error) => error === failure),
      );
    },
  },
  {
    name: "abort an upload",
    weight: 2,
    async run(worker, path) {
      const { source, files, random } = worker;
      const content = random() < 0.2 ? drawLarge(worker.random) : drawSmall(worker.random);
      const controller = new AbortController();
      const reason = new Error("the caller's own reason");
      const timer = setTimeout(() => controller.abort(reason), random() * 30);
      const { signal } = controller;
      const act = () =>
        source.upload(path, streamOf(content, { random }), { signal }).catch(async (error) => {
          // The store may still be carrying out the aborted request.
          await new Promise((resolve) => setTimeout(resolve, 3_000));
          throw error;
        });
      try {
        await files.change([[path, content]], act);
      } catch (error) {
        if (error !== reason) throw error;
      } finally {
        clearTimeout(timer);
      }
    },
  },
  {
    name: "copy",
    weight: 5,
    run: (worker, path) => transfer(worker, path, "copy"),
  },
  {
    name: "move",
    weight: 4,
    run: (worker, path) => transfer(worker, path, "move"),
  },
  {
    name: "delete",
    weight: 5,
    run: ({ source, files }, path) => files.change([[path, undefined]], () => source.delete(path)),
  },
  {
    name: "deleteMany",
    weight: 2,
    async run({ source, files, random }, path) {
      const paths = [path, ...files.paths.filter(() => random() < 0.2)];
      await files.change(paths.map((path) => [path, undefined]), async () => {
        const { errors } = await source.deleteMany(paths);
        if (errors[0] !== undefined) throw errors[0];
      });
    },
  },
];

async function upload(worker: Worker, path: string, content: Content): Promise<void> {
  const { source, files, random } = worker;
  const size = random() < 0.5 ? { size: content.size } : {};
  let sentBytes = 0;
  const info: FileInfo = await files.change([[path, content]], () =>
    source.upload(path, drawBody(worker, content), {
      ...size,
      onProgress: (progress) => sentBytes = progress.sentBytes,
    }));
  check(info.size === content.size && sentBytes === content.size, `${info.size} bytes were stored of ${content.size}`);
  check(info.contentHash === await hashOf(bytesOf(content)), "an upload returned another hash");
}

function drawBody({ random }: Worker, content: Content): UploadBody {
  const kind = drawNumber(random, 0, 3);
  if (kind === 0) return bytesOf(content);
  return kind === 1 ? new Blob([bytesOf(content)]) : streamOf(content, { random });
}

async function transfer({ source, files, random }: Worker, from: string, kind: "copy" | "move"): Promise<void> {
  const to = files.paths[drawNumber(random, 0, files.paths.length)] ?? from;
  if (from === to) return;
  const content = files.get(from);
  if (content === undefined) return await checkRefused(() => source[kind](from, to), "FileNotFoundError");
  const deleted: [string, undefined][] = kind === "move" ? [[from, undefined]] : [];
  try {
    const info = await files.change([[to, content], ...deleted], () => source[kind](from, to));
    check(info.path === to && info.size === content.size, `${kind} returned ${info.size} bytes of ${content.size}`);
  } finally {
    check(files.get(from) === content || files.get(to) === content, `${kind} lost the file`);
  }
}

/** Runs something that must leave the file unchanged. */
async function unchanged({ files }: Worker, path: string, act: () => Promise<void>): Promise<void> {
  await files.change([[path, files.get(path)]], act);
}
