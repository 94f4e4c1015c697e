# Told in chapters/05-experiments/11-command-watch.md. Edit it there, or edit here and stitch.
# usage: go-on-where-you-were LOG CURSOR
fcs tail "$1"
