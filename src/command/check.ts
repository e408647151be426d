// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
import { createKeyIssuer } from "../broker/key_issuer.ts";
import { checkBrokerConfig } from "../options/checked_broker.ts";
import type { CheckArguments } from "./arguments.ts";
import { type BrokerCheck, checkBroker } from "./broker_check.ts";
import { createDocumentReader } from "./broker.ts";
import { FILE_READERS } from "./reloader.ts";
import { formatTable } from "./table.ts";

/** Prints whether a broker's tenants and issuers work. Resolves with 0 if all do, otherwise with 1. */
export async function check({ asJson, ...args }: CheckArguments): Promise<number> {
  const config = checkBrokerConfig(createDocumentReader(args)(FILE_READERS).config);
  const observer = { onStsRequest() {}, onJwksFetch() {}, onWarning: console.error };
  const { issue } = createKeyIssuer(config, { fetch, now: Date.now, observer });
  const result = await checkBroker(config, { issue });
  console.log(asJson ? JSON.stringify(result, null, 2) : formatCheck(result));
  return [...result.tenants, ...result.issuers].every(({ ok }) => ok) ? 0 : 1;
}

function formatCheck({ tenants, issuers }: BrokerCheck): string {
  const mark = (ok: boolean) => ok ? "ok" : "!";
  const parts = [
    formatTable([
      ["", "tenant", "folder", "result", "reason"],
      ...tenants.map(({ ok, tenant, folder, result, reason }) => [mark(ok), tenant, folder, result, reason]),
    ]),
    issuers.length === 0 ? [] : [
      "",
      ...formatTable([
        ["", "issuer", "url", "reason"],
        ...issuers.map(({ ok, issuer, url, reason }) => [mark(ok), issuer, url, reason]),
      ]),
    ],
  ];
  return parts.flat().join("\n");
}
