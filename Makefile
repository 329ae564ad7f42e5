# The two commands that matter are “make serve” and “make test”; “make help” lists the rest.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
# Drivers beyond SQLite, memory and disk; those that were installed once stay.
EXTRAS ?= $(shell cat $(VENV)/extras 2>/dev/null)
KNOWN_EXTRAS := postgresql redis s3
# Where “make install” puts the command “record”, which user it becomes and whose settings it reads. It compiles the code,
# which that user may not write to: else each start would compile it anew, for a second.
PREFIX ?= /usr/local
SERVICE_USER ?= record
SETTINGS ?= /etc/record.env
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes --no-deps --only-binary :all:
MANAGE := $(BIN)/python manage.py

.DEFAULT_GOAL := help
ifneq ($(filter-out $(KNOWN_EXTRAS),$(EXTRAS)),)
$(error EXTRAS holds “$(filter-out $(KNOWN_EXTRAS),$(EXTRAS))”; it may hold: $(KNOWN_EXTRAS))
endif

.PHONY: help install image FORCE serve quick test test-postgresql check audit bench faults mutants screenshots messages lock format

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed: make PYTHON=python3.11 …")'
	@$(PYTHON) -m venv $(VENV) || { echo "Python cannot make a virtual environment here. On Debian: apt-get install python3-venv"; exit 1; }
	@touch $@

# Changes only when other extras are asked for, and then what was made from it is made anew.
$(VENV)/extras: $(VENV)/python FORCE
	@echo "$(sort $(EXTRAS))" | cmp -s - $@ || echo "$(sort $(EXTRAS))" > $@

$(VENV)/base: $(VENV)/python $(VENV)/extras requirements.txt $(EXTRAS:%=requirements-%.txt)
	@echo "Installing the site’s dependencies$(if $(EXTRAS), with $(sort $(EXTRAS)))"
	@$(PIP) -r requirements.txt
	@for extra in $(EXTRAS); do $(PIP) -r requirements-$$extra.txt || exit 1; done
	@touch $@

$(VENV)/dev: $(VENV)/base requirements-dev.txt
	@echo "Installing what tests and checks need"
	@$(PIP) -r requirements-dev.txt
	@$(BIN)/python -m pip --disable-pip-version-check check
	@touch $@

.env:
	@$(PYTHON) -c 'import secrets; print("# Made by “make serve” for this machine only; git ignores it.\nSECRET_KEY=" + secrets.token_urlsafe(50))' > $@
	@chmod 600 $@

install: $(VENV)/base ## Install the command “record” on a server (PREFIX, SERVICE_USER and SETTINGS override)
	@mkdir -p $(DESTDIR)$(PREFIX)/bin
	@sed -e 's|@SITE@|$(CURDIR)|' -e 's|@USER@|$(SERVICE_USER)|' -e 's|@SETTINGS@|$(SETTINGS)|' \
		partnership/operations/deploy/record > $(DESTDIR)$(PREFIX)/bin/record
	@chmod 755 $(DESTDIR)$(PREFIX)/bin/record
	@$(BIN)/python -m compileall -q partnership projects visits
	@echo "$(DESTDIR)$(PREFIX)/bin/record runs commands of $(CURDIR) as $(SERVICE_USER), with the settings of $(SETTINGS)"

serve: $(VENV)/base .env ## Start the site on this machine: http://localhost:8000 (PORT=… overrides)
	@$(MANAGE) prepare
	@echo
	@echo "  http://localhost:$(PORT)          the record, in English and Swedish"
	@echo "  http://localhost:$(PORT)/admin/   for staff; make a user with: $(MANAGE) createsuperuser"
	@echo "  Ctrl-C stops it."
	@echo
	@$(MANAGE) work & PORT=$(PORT) exec $(BIN)/gunicorn --config partnership/gunicorn_conf.py --bind 127.0.0.1:$(PORT)

# What asks no database, or asks it nothing that differs between SQLite and PostgreSQL.
SLOW := django_db or site or browser or pdf or checker
SAME_ON_EVERY_DATABASE := browser or pdf or checker

quick: $(VENV)/dev ## Run the tests that need no database, site, browser, PDF or HTML checker: some seconds
	@echo "Without tests marked: $(SLOW)"
	@$(BIN)/pytest --numprocesses 2 -m "not ($(SLOW))" $(ARGS)

test: $(VENV)/dev ## Run the whole suite; gets the browser and checkers it lacks
	@$(BIN)/python -m tests.support.tools
	@$(BIN)/pytest --numprocesses 2 --dist loadgroup $(ARGS)

test-postgresql: $(VENV)/dev ## Run what asks a database on a PostgreSQL server made for it, without browser, PDF and HTML checker
	@$(BIN)/python -m tests.support.tools
	@echo "Tests that ask a database, without those marked: $(SAME_ON_EVERY_DATABASE)"
	@$(BIN)/python -m tests.support.postgresql $(BIN)/pytest --numprocesses 2 --dist loadgroup -m "(django_db or site) and not ($(SAME_ON_EVERY_DATABASE))" $(ARGS)

check: $(VENV)/dev ## Lint, check formats, types, locks and licences, look for missing migrations and translations
	@$(BIN)/python -m pip --disable-pip-version-check check
	@$(BIN)/python -m tests.support.dependencies
	@$(BIN)/python -m tests.support.audit
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@git ls-files -z -- 'templates/*.html' | xargs -0 $(BIN)/djade --check --target-version 5.2
	@$(BIN)/hadolint Containerfile
	@DEBUG=on $(BIN)/mypy
	@DEBUG=on $(MANAGE) makemigrations --check --dry-run
	@DEBUG=on $(MANAGE) check

sbom.json: requirements.txt requirements-postgresql.txt requirements-redis.txt requirements-s3.txt | $(VENV)/dev
	@cat $^ | sed 's/ *\\$$//; /^ *--hash/d; /^ *#/d' | sort -u > $(VENV)/image.txt
	@$(BIN)/cyclonedx-py requirements $(VENV)/image.txt --output-file $@ --output-reproducible
	@echo "$@ lists what the image holds of Python (CycloneDX)"

# Docker or Podman, whichever there is. Podman’s own format has no health check.
BUILDER ?= $(shell command -v podman || command -v docker)

image: sbom.json ## Build the image, with the list of what it holds (EXTRAS and BUILDER override)
	@test -n "$(BUILDER)" || { echo "Neither podman nor docker is here."; exit 1; }
	@$(BUILDER) build $(if $(findstring podman,$(BUILDER)),--format docker) --file Containerfile --build-arg VERSION=$$($(BIN)/python -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])') \
		$(if $(EXTRAS),--build-arg EXTRAS="$(EXTRAS)") --tag record .

audit: $(VENV)/dev ## Ask the advisory service about every locked version, and fail where it cannot be asked
	@$(BIN)/python -m tests.support.audit --strict

format: $(VENV)/dev ## Put code and templates in form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@git ls-files -z -- 'templates/*.html' | xargs -0 $(BIN)/djade --target-version 5.2

bench: $(VENV)/dev ## Measure speed and memory, by ratio in one run
	@$(BIN)/python -m tests.performance.bench

screenshots: $(VENV)/dev ## Take the pictures of the staff handbook from the running site
	@$(BIN)/python -m tests.support.tools
	@$(BIN)/python -m tests.browser.screenshots

faults: $(VENV)/dev ## Let faults happen to a real site and print what came of each (as root: a full disk as well)
	@$(BIN)/python -m tests.faults $(ARGS)

mutants: $(VENV)/dev ## Make small wrong changes to a copy and count which the tests notice (ARGS: packages, --sample, --seed)
	@$(BIN)/python -m tests.mutants $(ARGS)

messages: $(VENV)/dev ## Collect words to translate and compile the catalogues (needs gettext)
	@DEBUG=on $(MANAGE) makemessages --locale sv --no-location --no-wrap --ignore '.venv*' --ignore 'var' --ignore 'tests'
	@DEBUG=on $(MANAGE) compilemessages --locale sv --ignore '.venv*'

lock: $(VENV)/dev ## Resolve all dependencies together and write the hashed lock files
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --group dev --no-header --no-annotate --output-file $(VENV)/all.txt pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --constraint $(VENV)/all.txt --output-file requirements.txt pyproject.toml
	@for extra in postgresql redis s3; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --constraint $(VENV)/all.txt --extra $$extra --output-file requirements-$$extra.txt pyproject.toml; done
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --constraint $(VENV)/all.txt --group dev --output-file requirements-dev.txt pyproject.toml
	@$(PIP) -r requirements-dev.txt
	@$(BIN)/python -m tests.support.dependencies --write
