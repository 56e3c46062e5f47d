# Every target runs from a fresh clone: what is missing is made first.
PIPELINE ?= pipelines/sample.toml
VENV ?= .venv
BIN := $(VENV)/bin
CHURNRISK := $(BIN)/churnrisk
OPTIONS ?=

.DEFAULT_GOAL := help
.PHONY: help setup sample train backtest score monitor ui test check bench bench-alerts bench-drift bench-faults bench-kpis bench-models fuzz clean

help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo ""
	@echo "  PIPELINE=pipelines/other.toml moves every target to another pipeline (now: $(PIPELINE))."

setup: $(VENV)/.installed ## Make the environment (.venv) from requirements.lock

$(VENV)/.installed: requirements.lock pyproject.toml
	@sh scripts/make-environment $(VENV)
	@touch $@

sample: setup ## Write the sample company's tables, if they are not there
	@$(CHURNRISK) sample $(PIPELINE) --if-missing

train: sample ## Check the tables, train, calibrate, judge; record all in MLflow
	$(CHURNRISK) train $(PIPELINE) $(OPTIONS)

backtest: sample ## Replay history: past lists, judged by who left later
	$(CHURNRISK) backtest $(PIPELINE) $(OPTIONS)

score: sample ## Write tonight's ranked list under out/
	$(CHURNRISK) score $(PIPELINE) $(OPTIONS)

monitor: sample ## Hold past nights against their training and against what came true
	$(CHURNRISK) monitor $(PIPELINE) $(OPTIONS)

ui: setup ## Open MLflow on this pipeline's store (loopback only)
	$(CHURNRISK) ui $(PIPELINE)

test: setup ## Run all tests
	$(BIN)/python -m pytest -n 2

check: setup ## Format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: setup ## Measure features and a whole night against one plain DuckDB pass
	$(CHURNRISK) bench $(OPTIONS)

bench-alerts: setup ## Simulate companies: false alarms, and how soon alerts find a rise
	$(CHURNRISK) bench-alerts $(OPTIONS)

bench-faults: setup ## Kill nights at 100 instants; full disks, broken sources, ten starts at once
	$(CHURNRISK) bench-faults $(OPTIONS)

bench-drift: setup ## Simulate nights: false alarms of drift, and what a million customers cost
	$(CHURNRISK) bench-drift $(OPTIONS)

bench-kpis: setup ## Measure all key figures against one sort of the subscriptions
	$(CHURNRISK) bench-kpis $(OPTIONS)

bench-models: sample $(VENV)/.bench-installed ## Compare the models with boosting and others on the same folds
	$(CHURNRISK) bench-models $(OPTIONS)

$(VENV)/.bench-installed: requirements-bench.lock $(VENV)/.installed
	@echo "Installing the other models (about 400 MB, once) ..."
	@sh scripts/add-packages $(VENV) $<
	@touch $@

fuzz: setup ## Score 10,000 mutated inputs: each night sound, or clearly refused (an hour or more)
	$(BIN)/python -m tests.fuzz $(OPTIONS)

clean: ## Remove what was made, except the environment
	rm -rf out data build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis
