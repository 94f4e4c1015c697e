#!/usr/bin/env bash
# Runs a command with TMPDIR on a filesystem of its own, made for it and gone with it:
#   bash tangle/on-filesystem.sh xfs make test TEST=generated/patterns
# The mounts stand in a namespace of their own, so that nobody else sees them and no kill leaves one behind. Needs root or sudo.
set -eu
if [ $# -lt 2 ]; then
  echo "usage: on-filesystem.sh ext4|xfs|btrfs|tmpfs|overlayfs command…" >&2
  exit 2
fi
if [ "${LOOM_NAMESPACE:-}" != "$$" ]; then
  as_root=()
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || { echo "mounting a filesystem needs root or sudo" >&2; exit 3; }
    as_root=(sudo -n --preserve-env)
  fi
  # The process stays the same one through exec, so its number tells the second pass from the first.
  exec env LOOM_NAMESPACE=$$ "${as_root[@]}" unshare --mount --propagation private bash "$0" "$@"
fi

PATH=$PATH:/usr/sbin:/sbin
filesystem=$1 && shift
place=$(mktemp -d "${TMPDIR:-/tmp}/on-$filesystem-XXXXXX")
cleanup() {
  cd /
  umount -l "$place/here" 2>/dev/null || true
  umount -l "$place/base" 2>/dev/null || true
  rm -rf "$place"
}
trap cleanup EXIT
chmod 755 "$place"   # other users come through here
mkdir "$place/here" "$place/base"

# mkfs on a sparse file, and the file as a disk
loop() {
  truncate -s "$1" "$place/image" && shift
  "$@" "$place/image" >/dev/null && mount -o loop "$place/image" "$place/here"
}

case $filesystem in
  ext4) loop 3G mkfs.ext4 -q -F -E lazy_itable_init=1,nodiscard ;;
  xfs) loop 3G mkfs.xfs -q -f ;;
  btrfs) loop 3G mkfs.btrfs -q -f ;;
  tmpfs) mount -t tmpfs -o size=3g fcs "$place/here" ;;
  overlayfs)
    mount -t tmpfs -o size=3g fcs "$place/base"
    mkdir "$place/base/lower" "$place/base/upper" "$place/base/work"
    mount -t overlay -o "lowerdir=$place/base/lower,upperdir=$place/base/upper,workdir=$place/base/work" fcs "$place/here" ;;
  *) echo "no filesystem '$filesystem'; there are ext4, xfs, btrfs, tmpfs, overlayfs" >&2; exit 2 ;;
esac
chmod 1777 "$place/here"
unset LOOM_NAMESPACE
TMPDIR=$place/here "$@"
