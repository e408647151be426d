/** The command as a process that serves. */
export interface CommandProcess extends AsyncDisposable {
  readonly origin: string;
  /** What it has written to stdout but for the greeting, and to stderr, by lines. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Resolves once it has written such a line to stderr or stdout. */
  wrote(pattern: RegExp): Promise<string>;
  kill(signal: Deno.Signal): void;
  /** Resolves with the exit code. */
  readonly code: Promise<number>;
}

/**
 * Starts the command, such as `serve` or `broker`; resolves once it listens.
 *
 * @param words The program and its arguments.
 * @param env Variables added to the environment of this process.
 */
export async function startCommand(
  [program = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandProcess> {
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", ...env },
  })
    .spawn();
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const waiting = new Set<() => void>();
  let hasEnded = false;
  const follow = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>, lines: string[]) => {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
      for (const wake of waiting) wake();
    }
  };
  const followed = Promise.all([follow(child.stdout, stdout), follow(child.stderr, stderr)]).then(() => {
    hasEnded = true;
    for (const wake of waiting) wake();
  });
  const wrote = async (pattern: RegExp): Promise<string> => {
    while (true) {
      const line = [...stdout, ...stderr].find((line) => pattern.test(line));
      if (line !== undefined) return line;
      if (hasEnded) throw new Error(`the command ended: ${[...stdout, ...stderr].join("\n")}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add(resolve);
      await promise;
      waiting.delete(resolve);
    }
  };
  const greeting = await wrote(/^(?:Files|Credentials) at /);
  stdout.splice(stdout.indexOf(greeting), 1);
  return {
    origin: new URL(/http\S+/.exec(greeting)?.[0] ?? "").origin,
    stdout,
    stderr,
    wrote,
    kill: (signal) => child.kill(signal),
    code: child.status.then(({ code }) => code),
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended.
      }
      await child.status;
      await followed;
    },
  };
}
