# Lakeward from a bare checkout: `make demo` shows it, `make test` proves it, `make check` is what CI runs first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# made anew whenever the pins change
READY := $(VENV)/.ready-$(shell cat requirements/dev.txt requirements/uv.txt pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
RUN := env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tools $(BIN)/python

.PHONY: help setup demo test bench sweep check format crds docs verify lock clean

help: ## Print this help.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with the locked dependencies; done by itself where it is needed.

$(READY):
	@$(PYTHON) tools/prerequisites.py
	@echo "Setting up Python in $(VENV) (about a minute the first time)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## Show a model on its way from development to production (KEEP=1 leaves it running until Ctrl-C).
	@exec $(RUN) -m demo $(if $(KEEP),--keep)

# each of them has a lakehouse and a cluster of its own; a file stays in one of them
WORKERS := 2

test: $(READY) ## Run all tests; the first run builds a Kubernetes control plane (about 5 minutes).
	@$(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=loadfile $(ARGS)

sweep: $(READY) ## Kill the operator before and after every write of every story, and show the table (minutes).
	@$(BIN)/python -m pytest tests/sweep/test_sweep.py --sweep=all --capture=no --quiet $(ARGS)

bench: $(READY) ## Measure the figures beside their targets (about 10 minutes; ARGS="--only quiet", ARGS=--quick).
	@exec $(RUN) -m benchmarks $(ARGS)

check: $(READY) ## Lint, types, import contracts, generated files.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(MAKE) verify

format: $(READY) ## Format and mend what ruff can mend.
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

crds: $(READY) ## Write crds/ from the models.
	@$(BIN)/lakeward crds --output crds

docs: $(READY) ## Write the tables of docs/ from the code.
	@$(RUN) -m docs.generate

verify: $(READY) ## Fail where crds/ or docs/ is not what the code says.
	@scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; \
	$(BIN)/lakeward crds --output "$$scratch" > /dev/null; \
	diff -r -u crds "$$scratch" || { echo "crds/ is not what the models make: run make crds"; exit 1; }
	@$(RUN) -m docs.generate --check

lock: $(READY) ## Renew the locks in requirements/ from pyproject.toml.
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --extra dev -o requirements/dev.txt pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header -c requirements/dev.txt -o requirements/operator.txt pyproject.toml

clean: ## Remove .venv and what tools left in the checkout; the built control plane stays in its cache.
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
