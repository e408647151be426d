import type { PeerName } from "./names.ts";

/**
 * The size of a minified bundle, in bytes: for this module all of `mod.ts`, for another client only what its adapter
 * uses. Ours excludes the AWS SDK, which is loaded only for the default credential chain.
 *
 * @throws {Error} If bundling fails.
 */
export async function bundleSize(peer: PeerName): Promise<number> {
  const input = peer === "s3-source" ? "mod.ts" : `bench/peers/${peer.replaceAll("-", "_")}.ts`;
  const external = peer === "s3-source" ? ["--external=@aws-sdk/*"] : [];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", ...external, `${ROOT}/${input}`],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return stdout.byteLength;
}

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/\/$/, "");
