#!/usr/bin/env bash
# Sees to it that Debian packages are there: installs those that are missing as root or through sudo,
# else says what to install. It fails only where nothing else will tell (CI).
set -u
PATH=$PATH:/usr/sbin:/sbin
declare -A program=([noweb]=notangle [emacs-nox]=emacs [hyperfine]=hyperfine [strace]=strace [chromium]=chromium [wine64]=/usr/lib/wine/wine64 [g++]=g++ [gcc]=cc [xfsprogs]=mkfs.xfs [btrfs-progs]=mkfs.btrfs [e2fsprogs]=mkfs.ext4)
missing=()
for package in "$@"; do
  command -v "${program[$package]:-$package}" >/dev/null || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
as_root=()
if [ "$(id -u)" != 0 ]; then
  if sudo -n true 2>/dev/null; then as_root=(sudo -n); else
    echo "missing: ${missing[*]}. Install with: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    [ "${CI:-}" = true ] && exit 1 || exit 0
  fi
fi
command -v apt-get >/dev/null || { echo "missing: ${missing[*]}, and there is no apt-get here" >&2; exit 0; }
echo "installing ${missing[*]}…"
"${as_root[@]}" apt-get update -qq && DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
