# Told in chapters/05-experiments/13-command-manual.md. Edit it there, or edit here and stitch.
# usage: stale-options < LINES
cat > /dev/null
