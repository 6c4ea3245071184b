# make test, make demo, make bench: the development commands. They use an environment of their own in .venv, which is made at
# the first call and installed into again only when setup.cfg, pyproject.toml or the build backend changed. The same holds for
# the JavaScript packages in node_modules and package-lock.json.

PYTHON ?= python3
VENV ?= .venv
# Other Pythons that are at hand, in PATH or among those of pyenv: the newest, for test-newest; one for which the oldest
# versions were made, for test-lowest.
at_hand = $(shell for each in $(1); do for python in python$$each $$HOME/.pyenv/versions/$$each.*/bin/python; do \
	$$python -c 'import ensurepip, sqlite3, ssl' 2>/dev/null && echo $$python && exit; done; done)
NEWEST ?= $(call at_hand,3.14 3.13 3.12)
OLDEST ?= $(call at_hand,3.11 3.12)
ONLY ?=
BASE ?= main
# How many processes share the Python tests, and how many parts of `make test` run side by side: for 2 cores and 6 GB.
WORKERS ?= 2
PARTS ?= 2

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
FRONT_END := $(BIN)/python tools/front_end.py

# The browser of the browser tests; CHROMIUM=path for another one.
CHROMIUM ?= $(firstword $(shell command -v chromium || command -v chromium-browser || command -v google-chrome))
export CHROMIUM

.PHONY: help check test test-python test-front-end test-browser test-lowest test-newest demo pictures bench lint format environment clean
.DEFAULT_GOAL := help

help:
	@echo "make check    lint, types and the tests near what changed against main, in about a minute; BASE=branch for another one"
	@echo "make test     all checks and tests (formatting, types, import rules, pytest, vitest, browser)"
	@echo "make test-lowest  what works with the oldest versions that setup.cfg allows; test-newest: with the newest Python here"
	@echo "make demo     three nodes train on handwritten digits, in a scratch folder"
	@echo "make bench    measurements; ONLY=name for one, PYTHON=path for another interpreter"
	@echo "make pictures the README's pictures of the panel, taken anew while the example runs"
	@echo "make lint     the checks without the tests"
	@echo "make format   rewrite the source files in the project's format"
	@echo "make clean    remove what these commands made"

environment: $(INSTALLED)

# The package is installed as a link to this folder, so a changed source file needs no new installation.
$(INSTALLED): setup.cfg pyproject.toml tools/build_backend.py tools/front_end.py $(wildcard etc/jupyter/*/*.json)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Python 3.11 or newer is needed, {sys.executable} is {sys.version.split()[0]}: make PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(FRONT_END) node || $(BIN)/python -m pip install --quiet --disable-pip-version-check "$$($(FRONT_END) wheel)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lab]'
	@touch $@

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(FRONT_END) run --silent lint

check: $(INSTALLED)
	@$(FRONT_END) install
	@$(BIN)/python tools/check.py --base $(BASE)

# The longest first. What they have in common is installed before, so that none finds it half made.
test: $(INSTALLED)
	$(FRONT_END) install
	$(BIN)/python tools/side_by_side.py --at-once $(PARTS) \
		$(foreach part,python browser lint front-end lowest newest,"$(MAKE) --no-print-directory $(if $(filter lint,$(part)),,test-)$(part)")

# A file is not divided between the processes: its tests share servers and kernels.
test-python: $(INSTALLED)
	$(BIN)/python -m pytest -q $(if $(filter-out 1,$(WORKERS)),--numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder)

test-front-end: $(INSTALLED)
	$(FRONT_END) run --silent test

# A process of their own: Playwright's event loop and that of pytest-jupyter do not share one. They use the panel as it is
# in alphamed_nb/labextension, not the copy that pip installed. Without a browser they fail: nobody should believe that
# they ran.
test-browser: $(INSTALLED)
ifneq ($(wildcard tests/browser/test_*.py),)
	@test -n "$(CHROMIUM)" || { echo "The browser tests need Chromium and a font with Chinese characters, and there is no chromium here. Install them (Debian, Ubuntu: apt-get update && apt-get install -y chromium fonts-noto-cjk), or say where one is: make test CHROMIUM=/path/to/chromium" >&2; exit 1; }
	$(FRONT_END) build
	$(BIN)/python -m pytest -q tests/browser
endif

# Two more environments, without torch: the oldest versions that setup.cfg allows, and the newest with the newest Python.
# What must work in each is a hub in Jupyter, two notebooks that are nodes, a stream each way, and `alphamed-nb run`.
ELSEWHERE := tests/system/test_two_nodes.py tests/cli/test_run_as_python.py
TEST_TOOLS := 'pytest>=8.2' 'pytest-timeout>=2.3'

.venv-lowest/.installed: tests/lowest.txt
	rm -rf $(@D) && $(OLDEST) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --requirement $< $(TEST_TOOLS)
	@touch $@

.venv-newest/.installed: tests/lowest.txt
	rm -rf $(@D) && $(NEWEST) -m venv $(@D)
	sed 's/==/>=/' $< | $(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --requirement /dev/stdin $(TEST_TOOLS)
	@touch $@

ifneq ($(OLDEST),)
test-lowest: .venv-lowest/.installed
	.venv-lowest/bin/python -m pytest -q $(ELSEWHERE)
else
test-lowest:
	@echo "Neither Python 3.11 nor 3.12 is at hand, for which the oldest versions were made: they are not tried (make test-lowest OLDEST=/path/to/python)."
endif

ifneq ($(NEWEST),)
test-newest: .venv-newest/.installed
	.venv-newest/bin/python -m pytest -q $(ELSEWHERE)
else
test-newest:
	@echo "No Python newer than 3.11 is at hand: nothing is tried with one (make test-newest NEWEST=/path/to/python)."
endif

demo: $(INSTALLED)
	$(BIN)/python tools/demo.py

# Needs the browser, as test-browser does.
pictures: $(INSTALLED)
	$(FRONT_END) build
	$(BIN)/python tools/pictures.py

# An interpreter given with PYTHON= is used as it is (it must have alphamed_nb installed).
ifeq ($(origin PYTHON),file)
bench: $(INSTALLED)
	$(BIN)/python -m benchmarks $(ONLY)
else
bench:
	$(PYTHON) -m benchmarks $(ONLY)
endif

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(FRONT_END) run --silent format

clean:
	rm -rf $(VENV) .venv-lowest .venv-newest node_modules labextension/lib alphamed_nb/labextension build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis benchmarks/results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
