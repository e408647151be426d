#!/bin/sh
# Serves the files app at http://127.0.0.1:8001 on a local SeaweedFS, and restarts it when the code changes.
# PORT selects another port, DEV_DIR another folder than .cache for the files. Ctrl-C stops everything.
set -eu
cd "$(dirname "$0")"

# As "deno task dev", also without a Deno on PATH.
set -- run --quiet --allow-all --config tools/dev/config.json tools/dev.ts
for deno in deno "$HOME/.deno/bin/deno"; do
  if command -v "$deno" >/dev/null 2>&1; then exec "$deno" "$@"; fi
done
if command -v npx >/dev/null 2>&1; then exec npx -y deno@2 "$@"; fi
echo "Cannot start: there is neither deno nor npx on PATH. Install Deno: https://docs.deno.com/runtime/" >&2
exit 1
