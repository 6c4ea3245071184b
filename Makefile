# make test, make demo, make bench: the development commands. They use an environment of their own in .venv, which is made at
# the first call and installed into again only when setup.cfg, pyproject.toml or the build backend changed.

PYTHON ?= python3
VENV ?= .venv
ONLY ?=

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: help test demo bench lint format environment clean
.DEFAULT_GOAL := help

help:
	@echo "make test     all checks and tests (formatting, types, import rules, pytest)"
	@echo "make demo     three nodes train on handwritten digits, in a scratch folder"
	@echo "make bench    measurements; ONLY=name for one, PYTHON=path for another interpreter"
	@echo "make lint     the checks without the tests"
	@echo "make format   rewrite the source files in the project's format"
	@echo "make clean    remove what these commands made"

environment: $(INSTALLED)

# The package is installed as a link to this folder, so a changed source file needs no new installation.
$(INSTALLED): setup.cfg pyproject.toml tools/build_backend.py $(wildcard etc/jupyter/*/*.json)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Python 3.11 or newer is needed, {sys.executable} is {sys.version.split()[0]}: make PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lab]'
	@touch $@

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: lint
	$(BIN)/python -m pytest -q

demo: $(INSTALLED)
	$(BIN)/python tools/demo.py

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

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis benchmarks/results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
