/** The command `broker` as a process. */
export interface BrokerProcess extends AsyncDisposable {
  readonly origin: string;
  /** What it has written to stdout but for the greeting, and to stderr, by lines. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Resolves once it has written such a line to stderr or stdout. */
  wrote(pattern: RegExp): Promise<string>;
  kill(signal: Deno.Signal): void;
}

/** Starts the command `broker` on a free port; resolves once it listens. */
export async function startBrokerProcess(...args: readonly string[]): Promise<BrokerProcess> {
  const broker = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-all", "src/command/cli.ts", "broker", "--port", "0", ...args],
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
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
  const followed = Promise.all([follow(broker.stdout, stdout), follow(broker.stderr, stderr)]).then(() => {
    hasEnded = true;
    for (const wake of waiting) wake();
  });
  const wrote = async (pattern: RegExp): Promise<string> => {
    while (true) {
      const line = [...stdout, ...stderr].find((line) => pattern.test(line));
      if (line !== undefined) return line;
      if (hasEnded) throw new Error(`the broker ended: ${[...stdout, ...stderr].join("\n")}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add(resolve);
      await promise;
      waiting.delete(resolve);
    }
  };
  const greeting = await wrote(/^Credentials at /);
  stdout.splice(stdout.indexOf(greeting), 1);
  return {
    origin: new URL(greeting.slice("Credentials at ".length)).origin,
    stdout,
    stderr,
    wrote,
    kill: (signal) => broker.kill(signal),
    async [Symbol.asyncDispose]() {
      if (!hasEnded) broker.kill("SIGTERM");
      await broker.status;
      await followed;
    },
  };
}
