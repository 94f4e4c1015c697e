# Told in chapters/05-experiments/12-command-topic.md. Edit it there, or edit here and stitch.
# usage: judge-the-dead BUS GROUP COMMAND…
bus=$1 group=$2
shift 2
letters=$(fcs topic dead "$bus" "$group" --json)
status=$?
[ "$status" = 3 ] && exit 0
[ "$status" = 0 ] || exit "$status"
printf '%s\n' "$letters" | while IFS= read -r letter; do
  if printf '%s\n' "$letter" | jq -j .text | "$@" > /dev/null; then
    fcs topic dead "$bus" "$group" "$(printf '%s\n' "$letter" | jq -r .id)" --revive > /dev/null
  fi
done
