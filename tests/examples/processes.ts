import { assert } from "@std/assert";
import { spawnBound } from "../../tools/bound_process.ts";

/** A program to start. */
export interface Program {
  /** The command and its arguments. */
  readonly command: readonly string[];
  /** Variables in addition to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the project's folder. */
  readonly cwd?: string;
}

/** A program that has ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface Running {
  /** Sends it a signal. */
  kill(signal: Deno.Signal): void;
  /**
   * The first match in its standard error.
   * @throws {Error} If it ends first, or after a minute, when it is killed.
   */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** Its output, when it has ended. */
  readonly ended: Promise<Ended>;
}

/** A server that runs. */
export interface RunningServer {
  /** Its origin. */
  readonly url: string;
  /** See {@link Running.said}. */
  readonly said: Running["said"];
  /** Ends it, and waits for that. */
  stop(): Promise<Ended>;
}

/** The command of an example under Deno, with the permissions in its header. */
export function deno(script: string, args: readonly string[] = [], permissions = ["--allow-net", "--allow-env"]) {
  return [Deno.execPath(), "run", ...permissions, `examples/${script}`, ...args];
}

/** Starts a program, which ends with this one. */
export function start({ command, env = {}, cwd = ROOT }: Program): Running {
  const child = spawnBound(command, { cwd, env: { ...env, NO_COLOR: "1" } });
  let stderr = "";
  let hasEnded = false;
  const { listeners, notify } = createListeners();
  const reading = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      stderr += text;
      notify();
    }
    hasEnded = true;
    notify();
  })();
  return {
    kill(signal) {
      if (!hasEnded) child.kill(signal);
    },
    async said(pattern) {
      const impatience = setTimeout(() => child.kill("SIGKILL"), 60_000);
      try {
        for (;;) {
          const match = pattern.exec(stderr);
          if (match !== null) return match;
          assert(!hasEnded, `It ended without writing ${pattern}: ${stderr}`);
          await new Promise<void>((resolve) => listeners.push(resolve));
        }
      } finally {
        clearTimeout(impatience);
      }
    },
    ended: Promise.all([child.status, new Response(child.stdout).text(), reading]).then(async ([{ code }, stdout]) => {
      await child.stdin.close();
      return { code, stdout, stderr };
    }),
  };
}

/** Runs a program to its end. */
export async function run(program: Program): Promise<Ended> {
  return await start(program).ended;
}

/** Starts a server, and returns once it listens. */
export async function serve(program: Program): Promise<RunningServer> {
  const running = start({ ...program, env: { ...program.env, PORT: "0" } });
  const [, url = ""] = await running.said(/Listening on (http:\/\/127\.0\.0\.1:\d+)/);
  return {
    url,
    said: running.said,
    stop() {
      running.kill("SIGTERM");
      return running.ended;
    },
  };
}

function createListeners() {
  const listeners: (() => void)[] = [];
  return { listeners, notify: () => listeners.splice(0).forEach((listener) => listener()) };
}

const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname);
