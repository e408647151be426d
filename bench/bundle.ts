import type { PeerName } from "./names.ts";

/**
 * The size of one minified bundle, in bytes: of this module all of `mod.ts`, of another client what its adapter here uses. The
 * AWS SDK, which this module loads only for the default credential chain, is left out of ours.
 *
 * @throws {Error} If it cannot be bundled.
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
