# Two commands do all the set-up: `make demo` and `make test`. `make check` is everything that CI does.

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/.installed
RUN := $(VENV)/bin

# Real drawings, where the development machine has them; demo and tests draw their own where it has not.
REAL_DRAWINGS := ../shared/quickdraw/raw
ifneq ($(wildcard $(REAL_DRAWINGS)),)
export REDRAW_RAW_DIR ?= $(abspath $(REAL_DRAWINGS))
endif

# A worker that is done first takes over half of what the other has left.
TWO_AT_A_TIME := --numprocesses 2 --dist worksteal
# What the default suite leaves out: tests marked slow, and most examples of each property.
EVERYTHING := -m "slow or not slow" --hypothesis-profile=thorough

# MkDocs' theme prints at each build that it is in its last year; docs/decisions/0050-docs-site.md says what follows.
export NO_MKDOCS_2_WARNING := 1

.PHONY: help demo test test-all try-containers screenshots docs docs-serve check format lint types imports lock clean

help: ## What there is to make
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1 \2/p' $(MAKEFILE_LIST) | awk '{name = $$1; $$1 = ""; printf "  %-15s%s\n", name, $$0}'

demo: $(INSTALLED) ## The whole loop on this machine, in ./data
	@$(RUN)/redraw demo

test: $(INSTALLED) ## The default tests
	@echo "Running the default tests in two processes: three to four minutes on two cores."
	@echo "They start emulators, Redis, workers and the service on free ports of this machine."
	@echo "Tests marked slow are left out; make test-all runs them too."
	@$(RUN)/pytest $(TWO_AT_A_TIME)

test-all: $(INSTALLED) ## The default tests and the slow ones
	@echo "Running all tests in two processes, the slow ones too: about three quarters of an hour on two cores."
	@$(RUN)/pytest $(TWO_AT_A_TIME) $(EVERYTHING)

try-containers: ## Both images and the compose file, built and run; needs root, podman and buildah
	@deploy/try-containers

screenshots: $(INSTALLED) ## A picture of each page of the dashboard, in ./screenshots; needs Chromium
	@$(RUN)/python -m tests.browser.screenshots --out screenshots

docs: $(INSTALLED) ## The documentation site, in ./site; needs no network
	@$(RUN)/python -m mkdocs build --clean
	@echo "Open it: file://$(CURDIR)/site/index.html"

docs-serve: $(INSTALLED) ## The documentation site while you write, at http://127.0.0.1:8001
	@$(RUN)/python -m mkdocs serve --dev-addr 127.0.0.1:8001

check: format lint types imports test-all ## Everything that CI does

format: $(INSTALLED) ## Fail where `ruff format` would change a file
	@$(RUN)/ruff format --check .

lint: $(INSTALLED) ## Check the rules of style
	@$(RUN)/ruff check .

types: $(INSTALLED) ## Check the types
	@$(RUN)/mypy

imports: $(INSTALLED) ## Check which folder imports which
	@$(RUN)/lint-imports

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || { \
		echo "Redraw needs Python 3.11, 3.12 or 3.13; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Python's venv is missing: apt install python3-venv"; exit 1; }
	@echo "Installing what Redraw needs into $(VENV), once: about 700 MB to download, two minutes."
	@$(PYTHON) -m venv $(VENV)
	@$(RUN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(RUN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

COMPILE_LOCK := .lock-venv/bin/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --quiet
# The versions in a file that is there would be kept, so those of the images are deleted first.
lock: ## Rebuild requirements.lock, and those of the two images (requirements-run.lock, -baseline.lock), from pyproject.toml
	@$(PYTHON) -m venv .lock-venv && .lock-venv/bin/pip install --quiet uv
	@$(COMPILE_LOCK) --extra dev -o requirements.lock
	@rm -f requirements-run.lock requirements-baseline.lock
	@$(COMPILE_LOCK) --no-annotate --constraint requirements.lock -o requirements-run.lock
	@$(COMPILE_LOCK) --no-annotate --constraint requirements.lock --extra baseline -o requirements-baseline.lock
	@rm -rf .lock-venv

clean: ## Delete the demo's data
	rm -rf data
