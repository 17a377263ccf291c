# Everything runs in .venv, which is made on the first call and left alone until requirements/ or setup.cfg change.
#   make PYTHON=/path/to/python3.11 test     picks the interpreter
VENV := .venv
STAMP := $(VENV)/.installed
BIN := $(VENV)/bin
CHROMIUM := $(VENV)/.chromium
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTHON ?=
# A process a core with a thread each; a file's tests stay together, as they share what is slow to make.
PYTEST_ARGS ?= --cov --numprocesses auto --dist loadfile

.PHONY: help install demo test lint format docs

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1@\2/p' Makefile | column -t -s@ 2>/dev/null || grep '##' Makefile

install: $(STAMP)  ## set up .venv with the tested versions

demo: $(STAMP)  ## learn keypoints of the embedded puppets on the CPU, and show the result
	$(BIN)/python tools/demo.py $(DEMO_ARGS)

test: $(STAMP) $(CHROMIUM)  ## run the tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(STAMP)  ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP)  ## mend style and format where that can be done without thinking
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP)  ## build the documentation site, without the network; fails for a warning
	NO_MKDOCS_2_WARNING=true $(BIN)/mkdocs build --strict
	@echo 'The site is in work_dirs/docs_site; with its search: $(BIN)/python -m http.server --directory work_dirs/docs_site'

$(STAMP): $(wildcard requirements/*.txt) setup.cfg pyproject.toml
	@for python in $(or $(PYTHON),python3.11 python3.10); do \
		if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] not in ((3, 10), (3, 11)))' >/dev/null 2>&1; \
		then echo "Setting up $(VENV) with $$python (once; some minutes, most of them for torch)"; exec "$$python" -m venv $(VENV); fi; \
	done; \
	echo 'Needs Python 3.10 or 3.11 with venv and pip, and found none as $(or $(PYTHON),python3.11 or python3.10): install one, or say make PYTHON=/path/to/python3.11.' >&2; exit 1
	$(PIP) install --quiet -r requirements/torch.txt
	$(PIP) install --quiet -r requirements/torch.txt -r requirements/runtime.txt
	$(PIP) install --quiet --no-deps -r requirements/openmmlab.txt
	$(PIP) install --quiet --no-build-isolation --editable '.[test,lint,docs,cli,studio,export]'
	@touch $@

# The studio's page is tested in a real browser.
$(CHROMIUM): $(STAMP)
	@if $(BIN)/python -c 'import sys; from tests.browser import find; sys.exit(find() is None)'; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo 'Installing chromium, for the tests of the studio (once)'; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else \
		echo 'The tests of the studio need Chromium and found none: install it (on Debian or Ubuntu `sudo apt-get install chromium`), or name one in KPGAN_CHROMIUM.' >&2; exit 1; \
	fi
	@touch $@
