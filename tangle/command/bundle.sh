#!/usr/bin/env bash
# Writes the command into a folder: bundle.sh FOLDER [--cold]. A short command would wait for Node's loader of ES modules
# longer than for anything else, so this is made of few files: fcs.cjs, fcs-main.cjs, and for each noun one with all that it
# needs; and beside each what V8 compiled of it when its verbs were tried here, which --cold leaves out. They are tried with
# the Node that FCS_NODE names.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$1" && pwd)
cd "$here/../../generated"
mapfile -t nouns < <(grep -o "import('./experiments/[^']*')" fcs.ts | cut -d "'" -f 2)

# Of four modules of Node's and npm's a verb needs a few lines, and loading all of each takes a millisecond or more.
lean=(--define:performance.now=monotonicMs)
lean+=(--alias:koffi="$here/koffi.mjs" --alias:node:crypto="$here/crypto.cjs" --alias:node:zlib="$here/zlib.cjs")
# A part is a function; lines have some length, since Node prints the whole line in which an error arose.
banner='(function(exports,require,module,__filename,__dirname,load){
const here="file://"+encodeURI(__filename).replace(/[?#]/g,encodeURIComponent);
const monotonicMs=()=>Number(process.hrtime.bigint())/1e6;'
bundle() {
  "$here/../../node_modules/.bin/esbuild" --bundle --platform=node --target=node20 --format=cjs --supported:dynamic-import=false \
    "${lean[@]}" --define:import.meta.url=here --banner:js="$banner" --footer:js='})' --minify-syntax --log-level=warning "$@"
}
bundle --minify-whitespace --line-limit=160 --outbase=. --outdir="$out" --out-extension:.js=.cjs "${nouns[@]}"
bundle --outfile="$out/fcs-main.cjs" "${nouns[@]/#/--external:}" fcs.ts
# esbuild names what it left out by where it lies; and the first line is that of fcs.cjs.
sed -i 's#require("[^"]*/experiments/\([^"]*\)\.ts")#load("experiments/\1")#; /^#!/d' "$out/fcs-main.cjs"
cp "$here/fcs.cjs" "$out/fcs.cjs"
rm -f "$out"/*.cache "$out"/experiments/*.cache
[ "${2-}" != --cold ] || exit 0

play=$(mktemp -d)
trap 'rm -rf "$play"' EXIT
cd "$play"
try() { "${FCS_NODE:-node}" -r "$here/warm.cjs" "$out/fcs.cjs" "$@" < /dev/null > output; }
for _ in 1 2; do try bus publish bus text; try queue put queue text; try topic publish topics a text; done
try bus ls bus; try bus take bus; try bus take bus -- true
try queue peek queue; try queue count queue; try queue take queue; try queue take queue -- true
try topic tail topics; try topic take topics group a; try topic take topics group a -- true; try topic ls topics
try lock file -- true; try lock file --status
try semaphore permits -p 2 -- true; try semaphore permits --status
try barrier meeting -p 1
try lease lease -- true; try elect office -- true; try fence fence 1 -- true
try watch . --once --timeout 0 || [ $? = 3 ]
try tail none 2> output || [ $? = 1 ]
try manual; try completion bash
