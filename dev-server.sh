#!/bin/sh
# Serves the files app at http://127.0.0.1:8001 on a local SeaweedFS, and restarts it when the code changes.
# PORT selects another port. Ctrl-C stops everything.
set -eu
cd "$(dirname "$0")"

# `deno task` itself may run without a `deno` on PATH.
for deno in "${DENO:-}" deno "$HOME/.deno/bin/deno"; do
  if [ -n "$deno" ] && command -v "$deno" >/dev/null 2>&1; then
    exec "$deno" run --allow-all tools/dev.ts
  fi
done
echo "Cannot start: deno is not on PATH. Run \"npx -y deno@2 task dev\" instead, or install Deno." >&2
exit 1
