// Replaces `jsr:@std/yaml` where JSR cannot be reached: the same code from npm, with types for what we use.
import * as std from "npm:deno-std@1.4.0/yaml/mod.js";

/** Reads one YAML document; a `SyntaxError` names the line and the column. */
export const parse: (content: string) => unknown = std.parse;

/** Writes a value as YAML. */
export const stringify: (data: unknown) => string = std.stringify;
