import { endBound, spawnBound } from "../bound_process.ts";

/** A server of the command line that restarts when the code changes. It does not outlive this process. */
export interface DevServer {
  /** Resolves with its exit code. */
  readonly code: Promise<number>;
  /** From now on its output is shown, without what it has greeted with. */
  show(): void;
  /** Lets it finish its requests, for a second at most. */
  stop(): Promise<void>;
}

/** Starts one of the commands that serve. */
export function startDevServer(
  command: "serve" | "broker",
  { port, env, root }: { port: number; env: Readonly<Record<string, string>>; root: string },
): DevServer {
  const deno = [Deno.execPath(), "run", "--quiet", "--allow-all", "--watch", "--no-clear-screen"];
  const args = ["--config", "tools/dev/config.json", "src/command/cli.ts", command, "tools/dev/datasette.yaml"];
  const child = spawnBound([...deno, ...args, "--port", `${port}`], { name: command, cwd: root, env });
  let isShown = false;
  const forward = async (output: ReadableStream<Uint8Array>, to: { writeSync(bytes: Uint8Array): number }) => {
    for await (const bytes of output) if (isShown) to.writeSync(bytes);
  };
  const outputs = [forward(child.stdout, Deno.stdout), forward(child.stderr, Deno.stderr)];
  return {
    code: child.status.then(({ code }) => code),
    show: () => void (isShown = true),
    async stop() {
      // After other signals, the watcher would wait until the code changes.
      interrupt(child);
      const impatience = setTimeout(() => endBound(child), 1_000);
      await child.status;
      clearTimeout(impatience);
      await endBound(child);
      await Promise.all(outputs);
    },
  };
}

function interrupt(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGINT");
  } catch {
    // It has ended: Ctrl-C reaches it as well.
  }
}
