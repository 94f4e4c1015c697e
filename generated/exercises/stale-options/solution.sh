# Told in chapters/05-experiments/13-command-manual.md. Edit it there, or edit here and stitch.
# usage: stale-options < LINES
status=0
while read -r line; do
  # shellcheck disable=SC2086 # noun and verb are two words
  fcs ${line% --*} --help < /dev/null | grep -q -e " --${line##* --}\\([][ =]\\|\$\\)" || { echo "$line"; status=1; }
done
exit "$status"
