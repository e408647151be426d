import config from "../deno.json" with { type: "json" };

/** The version of a package that `deno.json` pins. */
export function versionOf(name: string): string {
  const pins = { ...config.imports, ...config.scopes["./"] };
  const specifier = Object.entries(pins).find(([key]) => key === name)?.[1];
  const version = specifier?.startsWith(`npm:${name}@`) ? specifier.slice(`npm:${name}@`.length) : undefined;
  if (version === undefined) throw new Error(`deno.json does not pin a version of the npm package ${name}`);
  return version;
}
