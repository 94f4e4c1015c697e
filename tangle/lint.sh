#!/usr/bin/env bash
# Biome over the tools, the tangled files and the experiments. It is called by its platform's package:
# the umbrella package wants eight platforms, and a registry that misses one breaks the installation.
cd "$(dirname "$0")/.." || exit 2
case $(uname -m) in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) arch=none ;; esac
biome=node_modules/@biomejs/cli-linux-$arch/biome
if [ ! -x "$biome" ]; then
  echo "lint: no Biome for $(uname -sm) under node_modules/@biomejs" >&2
  exit 1
fi
# Biome writes its findings to standard error; the remapper reads standard output.
exec "$biome" lint --reporter=concise --colors=off --max-diagnostics=none --error-on-warnings "$@" 2>&1
