# Everything a developer or CI runs. `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TOOLS := .tools

# make test T=tests/commands/test_delete.py runs these alone, without the coverage bound.
T ?=
# make migration M="add a column" names the migration after this.
M ?=
# What the whole of tests/ has to cover, in percent of branches and lines.
COVERAGE := 95
# In as many processes as this; a few files alone are quicker in one.
WORKERS ?= 4
WHOLE := -n $(WORKERS) --dist worksteal --cov=bot --cov-report=term --cov-fail-under=$(COVERAGE)

STAMP := $(VENV)/.installed

# Programs that the tests start by the dozen are not to be compiled anew each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) \
	  | while IFS=$$'\t' read -r name text; do printf 'make %-15s %s\n' "$$name" "$$text"; done

$(STAMP): requirements.lock pyproject.toml scripts/setup-venv scripts/lib.sh
	@PYTHON="$(PYTHON)" scripts/setup-venv "$(VENV)"
	@touch $@

.PHONY: venv
venv: $(STAMP) ## the virtual environment alone

.PHONY: dev
dev: $(STAMP) ## a virtual environment, and the commit hook
	@$(BIN)/pre-commit install || echo "No commit hook: this is not a git checkout, or hooks are kept elsewhere."

.PHONY: demo
demo: $(STAMP) ## the main job, without a Slack workspace or a registry
	@$(BIN)/registry-bot demo

.PHONY: check
check: $(STAMP) ## formatting, lint, types, imports, spelling, generated docs
	@failed=; \
	run() { echo "$$*"; "$(BIN)/$$@" || failed="$$failed $$1"; }; \
	run ruff format --check --quiet .; \
	run ruff check .; \
	run mypy; \
	run lint-imports --no-cache --no-logo; \
	run codespell; \
	run python scripts/generate_docs.py --check; \
	[ -z "$$failed" ] || { echo "make check found something:$$failed" >&2; exit 1; }

.PHONY: format
format: $(STAMP) ## let ruff write what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: $(STAMP) ## write the pages that follow from the code
	$(BIN)/python scripts/generate_docs.py

.PHONY: migration
migration: $(STAMP) ## a new migration, to be read and edited: M="add a column"
	@test -n "$(M)" || { echo 'Say what it does: make migration M="add a column"' >&2; exit 2; }
	@work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	  export DATABASE_URL="sqlite+aiosqlite:///$$work/empty.db" REGISTRY_BOT_CONFIG=/dev/null; \
	  $(BIN)/alembic upgrade head && $(BIN)/alembic revision --autogenerate -m "$(M)"

.PHONY: test
test: $(STAMP) ## all tests, with what they need; T=PATH for some of them
	@PYTHON="$(BIN)/python" scripts/setup-test-servers "$(TOOLS)"
	$(BIN)/pytest $(if $(T),$(T),$(WHOLE))

.PHONY: image-test
image-test: $(STAMP) ## build the image for real and run it
	@PYTHON="$(BIN)/python" scripts/setup-test-servers "$(TOOLS)" image
	$(BIN)/pytest --image tests/image

.PHONY: bench
bench: $(STAMP) ## times of answers, searches and registry operations, memory
	@PYTHON="$(BIN)/python" scripts/setup-test-servers "$(TOOLS)" bench
	$(BIN)/pytest -p no:randomly -s tests/benchmarks

.PHONY: pictures
pictures: $(STAMP) ## draw the pictures in docs/
	$(BIN)/python -m scripts.pictures.make

.PHONY: golden
golden: $(STAMP) ## write what the bot says anew; then read git diff tests/golden
	@UPDATE_GOLDEN=1 $(BIN)/pytest -q tests/golden

.PHONY: golden-pictures
golden-pictures: $(STAMP) ## draw all of that, into build/golden
	$(BIN)/python -m scripts.pictures.golden

.PHONY: slack-schema
slack-schema: $(STAMP) ## what Slack's types say of blocks, anew from npm
	$(BIN)/python scripts/slack_schema.py "$(TOOLS)"

.PHONY: run
run: $(STAMP) ## serve, with the settings in .env
	@set -a; if [ -f .env ]; then . ./.env; fi; set +a; exec $(BIN)/registry-bot serve

.PHONY: lock
lock: $(STAMP) ## newest versions into requirements.lock
	@scripts/lock "$(VENV)" "$(TOOLS)"

.PHONY: clean
clean: ## remove what make made
	rm -rf $(VENV) $(TOOLS) build dist .coverage .hypothesis .import_linter_cache \
	  .mypy_cache .pytest_cache .ruff_cache
	find bot migrations scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
