VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
READY := .cache/texts.json

.PHONY: refresh test lint ui serve bench proof long-proof ui-proof gate-proof orba-proof lock

refresh: $(READY)
	@$(BIN)/obmi refresh

test: $(READY)
	@$(BIN)/python -m pytest

lint: $(STAMP)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

# Dagster's page and daemon, for this machine only: http://127.0.0.1:3000 has no login, and obeys its own page alone.
ui: $(READY)
	@exec $(BIN)/python -m pipelines.ui

# The same behind a login, for a network: docs/server.md.
serve: $(READY)
	@exec $(BIN)/python -m pipelines.serve

bench: $(READY)
	@$(BIN)/python -m tests.bench

# What takes too long for `make test`, in about twenty-five minutes: scenes of whole refreshes, the publishers' own files and a
# release of all of them, changed descriptions, and a few kills and hostile files.
proof: $(READY)
	@$(BIN)/python -m tests.proof

# That with 200 kills and 400 hostile files, and 50 orders of deliveries, faults of the machine, 30 nights with a fault
# each, every file handed over alone and drafted by obmi new, a home of the first version, and many more examples of
# every property: hours.
long-proof: $(READY)
	@$(BIN)/python -m tests.proof --long

# Dagster's page asked as a stranger would, and looked at in chromium, which it installs with apt-get; and a run whose
# process is killed; and an analyst who materialises everything, one theme and one dataset, and decides about a wrong
# file; and a city whose own file is wrong; and how long the page's answers take while a refresh runs.
ui-proof: $(READY)
	@$(BIN)/python -m tests.proof.ui
	@$(BIN)/python -m tests.proof.dagster_runs
	@$(BIN)/python -m tests.proof.desk --all
	@$(BIN)/python -m tests.proof.own_files
	@$(BIN)/python -m tests.proof.page_speed

# What the gate catches of seeded defects, and what it holds back of clean refreshes; writes docs/poort.md.
gate-proof: $(READY)
	@$(BIN)/python -m tests.proof.gate $(or $(DEFECTS),8)

# 300 edits of a plan's workbook as people make them, as openpyxl saves them and as LibreOffice does, which it installs
# with apt-get.
orba-proof: $(READY)
	@$(BIN)/python -m tests.proof.workbook_edits

$(STAMP): requirements.lock pyproject.toml
	@echo "Setting up $(VENV) (once; a minute or two)"
	@python3 -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The models as DuckDB gets them, made once here and not again in every home.
$(READY): $(STAMP) $(wildcard pipelines/transform/*.py models/*/*.sql)
	@$(BIN)/python -m pipelines.transform.texts
	@touch $@

lock:
	uv pip compile pyproject.toml --extra dev --extra build --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock
