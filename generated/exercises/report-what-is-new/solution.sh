# Told in chapters/05-experiments/12-command-topic.md. Edit it there, or edit here and stitch.
# usage: report-what-is-new BUS PLACE
place=$(cat "$2" 2> /dev/null)
if [ -n "$place" ]; then fcs topic tail "$1" --after "$place" --json > "$2.new"
else fcs topic tail "$1" --from start --json > "$2.new"; fi
status=$?
[ "$status" = 3 ] && exit 0
[ "$status" = 0 ] || exit "$status"
report=$(jq -r .topic "$2.new" | sort | uniq -c | awk '{ print $2, $1 }')
printf '%s\n' "$report" || exit 1
tail -n 1 "$2.new" | jq -r .id > "$2.next" && mv "$2.next" "$2"
rm "$2.new"
