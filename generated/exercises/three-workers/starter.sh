# Told in chapters/05-experiments/10-command-queue.md. Edit it there, or edit here and stitch.
# usage: three-workers QUEUE N COMMAND…
queue=$1
shift 2
fcs queue take "$queue" --repeat -- "$@"
