# Qianyin 钤印. `make` shows what there is.
PYTHON ?= python3
DATA ?= var
PORT ?= 8000
T ?= tests
SECONDS ?= 60
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo serve test check fmt lint types imports cover fuzz lock clean

help: ## Show these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.ready ## Set up and serve the demo on http://127.0.0.1:8000 (PORT=, DATA=, ONCE=1)
	@$(BIN)/qianyin demo --data "$(DATA)" --port $(PORT) $(if $(ONCE),--once)

serve: .venv/.ready ## Serve the deployment in DATA
	@$(BIN)/qianyin serve --data "$(DATA)" --port $(PORT)

test: .venv/.ready-dev ## Run all tests (T=path for some)
	$(BIN)/python -m pytest $(T)

check: fmt-check lint types imports test ## Everything but the coverage gate

fmt: .venv/.ready-dev ## Format the code
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

fmt-check: .venv/.ready-dev
	$(BIN)/ruff format --check .

lint: .venv/.ready-dev ## Lint
	$(BIN)/ruff check .

types: .venv/.ready-dev ## Check types
	$(BIN)/mypy

imports: .venv/.ready-dev ## Check who imports whom
	$(BIN)/lint-imports

cover: .venv/.ready-dev ## Run all tests and hold the coverage gate
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(T)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --include 'keystore/*,signing/*,verify/*' --fail-under 100 --skip-covered --show-missing
	$(BIN)/coverage report --include 'licenses/*,hsm_adapters/*,api/*' --fail-under 90 --skip-covered

fuzz: .venv/.ready-dev ## Fuzz every reader for SECONDS= each (60)
	$(BIN)/python -m tests.fuzz.run --seconds $(SECONDS)

lock: .venv/.ready-dev ## Resolve the dependencies anew, with hashes for every platform
	$(BIN)/python -m uv pip compile pyproject.toml --group build $(LOCK) -o requirements.lock
	$(BIN)/python -m uv pip compile pyproject.toml --group build --group dev $(LOCK) -o requirements-dev.lock

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it with PYTHON=…"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
		{ echo "python3 -m venv does not work: install python3-venv"; rm -rf .venv; exit 1; }
	@echo "installing packages 安装依赖 …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.ready-dev: .venv/.ready requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

clean: ## Remove the environment and the caches, never the data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* test-results
