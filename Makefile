# What to do with this repository: `make help`. Needs Python 3.11 or later, and make.
#
# Everything is installed into .venv, once for each state of pyproject.toml. Variables:
#   PYTHON=python3.12    the Python that .venv is made from
#   MODULE=pkg.module    what `make dev` runs instead of the quickstart
#   JOBS=4               how many tests run at once; by default three more than there are processors
#   ARGS="-k cursor"     more arguments, for `make dev` and `make test`

PYTHON ?= python3
# Tests of real processes wait two thirds of their time.
JOBS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 3 )))
VENV := .venv
BIN := $(VENV)/bin
# Twice quiet: errors alone. Warnings are about the configuration of pip itself.
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
INSTALLED := $(VENV)/.installed
INSTALLED_BENCH := $(VENV)/.installed-bench

.DEFAULT_GOAL := help
# A target that failed half-way must not pass for made.
.DELETE_ON_ERROR:

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

.PHONY: dev
dev: $(INSTALLED) ## Run everything here: server, beat, workers, Flower (MODULE=pkg.module: your own)
	@exec $(BIN)/sensors dev $(if $(MODULE),-m $(MODULE)) $(ARGS)

.PHONY: test
test: $(INSTALLED) ## Run the tests (ARGS="-k cursor": some of them)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

.PHONY: lint
lint: $(INSTALLED) ## Check format, style, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: check
check: ## Run all that CI runs: lint, then test
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory test

.PHONY: format
format: $(INSTALLED) ## Format the code, and mend what can be mended without a person
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: bench
bench: $(INSTALLED_BENCH) ## Measure, and print a table
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: clean
clean: ## Remove .venv and caches; the data in .sensors stays
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@command -v $(PYTHON) > /dev/null \
	  || { echo "error: there is no $(PYTHON). Install Python 3.11 or later, or: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "error: $(PYTHON) is $$($(PYTHON) --version 2>&1), and 3.11 or later is needed. Choose another: make PYTHON=python3.11" >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "error: no environment could be made (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }

$(INSTALLED): pyproject.toml | $(BIN)/python
	@echo "Installing what pyproject.toml asks for into $(VENV) (once; a minute or so) ..."
	@$(PIP) install --editable '.[dev]'
	@touch $@

$(INSTALLED_BENCH): $(INSTALLED)
	@echo "Installing what the benchmarks compare with ..."
	@$(PIP) install --editable '.[dev,bench]'
	@touch $@
