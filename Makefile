# `make serve` and `make test` need nothing but Python 3.11 or newer and a package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VENV_BENCH := .venv-bench
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 1
NOT_CLEAN := "Not clean, or not audited: what is above names a vulnerability, or says that the advisory service was not reached. \
Then run this where it can be, or do as docs/security.md says under Dependencies."

.PHONY: help serve test install load check lint types docs pin bench fuzz audit

help: ## List what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(VENV)/.installed ## Build the database where needed, then serve on $(HOST):$(PORT)
	$(BIN)/casebook serve --host $(HOST) --port $(PORT) --workers $(WORKERS)

test: $(VENV)/.installed-dev ## Run all tests
	$(BIN)/pytest -n auto --dist worksteal

install: $(VENV)/.installed-dev ## Install everything, also what only development needs

load: $(VENV)/.installed ## Bring the database to what seed_data says
	$(BIN)/casebook load

check: $(VENV)/.installed ## List everything that is wrong with seed_data
	$(BIN)/casebook check

lint: $(VENV)/.installed-dev ## Check style and the rules of who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.installed-dev ## Check types
	$(BIN)/mypy

docs: $(VENV)/.installed-dev ## Write docs/openapi.json and the schemas of the seed files anew
	$(BIN)/casebook openapi > docs/openapi.json
	$(BIN)/casebook schemas

bench: $(VENV)/.installed $(VENV_BENCH)/.installed ## Measure against other servers (RECORDS=, WORKERS=, ROUNDS=; WRITE=1 writes docs/performance.md)
	$(BIN)/python -m benchmarks

fuzz: $(VENV)/.installed-dev ## Ask whatever the OpenAPI document allows, and more, for FUZZ_MINUTES (10)
	$(BIN)/python -m tests.fuzzing

audit: $(VENV)/.installed-dev ## Look for known vulnerabilities of what is pinned; needs the advisory service
	$(BIN)/pip-audit --strict --progress-spinner off --disable-pip --require-hashes --requirement requirements.txt || { echo $(NOT_CLEAN); exit 1; }

pin: $(VENV)/.installed-dev ## Choose the newest versions that pyproject.toml allows, and pin them with hashes
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
