# `make serve` and `make test` need only Python 3.11 or newer and a package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VENV_BENCH := .venv-bench
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 1
NOT_CLEAN := "Vulnerable, or not audited: see above for known vulnerabilities, or that the advisory service could not be reached. \
In the latter case run this where it can be reached, or follow docs/security.md, Dependencies."

.PHONY: help serve test install load check lint types docs pin bench fuzz audit

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(VENV)/.installed ## Build the database if needed, then serve it (HOST=, PORT=, WORKERS=)
	$(BIN)/casebook serve --host $(HOST) --port $(PORT) --workers $(WORKERS)

test: $(VENV)/.installed-dev ## Run all tests
	$(BIN)/pytest -n auto --dist worksteal

install: $(VENV)/.installed-dev ## Install everything, including the development dependencies

load: $(VENV)/.installed ## Bring the database to the state of seed_data
	$(BIN)/casebook load

check: $(VENV)/.installed ## List every mistake in seed_data
	$(BIN)/casebook check

lint: $(VENV)/.installed-dev ## Check style, format and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.installed-dev ## Check types
	$(BIN)/mypy

docs: $(VENV)/.installed-dev ## Write docs/openapi.json and the JSON Schemas of the seed files
	$(BIN)/casebook openapi > docs/openapi.json
	$(BIN)/casebook schemas

bench: $(VENV)/.installed $(VENV_BENCH)/.installed ## Compare with other servers (RECORDS=, WORKERS=, ROUNDS=, SECONDS=; WRITE=1 updates docs/performance.md)
	$(BIN)/python -m benchmarks

fuzz: $(VENV)/.installed-dev ## Send requests generated from the OpenAPI document, valid and invalid, for FUZZ_MINUTES (10)
	$(BIN)/python -m tests.fuzzing

audit: $(VENV)/.installed-dev ## Look for known vulnerabilities of the pinned versions; needs the advisory service
	$(BIN)/pip-audit --strict --progress-spinner off --disable-pip --require-hashes --requirement requirements.txt || { echo $(NOT_CLEAN); exit 1; }

pin: $(VENV)/.installed-dev ## Pin the newest versions that pyproject.toml allows, with hashes
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--custom-compile-command "make pin" --group build --extra postgresql pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--custom-compile-command "make pin" --group build --extra dev --constraint requirements.txt pyproject.toml --output-file requirements-dev.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--custom-compile-command "make pin" --extra bench --constraint requirements.txt pyproject.toml --output-file requirements-bench.txt

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

$(VENV_BENCH)/.installed: requirements-bench.txt
	$(PYTHON) -m venv $(VENV_BENCH)
	$(VENV_BENCH)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@
