import { findOrInstallCargoProgram } from "../cargo_program.ts";
import type { StorePackage } from "./throwaway_store.ts";

const VERSION = "2.5.0";

/** Garage with one node. https://garagehq.deuxfleurs.fr */
export const GARAGE: StorePackage = {
  name: "Garage",
  version: VERSION,
  findOrInstall: () =>
    findOrInstallCargoProgram({
      name: "garage",
      version: VERSION,
      features: ["--no-default-features", "--features", "bundled-libs,sqlite"],
    }),
  async serve(program, { dataDir, buckets: [bucket = ""], port, otherPort, accessKeyId, secretAccessKey }) {
    const config = `${dataDir}/../garage.toml`;
    await Deno.writeTextFile(
      config,
      [
        `metadata_dir = "${dataDir}/metadata"`,
        `data_dir = "${dataDir}/data"`,
        `db_engine = "sqlite"`,
        `replication_factor = 1`,
        `rpc_bind_addr = "127.0.0.1:${otherPort}"`,
        `rpc_public_addr = "127.0.0.1:${otherPort}"`,
        `rpc_secret = "${"0".repeat(64)}"`,
        `[s3_api]`,
        `s3_region = "us-east-1"`,
        `api_bind_addr = "127.0.0.1:${port}"`,
      ].join("\n"),
      { mode: 0o600 },
    );
    return {
      command: [program, "--config", config, "server", "--single-node", "--default-bucket"],
      env: {
        GARAGE_DEFAULT_ACCESS_KEY: accessKeyId,
        // Created over S3, it would have a name for these keys only, and pages could not ask for its CORS.
        GARAGE_DEFAULT_BUCKET: bucket,
        GARAGE_DEFAULT_SECRET_KEY: secretAccessKey,
        RUST_LOG: "garage=warn",
      },
    };
  },
};
