# Needs Python >= 3.10 and make; everything else goes into .venv.
#   make test                       the tests (PostgreSQL comes along, nothing to set up)
#   make test PYTHON=python3.13     with another interpreter (after `make clean`)
#   make test ARGS="-k reconcile"   with arguments for pytest
#   make bench                      the speed of `check` beside its peers (some minutes)
#   make bench-guard                what the guard adds to `migrate` (some minutes)

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
ARGS   ?=

.PHONY: test lint types coverage demo bench bench-guard clean

test: $(STAMP)
	$(BIN)/python -m pytest $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy --strict schemaguard

coverage: $(STAMP)
	$(BIN)/python -m pytest --cov --cov-report=term --cov-report=html $(ARGS)

demo: $(STAMP)
	$(BIN)/python -m demo.run

bench: $(STAMP)
	$(BIN)/python -m benchmarks.run $(ARGS)

bench-guard: $(STAMP)
	$(BIN)/python -m benchmarks.guard $(ARGS)

clean:
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installed again only when pyproject.toml changed.
$(STAMP): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
