# Needs Python >= 3.10 and make; everything else goes into .venv.
#   make test                       the tests (PostgreSQL comes along, nothing to set up): some minutes
#   make test-long                  what takes longer: random histories, the matrix, kills, races, workers and browsers
#   make test PYTHON=python3.13     with another interpreter (after `make clean`)
#   make test ARGS="-k reconcile"   with arguments for pytest
#   make test JOBS=0                in one process (by default: one more than there are processors)
#   make matrix ARGS=tests/commands  with every Django that is supported, each with a Python of its own
#   make matrix-4.2                 with one of them
#   make test-mysql                 what needs MariaDB or MySQL: the one that SCHEMAGUARD_TEST_MYSQL_URL names, or this machine's
#   make test-mysql-long            what takes longer there: cuts before every statement, the matrix, random histories
#   make test-pooler                behind PgBouncer, which has to be installed (apt-get install pgbouncer)
#   make alterations ARGS='--each 3'  writes docs/matrix.md: what becomes of every single alteration (hours without ARGS)
#   make findings                   writes the pages of findings, commands and settings from the code
#   make demo                       a story on the terminal, on PostgreSQL; make demo-mysql: another one, on MySQL
#   make docs                       the documentation site, in docs/_build/html; a warning is an error
#   make package                    builds the wheel, checks it, installs it into an empty environment and runs it
#   make screenshots                takes the pictures of the report and of the terminal, of real runs (needs Chromium)
#   make docs-outputs               runs the commands of the pages, and writes what they print into the pages
#   make bench                      the speed of `check` beside its peers, and how it grows with the history (some minutes)
#   make bench-guard                what the guard adds to `migrate` (some minutes)
#   make bench-fleet                `check` on a thousand schemas of one database (some minutes)

PYTHON ?= python3
# From the oldest Python on, over all the versions of Django. The newest: make matrix-6.1 PYTHON-6.1=python3.14
PYTHON-4.2 ?= python3.10
PYTHON-5.2 ?= python3.11
PYTHON-6.0 ?= python3.12
PYTHON-6.1 ?= python3.13
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
ARGS   ?=
# Workers of the tests, each with servers of its own; the tests of one file stay together. One more than there are
# processors, since a test often waits for its server.
JOBS   ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
# Many tests start Python anew. Where it is told to write no byte code, each of them would compile the package again.
COMPILE = $(BIN)/python -m compileall -q schemaguard tests

.PHONY: docs docs-outputs screenshots package test test-long test-mysql test-mysql-long test-pooler lint types coverage matrix findings alterations demo demo-mysql bench bench-guard bench-fleet clean

test: $(STAMP)
	$(COMPILE)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not long" $(ARGS)

test-long: $(STAMP)
	$(COMPILE)
	$(BIN)/python -m pytest -n $(JOBS) --dist load -m long $(ARGS)

test-mysql: $(STAMP)
	$(COMPILE)
	$(BIN)/python -m tests.harness.run_mysql -n $(JOBS) --dist load -m "mysql and not long" $(ARGS)

test-mysql-long: $(STAMP)
	$(COMPILE)
	$(BIN)/python -m tests.harness.run_mysql -n $(JOBS) --dist load -m "mysql and long" $(ARGS)

test-pooler: $(STAMP)
	SCHEMAGUARD_TEST_POOLER=1 $(BIN)/python -m pytest tests/test_pooler.py tests/fleet/test_pooler.py $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo

types: $(STAMP)
	$(BIN)/mypy --strict

coverage: $(STAMP)
	$(BIN)/python -m pytest --cov --cov-report=term --cov-report=html $(ARGS)

matrix: matrix-4.2 matrix-5.2 matrix-6.0 matrix-6.1

matrix-%: .venv-%/.installed
	.venv-$*/bin/python -m pytest $(ARGS)

.PRECIOUS: .venv-%/.installed
.venv-%/.installed: pyproject.toml
	$(PYTHON-$*) -m venv .venv-$*
	.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' 'django~=$*.0'
	touch $@

demo: $(STAMP)
	$(BIN)/python -m demo.run

# On the server that SCHEMAGUARD_TEST_MYSQL_URL names.
demo-mysql: $(STAMP)
	@$(BIN)/python -m demo.mysql

docs: $(VENV)/.docs-installed
	$(BIN)/python -m sphinx -E -W --keep-going -q -j auto -b html docs docs/_build/html $(ARGS)
	@echo docs/_build/html/index.html

package: $(STAMP) $(VENV)/.package-installed
	rm -rf dist
	$(BIN)/python -m build --outdir dist
	$(BIN)/python -m twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl
	SCHEMAGUARD_TEST_WHEEL=$$(ls dist/*.whl) $(BIN)/python -m pytest tests/test_package.py

docs-outputs: $(STAMP)
	$(BIN)/python -m tests.documentation.write $(ARGS)

screenshots: $(STAMP)
	$(BIN)/python -m tests.documentation.screenshots

findings: $(STAMP)
	$(BIN)/python -m tests.kinds_page
	$(BIN)/python -m tests.documentation.reference
	$(BIN)/python -m tests.documentation.pictures

alterations: $(STAMP)
	$(BIN)/python -m tests.matrix.run $(ARGS)

bench: $(STAMP)
	$(BIN)/python -m benchmarks.run $(ARGS)
	$(BIN)/python -m benchmarks.growth $(GROWTH)

bench-guard: $(STAMP)
	$(BIN)/python -m benchmarks.guard $(ARGS)

bench-fleet: $(STAMP)
	$(BIN)/python -m benchmarks.fleet $(ARGS)

clean:
	rm -rf $(VENV) .venv-* docs/_build build dist htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installed again only when pyproject.toml changed.
$(STAMP): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

$(VENV)/.package-installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[package]'
	touch $@

# The site needs no driver and no test: only itself, and the package that it speaks of.
$(VENV)/.docs-installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	touch $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
