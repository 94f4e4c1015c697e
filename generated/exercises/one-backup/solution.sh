# Told in chapters/05-experiments/08-command-lock.md. Edit it there, or edit here and stitch.
# usage: one-backup LOCK COMMAND…
exec 9>> "$1"
shift
fcs lock --fd 9 --nonblock --quiet --conflict-exit-code 3
case $? in
  0) "$@" ;;
  3) echo "already running" ;;
  *) exit 1 ;;
esac
