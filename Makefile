# The developers' verbs. bin/setup installs, bin/demo shows, bin/test checks everything.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export CHROMIUM ?= $(shell command -v chromium || command -v google-chrome)
LOCK = uv pip compile --universal --generate-hashes --python-version 3.11 --extra setup
# What a deployment has: check --deploy judges these settings, not those of the demo.
DEPLOYED = DEBUG=false HTTPS=true ALLOWED_HOSTS=geo-lhi.example.org SECRET_KEY=$$(python -c 'import secrets; print(secrets.token_hex(40))')

.PHONY: help lint quick unit browser run db bench lock

help: ## list these verbs
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

lint: ## style, import direction, types, migrations, deployment settings
	ruff check
	ruff format --check
	lint-imports
	mypy
	python manage.py makemigrations --check --dry-run
	python manage.py check --fail-level WARNING
	$(DEPLOYED) python manage.py check --deploy --fail-level WARNING

quick: ## the tests to run all day: those of make unit not marked slow
	pytest -n 2 --dist worksteal -m "not browser and not slow"

unit: ## every test without a browser, on two cores
	pytest -n 2 --dist worksteal -m "not browser"
	$(if $(wildcard tests/js/*.test.mjs),node --test "tests/js/*.test.mjs")

browser: ## the tests that drive Chromium
	pytest -m browser

run: ## the development server, on the private cluster
	DEBUG=true python manage.py runserver

db: ## the private PostgreSQL cluster, started
	bin/cluster start

bench: ## the benchmarks, one after the other
	@set -e; for file in benchmarks/[!_]*.py; do name=$${file##*/}; python -m benchmarks.$${name%.py}; done

lock: ## the lock files, from pyproject.toml
	$(LOCK) --no-emit-index-url pyproject.toml -o requirements.lock
	$(LOCK) --extra dev --no-emit-index-url -c requirements.lock pyproject.toml -o requirements-dev.lock
	npm install --package-lock-only
