import { parseArgs } from "node:util";
import {
  isOneOf,
  PEER_NAMES,
  type PeerName,
  RUNTIME_NAMES,
  type RuntimeName,
  WORK_NAMES,
  type WorkName,
} from "./names.ts";
import { WORKS } from "./works.ts";

/** What the command line asks for. */
export interface Options {
  /** The works to do. */
  readonly works: readonly WorkName[];
  /** How often. */
  readonly rounds: number;
  /** Little of everything, to see that it runs. */
  readonly isQuick: boolean;
  /** Where. */
  readonly runtimes: readonly RuntimeName[];
  /** Who. */
  readonly peers: readonly PeerName[];
  /** File to write the run to. */
  readonly json?: string;
  /** File of an earlier run to compare with. */
  readonly against?: string;
  /** Show the ratios only, as a table in Markdown. */
  readonly isMarkdown: boolean;
  /** File to draw into. */
  readonly plot?: string;
  /** File of an earlier run to show, in place of measuring. */
  readonly from?: string;
  /** Work to profile, in place of measuring. */
  readonly profile?: WorkName;
}

/** What `--help` prints. */
export const HELP = `deno task bench [options]     or: bun run bench/main.ts [options]

Compares this module with plain fetch of presigned URLs and with other clients on a throwaway SeaweedFS.

  --only WORK        do only this work; may be given more than once
  --rounds N         how often everything is measured; default 7
  --quick            one round of little work, to see that everything runs
  --runtime NAME     deno or bun; default: both, Bun is installed if need be
  --peer NAME        only this one, and again for more; default: all
  --json FILE        write the run to a file
  --against FILE     compare with an earlier run, written by --json
  --plot FILE.svg    draw the medians
  --markdown         show the ratios to others only, as a table in Markdown
  --from FILE        measure nothing, show an earlier run
  --profile WORK     measure nothing, show where the time of one work goes under Deno
  --help             print this

Peers: ${PEER_NAMES.join(", ")}.
Works: ${WORK_NAMES.filter((name) => !WORKS[name].isExtra).join(", ")}.
Only when named: ${WORK_NAMES.filter((name) => WORKS[name].isExtra).join(", ")}.`;

/**
 * Reads the command line.
 *
 * @returns `undefined` if help is asked for.
 * @throws {Error} If it is wrong; the message says how.
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
      json: { type: "string" },
      against: { type: "string" },
      plot: { type: "string" },
      markdown: { type: "boolean", default: false },
      from: { type: "string" },
      profile: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const { only, runtime, peer, quick, help, profile, markdown, rounds = quick ? "1" : "7", ...files } = values;
  if (help) return undefined;
  if (!/^[1-9]\d{0,3}$/.test(rounds)) throw new Error(`--rounds must be a whole number of at least 1, not "${rounds}"`);
  const named = pick("--only", only, WORK_NAMES);
  const [profiled] = pick("--profile", profile === undefined ? [] : [profile], PROFILED_WORKS);
  return {
    works: named.length > 0 ? named : WORK_NAMES.filter((name) => !WORKS[name].isExtra),
    rounds: Number(rounds),
    isQuick: quick,
    isMarkdown: markdown,
    runtimes: runtime.length > 0 ? pick("--runtime", runtime, RUNTIME_NAMES) : RUNTIME_NAMES,
    peers: peer.length > 0 ? pick("--peer", peer, PEER_NAMES) : PEER_NAMES,
    ...files,
    ...profiled !== undefined && { profile: profiled },
  };
}

/** The others have processes of another kind, or are not compared with plain `fetch`. */
const PROFILED_WORKS: readonly WorkName[] = ["stat", "read", "upload", "parallel", "list", "walk", "download-large"];

/** The named ones, in the order of all. */
function pick<Name extends string>(option: string, given: readonly string[], names: readonly Name[]): Name[] {
  for (const name of given) {
    if (!isOneOf(names, name)) throw new Error(`${option} knows no "${name}"; there are: ${names.join(", ")}`);
  }
  return names.filter((name) => given.includes(name));
}
