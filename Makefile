# Needs GNU make and Python 3.11 or later; everything else is installed into .venv.
PYTHON ?= $(shell for each in python3.11 python3; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
BIN := .venv/bin
CATALOGUES := $(wildcard translations/*/*/LC_MESSAGES/*.po)
COMPILE_REQUIREMENTS := $(BIN)/pip-compile --quiet --no-header --no-emit-options --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help setup run test check translations rules matrices permissions pictures bench requirements

help: ## List what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup: .venv/.installed .venv/.compiled ## Install and compile what is new since the last time

.venv/.installed: requirements-dev.txt requirements.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and was not found on the PATH." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
		{ echo "Python's venv is missing; on Debian: apt-get install python3.11-venv" >&2; rm -rf .venv; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/.compiled: $(CATALOGUES) .venv/.installed
	@for each in $(CATALOGUES); do $(BIN)/pybabel --quiet compile -i $$each -o $${each%.po}.mo || exit 1; done
	@touch $@

run: setup ## Start everything on this machine, with demo data at the first start
	@IMI_ENV=development exec $(BIN)/python run.py

# Its version, and what its bytes must be, stand in package-lock.json; scripts of packages are never run.
.venv/.checker: tests/vendor/nu/package-lock.json .venv/.installed
	@command -v java >/dev/null || \
		{ echo "The tests check pages with a program that needs Java; on Debian: apt-get install default-jre-headless" >&2; exit 1; }
	@command -v npm >/dev/null || \
		{ echo "The tests fetch the HTML checker with npm, which was not found; on Debian: apt-get install npm" >&2; exit 1; }
	@cd tests/vendor/nu && npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

test: setup .venv/.checker ## Run the whole suite; `make test ARGS="-k mail"` runs a part
	@IMI_ENV=development $(BIN)/python -m pytest -n auto $(ARGS)

check: setup ## Format, lint, types, directions of imports, translations
	@$(BIN)/ruff format --quiet --check --output-format concise . && $(BIN)/ruff check --quiet --output-format concise .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo >.venv/lint-imports.txt || { cat .venv/lint-imports.txt; exit 1; }
	@$(BIN)/python tools/check_translations.py

translations: setup ## Collect the messages of app/ into the Danish catalogue, then say what is left to translate
	@$(BIN)/python tools/check_translations.py --update

rules: setup ## List each rule of docs/rules.md with the tests that prove it
	@$(BIN)/python tools/rules.py

matrices: setup ## Write tests/*/matrix.txt anew: who may do what, by act and by page, to be reviewed
	@WRITE_MATRICES=1 IMI_ENV=development $(BIN)/python -m pytest -q -k "matrix and not postgresql" \
		tests/policy/test_matrix.py tests/views/test_matrix.py
	@git --no-pager diff --stat -- tests/policy/matrix.txt tests/views/matrix.txt

permissions: setup ## Write docs/permissions.md anew, in Danish and English
	@$(BIN)/python tools/permissions.py

pictures: setup ## Take the pictures of docs/ anew, of the demo
	@IMI_ENV=development $(BIN)/python tools/pictures.py

.venv-bench/.installed: bench/requirements.txt .venv/.installed
	@test -x .venv-bench/bin/python || $(BIN)/python -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt
	@touch $@

bench: setup .venv-bench/.installed ## Measure the pages against Django's admin; SIZE=1000000 DB=postgresql (or sqlite) for others
	@$(BIN)/python -m bench.side_by_side --size $(or $(SIZE),100000) --database $(or $(DB),both)

requirements: setup ## Resolve requirements*.in to exact versions
	$(COMPILE_REQUIREMENTS) --no-strip-extras --output-file requirements.txt requirements.in
	$(COMPILE_REQUIREMENTS) --strip-extras --output-file requirements-dev.txt requirements-dev.in
	cd bench && ../$(COMPILE_REQUIREMENTS) --strip-extras --output-file requirements.txt requirements.in
	@! grep -nE '(index-url|find-links|trusted-host|://)' requirements.txt requirements-dev.txt bench/requirements.txt
