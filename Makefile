# Two commands do everything: `make demo` and `make test`. Each sets itself up; nothing but python3, make and git is needed.
PYTHON ?= python3
VENV := .venv/bin
unexport PYTHONPATH PYTHONHOME
export PYTHONNOUSERSITE := 1

.PHONY: crash properties demo test check audit bench test-saleor build ui test-browser help

help:
	@echo "make demo          a shop's day and season: terminal, screens, mails (ARGS=\"--once\", ARGS=\"--once --day DIR\")"
	@echo "make test          the tests, on a real PostgreSQL"
	@echo "make check         style, types, layering, migrations, security lint, known holes in what is installed"
	@echo "make audit         the last of these alone; fails where no advisory database can be reached"
	@echo "make bench         measured against what else you could use; docs/benchmarks/latest.md (ARGS=\"--full\": 5 M rows)"
	@echo "make test-saleor   the tests inside a real Saleor, where SALEOR_DIR names one"
	@echo "make crash         kill real workers at random, 200 times (ARGS=\"50\")"
	@echo "make properties    10 000 webhook sequences, 10 000 shop histories, a year: docs/proof/properties.md (ARGS=\"500\")"
	@echo "make ui            the Dashboard app's screens, from TypeScript to what is served (needs Node 20 or newer)"
	@echo "make test-browser  the screens in a real Chromium"
	@echo "make build         the wheel, in dist/"

demo:
	@$(PYTHON) tools/prepare.py run
	@$(VENV)/python -m saleor_mailflow.service.demo $(ARGS)

# On every core there is; workers are killed at the end and alone, where nothing else takes their time.
SIDE_BY_SIDE := -q --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# What needs no database first: it answers in seconds.
test:
	@$(PYTHON) tools/prepare.py test
	MAILFLOW_DATABASE_URL= $(VENV)/python -m pytest tests/unit $(SIDE_BY_SIDE)
	$(VENV)/python -m pytest --ignore=tests/unit --ignore=tests/crash $(SIDE_BY_SIDE) --durations=15
	$(VENV)/python -m pytest tests/crash

check:
	@$(PYTHON) tools/prepare.py check
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/python tools/audit.py
	DJANGO_SETTINGS_MODULE=saleor_mailflow.service.settings $(VENV)/python -W ignore::RuntimeWarning -m django makemigrations --check --dry-run

audit:
	@$(PYTHON) tools/prepare.py check
	@MAILFLOW_AUDIT=strict $(VENV)/python tools/audit.py

# A database, a Redis and the peers are brought up by it; under three minutes.
bench:
	@$(PYTHON) tools/prepare.py run
	@$(VENV)/python -m benchmarks.run $(ARGS)

test-saleor:
	@$(PYTHON) tools/prepare.py test
	@$(VENV)/python tests/saleor/run.py $(ARGS)

# What is built is committed, so that installing never needs Node; tests/unit/dashboard tells when it is out of date.
ui:
	cd saleor_mailflow/dashboard/ui && npm ci && npm run build

# CHROMIUM names another browser than the one that is found.
test-browser:
	@$(PYTHON) tools/prepare.py browser
	@cd saleor_mailflow/dashboard/ui && npm ci --silent
	$(VENV)/python -m pytest tests/browser $(ARGS)

build:
	@$(PYTHON) tools/prepare.py run
	$(VENV)/python -m pip wheel --no-deps --wheel-dir dist .

# Random kills of real workers: 20 in `make test`, here 200 or as many as ARGS says.
crash:
	@$(PYTHON) tools/prepare.py test
	MAILFLOW_CRASH_KILLS=$(or $(ARGS),200) $(VENV)/python -m pytest tests/crash

# The properties in full, or as many cases as ARGS says; every `make test` plays a short form. About an hour.
properties:
	@$(PYTHON) tools/prepare.py test
	MAILFLOW_PROPERTIES=$(or $(ARGS),10000) MAILFLOW_VERIFY_ROWS=1000000 MAILFLOW_PROOF=docs/proof $(VENV)/python -m pytest tests/properties
