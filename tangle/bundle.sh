#!/usr/bin/env bash
# Writes the command as one file: bundle.sh OUTPUT. Node starts it without its loader for ES modules and without
# finding and reading some forty files, which is most of what a short command would wait for.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
"$root/node_modules/.bin/esbuild" "$root/generated/fcs.ts" --bundle --platform=node --target=node20 --format=cjs --supported:dynamic-import=false \
  --alias:koffi="$root/tangle/koffi.cjs" --alias:node:crypto="$root/tangle/crypto.cjs" --minify-whitespace --minify-syntax --log-level=warning --outfile="$1" \
  --define:import.meta.url=here --banner:js='const here="file://"+encodeURI(__filename).replace(/[?#]/g,encodeURIComponent);'
chmod +x "$1"
