// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
import { createBroker } from "../broker/mod.ts";
import { readBrokerConfig } from "../config/broker_yaml.ts";
import type { ServerArguments } from "./arguments.ts";
import { readInput } from "./input.ts";
import { logLine } from "./log_line.ts";
import type { Handler } from "./running_requests.ts";
import { isLocal, listen, warnOfPlainText } from "./server.ts";

/** Serves a credentials broker. */
export async function serveBroker({ host, port, tls, ...args }: ServerArguments): Promise<void> {
  const addresses = new WeakMap<Request, string>();
  const log = (entry: object) => console.log(logLine(entry));
  const broker = createBroker({
    ...readBrokerConfig(readInput(args)),
    addressOf: (request) => addresses.get(request),
    log,
  });
  const handle: Handler = (request, address) => {
    addresses.set(request, address);
    return broker(request);
  };
  if (!isLocal(host) && tls === undefined) warnOfPlainText(host, "secrets and keys");
  await listen(handle, {
    ...{ host, port, tls },
    log,
    greeting: (url) => `Credentials at ${url}/credentials`,
    onHangup: () =>
      log({
        type: "ignored",
        reason: "SIGHUP: the configuration is read only at the start; restart to apply changes",
      }),
  });
}
