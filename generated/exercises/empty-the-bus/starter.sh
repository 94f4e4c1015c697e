# Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
# usage: empty-the-bus BUS
while fcs bus take "$1"; do
  echo
done
