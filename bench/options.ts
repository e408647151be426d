import { parseArgs } from "node:util";
import {
  isOneOf,
  NETWORK_NAMES,
  type NetworkName,
  PEER_NAMES,
  type PeerName,
  RUNTIME_NAMES,
  type RuntimeName,
  WORK_NAMES,
  type WorkName,
} from "./names.ts";
import { describeNetwork, WAN } from "./slow_network.ts";
import { WAN_WORKS, WORKS } from "./works.ts";

/** The options of the command line. */
export interface Options {
  readonly works: readonly WorkName[];
  readonly rounds: number;
  /** Run a little of everything, as a check. */
  readonly isQuick: boolean;
  readonly runtimes: readonly RuntimeName[];
  readonly peers: readonly PeerName[];
  /** File to write the run to. */
  readonly json?: string;
  /** File of an earlier run to compare with. */
  readonly against?: string;
  /** Print only the ratios, as a Markdown table. */
  readonly isMarkdown: boolean;
  /** SVG file to write. */
  readonly plot?: string;
  /** File of an earlier run to show instead of measuring. */
  readonly from?: string;
  /** What lies between the clients and the store. */
  readonly network: NetworkName;
  /** Show the modules that a small program loads instead of measuring. */
  readonly isGraph: boolean;
  /** Work to profile instead of measuring. */
  readonly profile?: WorkName;
}

/** What `--help` prints. */
export const HELP = `deno task bench [options]     or: bun run bench/main.ts [options]

Compares this module with plain fetch of presigned URLs and with other clients on a throwaway SeaweedFS.

  --only WORK        do only this work; may be given more than once
  --rounds N         number of rounds; default 7, with --network wan 3
  --quick            one short round, to check that everything runs
  --runtime NAME     deno or bun; default: both; installs Bun if missing
  --peer NAME        measure only this client; may be given more than once
  --network wan      ${describeNetwork(WAN)}; default: loopback
  --json FILE        write the run to a file
  --against FILE     compare with an earlier run, written by --json
  --plot FILE.svg    draw the medians
  --markdown         print only the ratios, as a Markdown table
  --from FILE        show an earlier run instead of measuring
  --graph            show the modules that a program loads first, with their bytes, instead of measuring
  --profile WORK     show where the time of one work goes in Deno instead of measuring
  --help             print this

Peers: ${PEER_NAMES.join(", ")}.
Works: ${WORK_NAMES.filter((name) => !WORKS[name].isExtra).join(", ")}.
With --network wan: ${WAN_WORKS.join(", ")}.
Only when named: ${WORK_NAMES.filter((name) => WORKS[name].isExtra).join(", ")}.`;

/**
 * Reads the command line.
 *
 * @returns `undefined` for `--help`.
 * @throws {Error} If an option is wrong.
 */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", multiple: true, default: [] },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      runtime: { type: "string", multiple: true, default: [] },
      peer: { type: "string", multiple: true, default: [] },
      network: { type: "string", default: "loopback" },
      json: { type: "string" },
      against: { type: "string" },
      plot: { type: "string" },
      markdown: { type: "boolean", default: false },
      from: { type: "string" },
      graph: { type: "boolean", default: false },
      profile: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const {
    only,
    runtime,
    peer,
    network,
    quick,
    help,
    profile,
    markdown,
    graph,
    rounds = defaultRounds(values),
    ...files
  } = values;
  if (help) return undefined;
  const named = pick("--only", only, WORK_NAMES);
  const [chosen = "loopback"] = pick("--network", [network], NETWORK_NAMES);
  const [profiled] = pick("--profile", profile === undefined ? [] : [profile], PROFILED_WORKS);
  return {
    works: named.length > 0 ? named : chosen === "wan" ? WAN_WORKS : WORK_NAMES.filter((name) => !WORKS[name].isExtra),
    rounds: readRounds(rounds),
    isQuick: quick,
    isMarkdown: markdown,
    isGraph: graph,
    runtimes: runtime.length > 0 ? pick("--runtime", runtime, RUNTIME_NAMES) : RUNTIME_NAMES,
    peers: peer.length > 0 ? pick("--peer", peer, PEER_NAMES) : PEER_NAMES,
    network: chosen,
    ...files,
    ...profiled !== undefined && { profile: profiled },
  };
}

function defaultRounds({ quick, network }: { quick: boolean; network: string }): string {
  return quick ? "1" : network === "wan" ? "3" : "7";
}

/** @throws {Error} If it is no number of rounds. */
export function readRounds(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Error(`--rounds must be a whole number of at least 1, not "${text}"`);
  return Number(text);
}

/** Other works have other kinds of process, or no comparison with plain `fetch`. */
const PROFILED_WORKS: readonly WorkName[] = ["stat", "read", "upload", "parallel", "list", "walk", "download-large"];

/** The given names, in the order of `names`. */
function pick<Name extends string>(option: string, given: readonly string[], names: readonly Name[]): Name[] {
  for (const name of given) {
    if (!isOneOf(names, name)) throw new Error(`There is no ${option} "${name}"; use one of: ${names.join(", ")}`);
  }
  return names.filter((name) => given.includes(name));
}
