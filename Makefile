# Punctual's commands: `make help` lists them. Everything happens inside this folder: .venv/ and .data/.

.DEFAULT_GOAL := help
SHELL := /bin/sh

PORT ?= 8000
DATA_DIR ?= .data
VENV ?= .venv
BIN := $(VENV)/bin
# The first Python of version 3.11 or newer; `make demo PYTHON=/path/to/python` chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
ARGS ?=
VISITS ?= 6000
KILLS ?= 30
CASES ?= 50000
SHARE ?= 1/3
PRODUCTION := SECRET_KEY=checked-only-$$(printf 'abcdefghij%.0s' 1 2 3 4 5 6) ALLOWED_HOSTS=punctual.example \
	FIELD_ENCRYPTION_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE= PUBLIC_URL=https://punctual.example \
	DATABASE_URL=postgres://app@database/punctual DATABASE_OWNER_URL=postgres://owner@database/punctual \
	CELERY_BROKER_URL=redis://broker:6379/0 DJANGO_SETTINGS_MODULE=config.settings.production

.PHONY: help demo test lint messages audit bench soak lock manage shell clean

help: ## Show this help
	@echo "Punctual. The two commands to begin with are 'make demo' and 'make test'."
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "  PORT=8001 and DATA_DIR=/elsewhere move the demo, so that two can run side by side."

demo: $(VENV)/.demo ## Start everything with two demo clinics; Ctrl-C stops it
	@DATA_DIR="$(DATA_DIR)" PORT="$(PORT)" exec $(BIN)/python -m demo.local.launcher

# Compiled modules are kept whatever the environment says: a run starts some fifty processes.
test: $(VENV)/.dev ## Run the whole test suite on two cores (ARGS="-k name" chooses)
	@DATA_DIR="$(DATA_DIR)" PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

lint: $(VENV)/.dev ## Check style, types, import contract, languages, risks, parts and licences, migrations, deployment settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --no-error-summary .
	$(BIN)/lint-imports
	$(BIN)/python -m tools.cross_tenant
	$(BIN)/python -m tools.unmarked_sentences
	$(BIN)/python -W ignore -m tools.messages --check
	$(BIN)/bandit -q -c pyproject.toml -r accounts contacts notifications surveys calendars appointments simulator demo config tools
	@mkdir -p build
	$(BIN)/cyclonedx-py environment $(BIN)/python --of JSON --output-reproducible -o build/parts.cdx.json
	$(BIN)/python -m tools.sbom build/parts.cdx.json
	$(PRODUCTION) $(BIN)/python -W ignore manage.py makemigrations --check --dry-run --settings config.settings.test
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

messages: $(VENV)/.dev ## Gather the sentences of all languages into locale/, and compile their catalogues
	$(BIN)/python -m tools.messages

audit: $(VENV)/.dev ## Look every part up in the lists of known holes; needs the internet, and fails without
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements/base.txt
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements/dev.txt

bench: $(VENV)/.dev ## Measure the outbox, recurrence, feeds, visits and the wall beside their baselines
	@DATA_DIR="$(DATA_DIR)" $(BIN)/python -m benchmarks.outbox $(ARGS)
	@DATA_DIR="$(DATA_DIR)" $(BIN)/python -m benchmarks.recurrence
	@DATA_DIR="$(DATA_DIR)" $(BIN)/python -m benchmarks.feeds
	@DATA_DIR="$(DATA_DIR)" $(BIN)/python -m benchmarks.visits
	@DATA_DIR="$(DATA_DIR)" $(BIN)/python -m benchmarks.slots
	@DATA_DIR="$(DATA_DIR)" $(BIN)/python -m benchmarks.wall

soak: $(VENV)/.dev ## Kill more workers, try more junk, run at other times (VISITS=6000 KILLS=30 CASES=50000 SHARE=1/3)
	@DATA_DIR="$(DATA_DIR)" KILL_VISITS="$(VISITS)" KILL_KILLS="$(KILLS)" KILL_FAULTS=0.05 GUESSES=1000 JUNK_STEP=1 \
		FUZZ_ROUNDS=100000 DRAWN_REQUESTS="$(CASES)" RULES=1000000 PLAIN_EVENTS=200000 CORPORA=1 FILES=300 ZONES=1 EVENTS=50000 SERIES=2000 SERIES_RUNS=5000 RACES=2000 PAIRS=2 DRAWN_WEEKS=10000 BOOKINGS=200 BOOKED_TIMES=10 BOOKING_RUNS=100 EVERY_TABLE=1 EVERY_HOUR=1 $(BIN)/python -m pytest -n 2 --dist loadgroup tests/end_to_end/test_kills.py \
		accounts/tests/test_lockout.py tests/test_api_input.py notifications/tests/test_address_validation.py calendars/tests/test_rules_random.py calendars/tests/test_plain_reader.py calendars/tests/test_corpora.py calendars/tests/test_file_round_trip.py calendars/tests/test_wall_clock.py calendars/tests/test_large.py appointments/tests/test_calendar_large.py appointments/tests/test_series_model.py appointments/tests/test_free_times.py appointments/tests/test_visit_conflicts.py \
		calendars/tests/test_races.py tests/end_to_end/test_edit_races.py tests/end_to_end/test_closure_races.py tests/contract tests/authorization demo/tests/seed --durations 20 $(ARGS)
	@DATA_DIR="$(DATA_DIR)" $(BIN)/python -m tools.faketime_suite --all --share $(SHARE)

manage: $(VENV)/.demo ## Run a command beside the running demo: make manage ARGS="doctor"
	@DATA_DIR="$(DATA_DIR)" $(BIN)/python manage.py $(ARGS)

shell: $(VENV)/.demo ## Open a Python shell beside the running demo
	@DATA_DIR="$(DATA_DIR)" $(BIN)/python manage.py shell

lock: $(VENV)/.dev ## Resolve requirements/*.in again and write the hashes
	$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" requirements/base.in -o requirements/base.txt
	$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" -c requirements/base.txt requirements/demo.in -o requirements/demo.txt
	$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" -c requirements/demo.txt requirements/dev.in -o requirements/dev.txt
	$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" requirements/client.in -o requirements/client.txt

clean: ## Remove the virtual environment, the demo's data and caches
	@if [ -f "$(DATA_DIR)/children.json" ]; then echo "A demo runs in $(DATA_DIR); stop it first (Ctrl-C)."; exit 1; fi
	rm -rf $(VENV) .data staticfiles build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# The stamps: an environment is filled anew only when its lock file changed. Bytecode is compiled on first use, which
# halves the time of the first start.
$(VENV)/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Punctual needs Python 3.11 or newer, and found none (tried python3, python3.11 to python3.14)."; \
		echo "Install one, or name it: make demo PYTHON=/path/to/python3.11"; exit 1; fi
	@echo "Making the virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/.demo: requirements/demo.txt | $(VENV)/bin/python
	@if [ -f $(VENV)/.dev ] && [ $(VENV)/.dev -nt requirements/demo.txt ]; then touch $@; else \
		echo "Installing the locked requirements, once (about 20 s) ..."; \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --require-hashes \
			-r requirements/demo.txt && touch $@; fi

# Other makers' programs, for a few tests: a calendar app, and generators of clients.
$(VENV)/.client: requirements/client.txt
	@$(PYTHON) -m venv $(VENV)/client
	@$(VENV)/client/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/client.txt
	@touch $@

$(VENV)/.npm: tests/generated_clients/package.json tests/generated_clients/package-lock.json
	@mkdir -p $(VENV)/npm && cp $^ $(VENV)/npm/
	@npm ci --silent --no-audit --no-fund --prefix $(VENV)/npm
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/demo.txt | $(VENV)/bin/python
	@echo "Installing the locked requirements of development, once (about 40 s) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --require-hashes -r requirements/dev.txt
	@touch $(VENV)/.demo $@
