# Told in chapters/05-experiments/12-command-topic.md. Edit it there, or edit here and stitch.
# usage: report-what-is-new BUS PLACE
fcs topic tail "$1" --from start --topic | cut -f 1 | sort | uniq -c | while read -r count topic; do
  echo "$topic $count"
done
