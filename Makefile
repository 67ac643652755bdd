VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: refresh test lint ui bench proof gate-proof lock

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
# refreshes at once, SQL that tries to write or never ends, Dagster's page asked as a stranger would and looked at in
# chromium (which it installs with apt-get), the figures and subjects in a release of all the publishers' files, many more examples of every
# property, the built-in figures beside the originals, 1,000 cells computed again from the raw bytes, a new dataset
# from its sample file to the mart, every city and every pair of cities wrong in turn, and a hundred cells of three years
# ago revised.
proof: $(STAMP)
	@$(BIN)/python -m tests.proof.kill $(or $(KILLS),10)
	@$(BIN)/python -m tests.proof.download $(or $(DOWNLOAD_KILLS),200)
	@$(BIN)/python -m tests.proof.box
	@$(BIN)/python -m tests.proof.ui
	@$(BIN)/python -m tests.proof.originals
	@OBMI_PROOF=1 $(BIN)/python -m pytest tests/unit/test_properties.py tests/models/test_aggregation_properties.py tests/proof/test_originals.py tests/proof/test_built_in.py tests/proof/test_new_figures.py tests/models/test_recomputed.py tests/gate/test_held.py tests/scenes/test_revisions.py

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
