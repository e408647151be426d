#!/bin/sh
# Serves the files app at http://127.0.0.1:8001 on a local SeaweedFS, and again whenever the code changes.
# PORT chooses another port. Ctrl-C ends everything.
set -eu
cd "$(dirname "$0")"

# Inside `deno task` there may be no `deno` on PATH but the one that runs the task.
for deno in "${DENO:-}" deno "$HOME/.deno/bin/deno"; do
  if [ -n "$deno" ] && command -v "$deno" >/dev/null 2>&1; then
    exec "$deno" run --allow-all tools/dev.ts
  fi
done
echo "Cannot start: there is no deno on PATH. Run \"npx -y deno@2 task dev\" instead, or install Deno." >&2
exit 1
