// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
/**
 * Measures the broker on one core: `deno task bench:broker`. bench/README.md says how.
 *
 * @module
 */
import { SignJWT } from "jose/jwt/sign";
import { exportJWK } from "jose/key/export";
import { generateKeyPair } from "jose/key/generate/keypair";
import { percentile } from "../statistics.ts";

const TENANTS = 10_000;
const PER_SECOND = 500;
const SECONDS = 10;
const AT_ONCE = 32;

const { privateKey, publicKey } = await generateKeyPair("ES256");
const jwk = { ...await exportJWK(publicKey), kid: "bench", alg: "ES256", use: "sig" };
const issuer = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
  const { origin, pathname } = new URL(url);
  return Response.json(pathname === "/keys" ? { keys: [jwk] } : { issuer: origin, jwks_uri: `${origin}/keys` });
});
const issuerUrl = `http://127.0.0.1:${issuer.addr.port}`;

const startedMs = performance.now();
const server = new Deno.Command("taskset", {
  args: ["-c", "0", Deno.execPath(), "run", "--allow-all", serverPath(), String(TENANTS), issuerUrl],
  stdout: "piped",
}).spawn();
const output = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
const origin = `http://127.0.0.1:${Number((await output.read()).value)}`;
console.log(`${TENANTS} tenants: started in ${Math.round(performance.now() - startedMs)} ms`);

const secrets = Array.from({ length: TENANTS }, (_, index) => `secret of tenant ${index}`);
const tokens = await Promise.all(secrets.map((_, index) => issueToken(`tenant ${index}`)));

const form = { "content-type": "application/x-www-form-urlencoded" };
const PROTOCOLS: Readonly<Record<string, (secret: string) => Promise<Response>>> = {
  "POST /credentials": (secret) => {
    return fetch(`${origin}/credentials`, { method: "POST", headers: form, body: new URLSearchParams({ secret }) });
  },
  "GET /credentials": (secret) => fetch(`${origin}/credentials`, { headers: { authorization: secret } }),
  "POST /": (secret) => {
    const body = new URLSearchParams({ Action: "AssumeRoleWithWebIdentity", WebIdentityToken: secret });
    return fetch(`${origin}/`, { method: "POST", headers: form, body });
  },
};

try {
  await inParallel(secrets.map((secret) => () => ask("GET /credentials", secret)));
  const columns = ["p50", "p99", "longest", "CPU each"].map((column) => column.padStart(10)).join("");
  console.log(`\n${PER_SECOND} requests a second, then as many as possible`);
  console.log(`${"protocol".padEnd(20)}${"caller".padEnd(9)}${columns}${"at most".padStart(14)}`);
  for (const [caller, all] of [["secret", secrets], ["JWT", tokens]] as const) {
    for (const protocol of Object.keys(PROTOCOLS)) {
      const cpuMs = serverCpuMs();
      const ms = await atRate(() => ask(protocol, pick(all)));
      const cpu = `${((serverCpuMs() - cpuMs) / ms.length).toFixed(2)} ms`.padStart(10);
      const perSecond = await atMost(() => ask(protocol, pick(all)));
      const times = [0.5, 0.99, 1].map((fraction) => `${percentile(ms, fraction).toFixed(1)} ms`.padStart(10));
      const most = `${Math.round(perSecond)}/s`.padStart(14);
      console.log(`${protocol.padEnd(20)}${caller.padEnd(9)}${times.join("")}${cpu}${most}`);
    }
  }
} finally {
  server.kill();
  await output.cancel();
  await Promise.all([server.status, issuer.shutdown()]);
}

function serverPath(): string {
  return decodeURIComponent(new URL("server.ts", import.meta.url).pathname);
}

async function issueToken(subject: string): Promise<string> {
  const token = new SignJWT({ sub: subject, aud: "s3-broker", iss: issuerUrl });
  return await token.setProtectedHeader({ alg: "ES256", kid: "bench" }).setExpirationTime("2h").sign(privateKey);
}

/** User and system time of the server so far. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function serverCpuMs(): number {
  const fields = Deno.readTextFileSync(`/proc/${server.pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

function pick(secrets: readonly string[]): string {
  return secrets[Math.floor(Math.random() * secrets.length)] ?? "";
}

async function ask(protocol: string, secret: string): Promise<void> {
  const response = await PROTOCOLS[protocol]?.(secret);
  await response?.arrayBuffer();
  if (response?.status !== 200) throw new Error(`${protocol} answered ${response?.status}`);
}

/** The durations, in milliseconds, of requests that begin at fixed times, whether or not earlier ones have ended. */
async function atRate(work: () => Promise<void>): Promise<number[]> {
  const ms: number[] = [];
  const running: Promise<void>[] = [];
  const startMs = performance.now();
  while (running.length < PER_SECOND * SECONDS) {
    const dueMs = startMs + running.length * 1000 / PER_SECOND;
    if (performance.now() < dueMs) await new Promise((resolve) => setTimeout(resolve, 1));
    else running.push(work().then(() => void ms.push(performance.now() - dueMs)));
  }
  await Promise.all(running);
  return ms;
}

/** How many requests a second are answered if the next one follows at once. */
async function atMost(work: () => Promise<void>): Promise<number> {
  const seconds = 5;
  const endMs = performance.now() + seconds * 1000;
  let count = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (; performance.now() < endMs; count++) await work();
  }));
  return count / seconds;
}

async function inParallel(works: (() => Promise<void>)[]): Promise<void> {
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let work = works.pop(); work !== undefined; work = works.pop()) await work();
  }));
}
