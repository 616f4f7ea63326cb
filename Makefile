# Needs Python 3.11 or later and make; every target makes .venv with the rest first.

PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; sys.version_info < (3, 11) or print("$(name)")' 2>/dev/null)))
BIN := .venv/bin

.PHONY: help install chat test test-all check eval eval-all bench

help:
	@echo "make chat      ask questions in the browser"
	@echo "make test      the tests (make test-all: the slow ones too)"
	@echo "make eval      score the answers against evals/; fails below its thresholds"
	@echo "make eval-all  the same on other documents and in other words too"
	@echo "make check     linter, formatter and type checker"
	@echo "make bench     how long an answer, a start and an index take"
	@echo "make install   only what all of these do first: .venv, with .venv/bin/assistant"

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or later found: install one, or make $(MAKECMDGOALS) PYTHON=/where/it/is" >&2; exit 1; }
	@echo "Installing into .venv; this takes some minutes the first time."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -c constraints.txt -e '.[dev,mcp,train]'
	@touch $@

chat: install
	$(BIN)/assistant chat

test: install
	$(BIN)/python -m pytest

test-all: install
	$(BIN)/python -m pytest -m ''

check: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

eval: install
	$(BIN)/assistant eval

eval-all: eval
	$(BIN)/assistant --corpus evals/other/corpus eval --evals evals/other
	$(BIN)/assistant eval --evals evals/reworded

bench: install
	$(BIN)/python tests/bench.py
