import process from "node:process";
import { cpuSeconds } from "./cpu.ts";
import { KEYS } from "./keys.ts";
import { connectPeer } from "./peer.ts";

// A process measured from start to end: it loads one client and reads 1 KiB.
const { peer: name, store } = JSON.parse(process.argv[2] ?? "");
const peer = await connectPeer(name, store);
const bytes = await peer.read?.(KEYS.small);
if (bytes?.byteLength !== 1024) throw new Error("The file was not read");
process.stdout.write(`${cpuSeconds()}\n`, () => process.exit(0));
