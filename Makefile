# Every command of the project. The environment is made by itself and remade when its lock changes.
#     make book     make test     make grade ASSIGNMENT=inception

VENV ?= .venv
ASSIGNMENT ?= inception
JOBS ?= 2
PORT ?= 8000

# oneDNN must be off before TensorFlow is imported: with it on, strided 1x1 convolutions crash on some processors.
export TF_ENABLE_ONEDNN_OPTS := 0
export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONUTF8 := 1

READY := $(VENV)/.ready
RUN := PATH="$(abspath $(VENV))/bin:$$PATH"
SITE := _build/html
PASSED := _build/passed
# Every page of the book that is a notebook, the appendices too; each is replayed when it changes.
REPLAYED := $(patsubst book/%.ipynb,$(PASSED)/replayed/%,$(wildcard book/*.ipynb))
# What the tests of the package and of the tools look at.
# (not the generated submissions: file names with spaces are no names for make)
TESTED := $(shell git ls-files autograder tools book solutions exercises _config.yml _toc.yml nbgrader_config.py ':!autograder/tests/cohort/submitted' 2>/dev/null)

.PHONY: help book serve notebooks test lint drift tests replay exam soak grade graders bench matrix lock clean
.DELETE_ON_ERROR:

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

$(READY): requirements.txt pyproject.toml tools/environment.py
	@python=$$(sh tools/find_python.sh) && "$$python" tools/environment.py "$(VENV)"

book: $(READY) ## build the book, executing the chapters that changed
	@$(RUN) python tools/notebooks.py --execute --jobs $(JOBS)
	@$(RUN) jupyter-book build . --warningiserror --nitpick --keep-going
	@echo "The book: $(abspath $(SITE))/index.html"

serve: book ## show the built book at http://localhost:8000
	@echo "Serving the book at http://localhost:$(PORT) until Ctrl-C"
	@$(RUN) python -m http.server $(PORT) --bind 127.0.0.1 --directory $(SITE)

notebooks: $(READY) ## regenerate every generated file from its source
	@$(RUN) python tools/ledger.py
	@$(RUN) python tools/notebooks.py
	@$(RUN) python -m autograder reference
	@$(RUN) python tools/cohort.py

test: lint drift tests replay ## lint, drift of generated files, unit tests, replay, sample cohort
	@echo "== all tests passed"

lint: $(READY)
	@echo "== lint, spelling, storeys"
	@$(RUN) ruff check --quiet .
	@$(RUN) codespell
	@mkdir -p $(dir $(PASSED))
	@$(RUN) lint-imports >$(PASSED).log 2>&1 || { cat $(PASSED).log; exit 1; }

drift: $(READY)
	@echo "== generated files follow from their sources"
	@$(RUN) python tools/ledger.py --check
	@$(RUN) python tools/notebooks.py --check
	@$(RUN) python -m autograder reference --check
	@$(RUN) python tools/cohort.py --check

# Kernels and builds that the tests start keep one core busy at a time: three groups of tests side by side.
tests: $(READY)
	@echo "== tests of the package and of the tools, with the sample cohort"
	@$(MAKE) --no-print-directory -j $(JOBS) $(addprefix $(PASSED)/tests/,grading autograder tools)

$(PASSED)/tests/%: $(READY) $(TESTED)
	@mkdir -p $(@D)
	@$(RUN) pytest -q -p no:cacheprovider $(TESTS_$*) -m "not exam and not soak" >$@.log 2>&1 || { cat $@.log; exit 1; }
	@cat $@.log && touch $@

TESTS_grading := autograder/tests/grading
TESTS_autograder := autograder --ignore autograder/tests/grading
TESTS_tools := tools

# A kernel's start and its import of TensorFlow keep one core busy: two chapters at a time.
replay: $(READY)
	@echo "== stored outputs of the chapters, replayed"
	@$(MAKE) --no-print-directory --silent -j $(JOBS) $(REPLAYED)

$(PASSED)/replayed/%: book/%.ipynb $(READY) book/conftest.py tools/drawings.py
	@mkdir -p $(@D)
	@$(RUN) pytest -q -p no:cacheprovider --nbval --nbval-current-env $< >$@.log 2>&1 || { cat $@.log; exit 1; }
	@echo "$*: $$(tail -n 1 $@.log)" && touch $@

exam: book ## what tests leave out: the grader's own exam, large networks, the pages in a browser
	@echo "== the grader's own exam, beside two usual graders"
	@$(RUN) python tools/graders_table.py --check
	@$(RUN) pytest -q autograder tools -m exam

soak: book ## the same at full size
	@$(RUN) pytest -q autograder tools -m "exam or soak"

# Without submissions of one's own the sample cohort is graded, in a course of its own: no real gradebook holds it.
SAMPLE := autograder/tests/cohort/submitted
SAMPLE_COURSE := _build/sample_cohort

grade: $(READY) ## grade a cohort: make grade ASSIGNMENT=inception [SUBMITTED=folder]
ifneq ($(SUBMITTED)$(wildcard submitted),)
	@$(RUN) python -m autograder grade $(ASSIGNMENT) --jobs $(JOBS) $(if $(SUBMITTED),--submitted $(SUBMITTED))
else
	@echo "No folder submitted/ here: grading the sample cohort into $(SAMPLE_COURSE)/."
	@mkdir -p $(SAMPLE_COURSE) && cd $(SAMPLE_COURSE) && rm -rf solutions exercises
	@cp -R solutions exercises nbgrader_config.py $(SAMPLE_COURSE)
	@$(RUN) python -m autograder grade $(ASSIGNMENT) --jobs $(JOBS) --submitted $(SAMPLE) --course $(SAMPLE_COURSE)
endif

graders: $(READY) ## examine the grader and two usual ones, and write the table of who accepts what
	@$(RUN) python tools/graders_table.py

bench: $(READY) ## measure: stock nbgrader against this grader, stock jupyter-book against this book
	@$(RUN) python tools/bench_judging.py --large
	@$(RUN) python tools/bench.py
	@$(RUN) python tools/bench_book.py

matrix: $(READY) ## execute the chapters with the versions pinned here and with Colab's, and write the table of both
	@$(RUN) python tools/matrix.py --jobs $(JOBS)

lock: $(READY) ## resolve the newest versions that pyproject.toml allows into requirements.txt
	@$(RUN) uv pip compile --quiet --universal --upgrade --all-extras --python-version 3.11 --no-header pyproject.toml -o requirements.txt
	@echo "-e ." >> requirements.txt

clean: ## remove what was built, not the environment
	@rm -rf _build
