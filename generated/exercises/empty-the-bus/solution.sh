# Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
# usage: empty-the-bus BUS
while true; do
  fcs bus take "$1"
  status=$?
  [ "$status" = 0 ] || break
  echo
done
[ "$status" = 3 ] || exit "$status"
