#!/usr/bin/env bash
# Writes the command as one file: bundle.sh OUTPUT. Node starts it without its loader for ES modules and without
# finding and reading some thirty files, which is most of what a short command would wait for.
set -eu
root=$(dirname "$0")/..
"$root/node_modules/.bin/esbuild" "$root/generated/fcs.ts" --bundle --platform=node --target=node20 --format=cjs --external:koffi \
  --minify-whitespace --minify-syntax --log-level=warning --outfile="$1" \
  --define:import.meta.url=here --banner:js="const here=require('node:url').pathToFileURL(__filename).href;"
chmod +x "$1"
