# The verbs of this book. Each installs what it misses: npm's packages always, Debian's when root or sudo is there.
SHELL := /bin/bash -o pipefail
.DEFAULT_GOAL := all
NPM := node_modules/.package-lock.json
TS := node --conditions=source --import ./tangle/hooks/typescript.mjs
LOOM := $(TS) tangle/cli.ts
TSC := node node_modules/typescript7/bin/tsc
need = @bash tangle/need.sh
# This book's tests talk to nobody outside, and start Node thousands of times. Each start would read a company's own
# certificates, if there are any. npm, which one test calls, finds them under the other name.
ALONE := env -u NODE_EXTRA_CA_CERTS LOOM_EXTRA_CA_CERTS="$$NODE_EXTRA_CA_CERTS"

## all: tangle the package, weave the book, and show two processes that meet at a name
all: tangle dist book
	@$(TS) generated/namespace/meeting-point.demo.ts
	@echo; echo 'Read the book: book/index.html    Try it: make help'

## tangle: write the chapters' code into generated/
tangle: $(NPM)
	@$(LOOM) tangle $(if $(FORCE),--force)

## check: fail, and change nothing, when anything in the book is wrong or out of date
check: $(NPM)
	@$(LOOM) check
	@$(TSC) -p . --pretty false | $(LOOM) remap
	@bash tangle/lint.sh | $(LOOM) remap

## stitch: carry edits made in generated/ back into the chapters
stitch: $(NPM)
	@$(LOOM) stitch

## watch: tangle again whenever a chapter is saved; BOOK=1 weaves its page, too
watch: $(NPM)
	@$(LOOM) watch $(if $(BOOK),--book)

## test: run every test; TEST=path for some, COVERAGE=1 for the chapters' lines, NODE=24 for another Node, which reads TypeScript by itself
test: tangle dist
	$(need) strace noweb chromium e2fsprogs xfsprogs btrfs-progs gcc procmail python3 zsh fish mandoc jq
ifdef NODE
	@node=$$(bash tangle/newer-node.sh $(NODE)) && $(ALONE) $$node --conditions=source tangle/cli.ts test --native $(or $(TEST),generated)
else
	@$(ALONE) $(LOOM) test $(TEST) $(if $(COVERAGE),--coverage)
endif

## filesystems: the tests of the calls, the patterns and the files module on ext4, xfs, btrfs, tmpfs and overlayfs; ON= and TEST= for some
filesystems: tangle dist
	$(need) e2fsprogs xfsprogs btrfs-progs strace procmail python3
	@$(ALONE) $(LOOM) test --on $(or $(ON),all) $(or $(TEST),$(addprefix generated/,foundations namespace primitives patterns experiments files))

## windows: the files module's tests under Wine, by Windows' own Node; TEST=path for some
windows: tangle
	$(need) wine64
	@$(LOOM) windows $(TEST)

## experiment: measure, and write tables and charts into the chapters; NAME=patterns/atomic-write, QUICK=1, ROW=…
experiment: tangle dist
	@$(TS) experiments/run.ts --install $(or $(NAME),--list) $(if $(QUICK),--quick) $(if $(ROW),--only '$(ROW)')

## diagrams: render the diagrams that changed
diagrams: $(NPM)
	$(need) chromium
	@$(LOOM) diagrams

## book: weave the chapters into HTML pages under book/; PDF=1 and EPUB=1 bind the whole book, too
book: $(NPM)
ifdef PDF
	$(need) chromium
endif
	@$(LOOM) weave $(if $(PDF),--pdf) $(if $(EPUB),--epub)

## where: say where a line comes from and goes to; AT=generated/patterns/atomic-write.ts:42 or AT=chapters/…:42
where: $(NPM)
	@$(LOOM) where $(AT)

## requirements: print which requirements the last full test run has shown; JSON=1 for machines
requirements: $(NPM)
	@$(LOOM) requirements $(if $(JSON),--json)

## exercise: list the exercises, or begin or judge one: NAME=…; SHOW=hint or solution, RESET=1, ALL=1, IN=folder, JSON=1
exercise: dist
	@LOOM_AS=make $(LOOM) exercise $(NAME) $(if $(SHOW),--$(SHOW)) $(if $(RESET),--reset) $(if $(ALL),--all) $(if $(IN),--in $(IN)) $(if $(JSON),--json)

## slides: make a deck of slides for each chapter, in book/slides/
slides: $(NPM)
	@LOOM_AS=make $(LOOM) slides

## outputs: run the run blocks and write what they print into the chapters
outputs: tangle dist
	@$(LOOM) run --refresh $(PAGE)

## clean: remove what can be made again (never chapters, generated/, or the data of experiments)
clean:
	rm -rf dist book .loom node_modules experiments/node_modules
	find generated -name '*.map' -delete

## help: list these verbs
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST) | sed 's/: /\t/' | while IFS=$$'\t' read -r verb words; do printf '  make %-14s %s\n' "$$verb" "$$words"; done

# npm writes its lock below node_modules last, so its time stamp is that of a finished installation. Of two makes at once one
# installs, and the other waits and finds it done.
$(NPM): package.json package-lock.json
	@exec 9>>.npm.lock && flock 9 && if [ ! $@ -nt package.json ] || [ ! $@ -nt package-lock.json ]; then \
	  echo 'installing npm packages…' && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@; fi
	@touch $@

# The package as plain JavaScript, for Node versions and places that do not run TypeScript. It is built beside the old one,
# which a chapter that does not compile leaves as it is.
dist: dist/.built
dist/.built: tangle tangle/tsconfig.build.json $(wildcard tangle/command/*)
	@if [ ! -e $@ ] || [ -n "$$(find generated tangle/tsconfig.build.json tangle/command -newer $@ -type f -name '*.[tsc]*' -not -name '*.map' -print -quit)" ]; then \
	  new=.dist-$$$$ && trap 'rm -rf '$$new EXIT && $(TSC) -p tangle/tsconfig.build.json --outDir $$new && chmod +x $$new/fcs.js && \
	  tangle/command/bundle.sh $$new && node $$new/fcs.cjs manual > $$new/fcs.1 && \
	  mkdir -p $$new/bin && ln -sf ../fcs.cjs $$new/bin/fcs && rm -rf dist && mv $$new dist && touch $@; fi

.PHONY: all tangle check stitch watch test filesystems windows experiment diagrams book where requirements exercise slides outputs clean help dist
