# The commands of a day. Each says what it does; `make setup` is quick when nothing has changed.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
ARGS ?=
# The tests wait more than they work (for processes, kernels, timers), so a core takes more than one of them.
WORKERS ?= 3
# They make thousands of small databases and repositories: in memory, where there is room for them, nobody waits for a disk.
ROOM := $(shell [ -w /dev/shm ] && [ "$$(df -Pk /dev/shm | awk 'END { print $$4 }')" -gt 6000000 ] && echo TMPDIR=/dev/shm)
PYTEST := $(ROOM) $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Hundreds of processes are started here: none of them is to compile what the one before has compiled.
unexport PYTHONDONTWRITEBYTECODE
# The build hooks look for jlpm and jupyter-builder on PATH.
export PATH := $(abspath $(BIN)):$(PATH)

SOURCES_TS := $(shell find extension/src extension/style extension/schema -type f 2>/dev/null) extension/package.json extension/tsconfig.json

.PHONY: help setup lab test check types lint floors generated bench wheel generate recordings browser clean

help: ## Lists these commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(STAMPS)/venv:
	@echo "==> Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS)
	@touch $@

$(STAMPS)/tools: $(STAMPS)/venv pyproject.toml
	@echo "==> Installing JupyterLab, the build tools and the test tools (a few minutes the first time)"
	@$(BIN)/python extension/scripts/requirements.py claude dev > $(STAMPS)/requirements.txt
	@$(BIN)/python -m pip install --quiet -r $(STAMPS)/requirements.txt 2> >(grep -v 'is ignored: it is neither a file nor a directory' >&2)
	@touch $@

$(STAMPS)/node: $(STAMPS)/tools extension/package.json extension/yarn.lock
	@echo "==> Installing the front end's packages"
	@cd extension && ../$(BIN)/jlpm install --immutable > ../$(STAMPS)/jlpm.log || { cat ../$(STAMPS)/jlpm.log; exit 1; }
	@touch $@

$(STAMPS)/extension: $(STAMPS)/node $(SOURCES_TS)
	@echo "==> Building the front end"
	@cd extension && ../$(BIN)/jlpm build > ../$(STAMPS)/build.log || { cat ../$(STAMPS)/build.log; exit 1; }
	@touch $@

$(STAMPS)/package: $(STAMPS)/extension pyproject.toml
	@echo "==> Installing Workbench itself, editable"
	@# A link of an earlier set-up would lead pip's files into the build, and twice into a wheel.
	@rm -rf $(VENV)/share/jupyter/labextensions/@jupyter-workbench workbench/labextension/install.json
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e . 2> >(grep -v 'is ignored: it is neither a file nor a directory' >&2)
	@$(BIN)/jupyter-builder develop --overwrite . > $(STAMPS)/develop.log 2>&1 || { cat $(STAMPS)/develop.log; exit 1; }
	@touch $@

setup: $(STAMPS)/package ## Makes .venv with everything that the other commands need
	@echo "==> Ready: $(BIN)/workbench"

browser: $(STAMPS)/package
	@$(BIN)/python tests/browser.py

lab: setup ## Opens JupyterLab on the tour (ARGS=--no-browser prints the URL)
	@echo "==> Starting JupyterLab on notebooks/01-tour.ipynb"
	@exec $(BIN)/workbench lab $(ARGS) notebooks/01-tour.ipynb

check: setup ## The quick loop: lint, types, floors, generated files, unit tests
	@# Each of these keeps one core busy.
	@$(MAKE) --no-print-directory -j2 types lint floors generated
	@echo "==> Python tests that take under five seconds"; $(PYTEST) -m "not slow and not ui and not vendor" $(ARGS)
	@echo "==> Front-end tests"; cd extension && ../$(BIN)/jlpm test

types:
	@echo "==> Types"; $(BIN)/mypy --no-error-summary

lint:
	@echo "==> Lint";  $(BIN)/ruff check . && $(BIN)/ruff format --check --quiet . && cd extension && ../$(BIN)/jlpm format:check

floors:
	@echo "==> Floors"; $(BIN)/lint-imports --no-cache > $(STAMPS)/floors.log || { cat $(STAMPS)/floors.log; exit 1; }

generated:
	@echo "==> Generated files"; $(BIN)/python extension/scripts/generate.py --check

test: setup browser ## Everything: check, then slow, vendor and browser tests
	@$(MAKE) --no-print-directory check ARGS=
	@echo "==> Slow and vendor tests"
	@$(PYTEST) -m "(slow or vendor) and not ui" $(ARGS)
	@echo "==> Browser tests, in processes of their own: Playwright's loop stays open in the thread that uses it"
	@$(ROOM) $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -m ui tests/ui $(ARGS)

$(STAMPS)/peers: $(STAMPS)/tools
	@echo "==> Installing the tools to compare with, below $(VENV)/peers"
	@mkdir -p $(VENV)/peers
	@npm install --silent --no-save --prefix $(VENV)/peers ccusage@20.0.24 || echo "==> ccusage cannot be installed: its column stays empty"
	@$(BIN)/python -m venv $(VENV)/peers/monitor && $(VENV)/peers/monitor/bin/pip install --quiet claude-monitor==4.0.0 2> $(STAMPS)/peers.log || echo "==> claude-monitor cannot be installed: its column stays empty"
	@touch $@

bench: setup $(STAMPS)/peers ## Benchmarks: ratios in one run, medians
	@$(BIN)/python tests/benchmarks/run.py $(ARGS)

generate: setup ## Writes protocol.ts and schema.sql from their sources
	@$(BIN)/python extension/scripts/generate.py

recordings: setup ## Records the examples anew, with the real Claude Code before a scripted model (ARGS=--check compares)
	@$(BIN)/python tests/recordings/make.py $(ARGS)

wheel: $(STAMPS)/node ## Builds dist/*.whl and dist/*.tar.gz
	@echo "==> Building sdist and wheel"
	@cd extension && ../$(BIN)/jlpm build:prod > ../$(STAMPS)/build.log || { cat ../$(STAMPS)/build.log; exit 1; }
	@$(BIN)/python -m build --no-isolation . > $(STAMPS)/wheel.log 2>&1 || { cat $(STAMPS)/wheel.log; exit 1; }
	@ls dist

clean: ## Removes what these commands made
	rm -rf $(VENV) dist build workbench/labextension workbench/hosts/static/widget.js extension/lib extension/node_modules extension/tsconfig.tsbuildinfo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
