import { type BrokerCore, createBrokerCore } from "../broker/broker_core.ts";
import { type BrokerDocument, readBrokerDocument } from "../config/broker_yaml.ts";
import { warningsOfSettings } from "../config/settings.ts";
import type { ServerArguments } from "./arguments.ts";
import { openAudit } from "./audit.ts";
import { CommandError } from "./command_error.ts";
import { readInput } from "./input.ts";
import { createIssuerFetch } from "./issuer_fetch.ts";
import { type LogEntry, writeLog } from "./log.ts";
import { createReloader, type FileReaders } from "./reloader.ts";
import type { Handler } from "./running_requests.ts";
import { openSharedState } from "./shared_state.ts";
import { isLocal, listen, plainTextWarning } from "./server.ts";

/** Serves a credentials broker, whose configuration is read again after SIGHUP and when its files change. */
export async function serveBroker({ host, port, tls, ...args }: ServerArguments): Promise<void> {
  const read = createDocumentReader(args);
  let core: BrokerCore | undefined;
  const configuration = createReloader({
    name: args.configPath ?? "The configuration",
    what: "configuration",
    load(readers) {
      try {
        return read(readers);
      } catch (error) {
        core?.metrics.onReload({ result: "failed" });
        throw error;
      }
    },
    use(document) {
      if (document.state !== used.state || String(document.secret) !== String(used.secret)) {
        throw new CommandError(
          'Cannot use "broker.state": it and "secret" are read at the start only; restart the broker',
        );
      }
      audit.open(document.audit);
      try {
        broker.reconfigure(document.config);
      } catch (error) {
        audit.open(used.audit);
        throw error;
      }
      used = document;
    },
    log,
  });
  let used = configuration.first;
  function log(entry: LogEntry): void {
    writeLog(used.logFormat, entry);
  }
  const warn = (reason: string) => log({ type: "warning", reason });
  warningsOfSettings(args.settings).forEach(warn);
  const audit = openAudit(used.audit, warn);
  const shared = await openSharedState(used.state);
  const addresses = new WeakMap<Request, string>();
  const broker = core = createBrokerCore({
    ...used.config,
    ...shared && { state: shared.state, secret: used.secret },
    addressOf: (request) => addresses.get(request),
    log: (entry) => entry.type === "warning" ? warn(entry.reason ?? "") : audit.write(entry),
  });
  const handle: Handler = (request, address) => {
    addresses.set(request, address);
    return broker.handle(request);
  };
  if (!isLocal(host) && tls === undefined) warn(plainTextWarning(host, "secrets and keys"));
  try {
    await listen(handle, {
      ...{ host, port, tls, log },
      logRefused: audit.write,
      greeting: (url) => `Credentials at ${url}/credentials`,
      onHangup() {
        audit.reopen();
        configuration.reload();
      },
      reloaders: [configuration],
    });
  } finally {
    shared?.close();
    audit.close();
  }
}

/** Makes a reader of a broker's configuration, whose issuers use their files. */
export function createDocumentReader(
  args: Pick<ServerArguments, "configPath" | "settings">,
): (readers: FileReaders) => BrokerDocument {
  return (readers) => {
    const document = readBrokerDocument(readInput(args, readers));
    const issuers = Object.entries(document.config.issuers ?? {}).map(([name, issuer]) => {
      const files = document.issuerFiles[name];
      return [name, files === undefined ? issuer : { ...issuer, fetch: createIssuerFetch(files, readers) }];
    });
    return { ...document, config: { ...document.config, issuers: Object.fromEntries(issuers) } };
  };
}
