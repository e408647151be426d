/** The command `serve` as a process. */
export interface ServeProcess extends AsyncDisposable {
  readonly origin: string;
  /** The link that logs in; empty without `--root`. */
  readonly link: string;
  /** Sends a signal. */
  kill(signal: Deno.Signal): void;
  /** Resolves with the exit code. */
  readonly code: Promise<number>;
}

/** Starts the command `serve`; resolves once it listens. */
export async function startServe(...args: string[]): Promise<ServeProcess> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "src/command/cli.ts", "serve", "--port", "0", ...args],
    stdout: "piped",
    stderr: "null",
  });
  const server = command.spawn();
  const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const isComplete = (text: string) =>
    args.includes("--root") ? text.includes("docs/security.md") : text.includes("\n");
  let printed = "";
  while (!isComplete(printed)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`serve ended: ${printed}`);
    printed += value;
  }
  // The audit follows; nothing would be served once a pipe is full.
  const rest = (async () => {
    for (let ended = false; !ended;) {
      const { value, done } = await reader.read();
      printed += value ?? "";
      ended = done;
    }
  })();
  return {
    origin: new URL(/http:\S+/.exec(printed)?.[0] ?? "").origin,
    link: /Log in once with (\S+)/.exec(printed)?.[1] ?? "",
    kill: (signal) => server.kill(signal),
    code: server.status.then(({ code }) => code),
    async [Symbol.asyncDispose]() {
      try {
        server.kill("SIGTERM");
      } catch {
        // It has ended.
      }
      await server.status;
      await rest;
    },
  };
}
