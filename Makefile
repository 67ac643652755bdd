VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: refresh test lint ui bench proof ui-proof gate-proof lock

refresh: $(STAMP)
	@$(BIN)/obmi refresh

test: $(STAMP)
	@$(BIN)/python -m pytest

lint: $(STAMP)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

# Dagster's page and daemon, for this machine only: http://127.0.0.1:3000 has no login, and obeys its own page alone.
ui: export OBMI_HOME := $(or $(OBMI_HOME),$(CURDIR)/warehouse)
ui: $(STAMP)
	@umask 027; mkdir -p "$$OBMI_HOME/dagster" && cp dagster.yaml "$$OBMI_HOME/dagster/"
	@DAGSTER_HOME="$$(cd "$$OBMI_HOME/dagster" && pwd)" exec $(BIN)/python -m pipelines.ui

bench: $(STAMP)
	@$(BIN)/python -m tests.bench

# The long proofs: kills at random moments of a refresh (KILLS=10) and of a download (DOWNLOAD_KILLS=200), two
# refreshes at once, SQL that tries to write or never ends, a machine that fails a refresh, hostile files made of the
# publishers' own, a release of all the publishers' files, the built-in figures beside the originals, every proven
# dataset on its own file, 1,000 cells computed again from the raw bytes, a new dataset from its sample file to the mart,
# many more examples of every property, and every city and every pair of cities wrong.
proof: $(STAMP)
	@$(BIN)/python -m tests.proof --kills $(or $(KILLS),10) --downloads $(or $(DOWNLOAD_KILLS),200)

# Dagster's page asked as a stranger would, and looked at in chromium, which it installs with apt-get; and a run whose
# process is killed.
ui-proof: $(STAMP)
	@$(BIN)/python -m tests.proof.ui
	@$(BIN)/python -m tests.proof.dagster_runs

# What the gate catches of seeded defects, and what it holds back of clean refreshes; writes docs/poort.md.
gate-proof: $(STAMP)
	@$(BIN)/python -m tests.proof.gate $(or $(DEFECTS),8)

$(STAMP): requirements.lock pyproject.toml
	@echo "Setting up $(VENV) (once; a minute or two)"
	@python3 -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

lock:
	uv pip compile pyproject.toml --extra dev --extra build --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock
