# Told in chapters/05-experiments/10-command-queue.md. Edit it there, or edit here and stitch.
# usage: three-workers QUEUE N COMMAND…
queue=$1 count=$2
shift 2
export FAILED=$queue.failed
worker() {
  # what fails is put aside, and so it is done with as far as this queue goes
  fcs queue take "$queue" --repeat -- sh -c '
    cat > "$FAILED.$FCS_MESSAGE"
    "$@" < "$FAILED.$FCS_MESSAGE" || fcs queue put "$FAILED" < "$FAILED.$FCS_MESSAGE" > /dev/null
    rm "$FAILED.$FCS_MESSAGE"' sh "$@"
}
while [ "$count" -gt 0 ]; do
  worker "$@" &
  count=$((count - 1))
done
wait
[ -e "$FAILED" ] || exit 0
fcs queue take "$FAILED" --repeat -- fcs queue put "$queue" > /dev/null
rm -r "$FAILED"
exit 1
