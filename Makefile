# The suite's commands. Everything is made in .venv from the lock files; nothing outside this folder is changed
# but the per-user cache of Solr's jars.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TYPED  := build/typed
PIP    := $(BIN)/python -m pip --disable-pip-version-check -qq
UV     := build/uv/bin/uv
I18N   := ckanext-herne/ckanext/herne/i18n
GERMAN := $(I18N)/de/LC_MESSAGES/ckanext-herne

.DEFAULT_GOAL := help
.PHONY: help portal test faults lint format bench lock docs messages clean

help: ## show these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

portal: $(VENV)/ready ## start the portal with demo data; Ctrl-C stops it (DETACH=1 returns when it is ready)
	@$(BIN)/herne-stack up --demo $(if $(DETACH),--detach)

test: $(VENV)/ready-dev lint ## lint, types, unit and integration tests on the real servers (PYTEST_ARGS="-k ...")
	$(BIN)/pytest --numprocesses 3 --dist loadfile $(PYTEST_ARGS)

faults: $(VENV)/ready-dev ## harvests against misbehaving sources and dying servers; writes docs/fault-matrix.md
	HERNE_WRITE_FAULTS=1 $(BIN)/pytest tests/harvesters/faults

lint: $(VENV)/ready-dev ## code style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@rm -rf $(TYPED) && mkdir -p $(TYPED)/ckanext/herne
	@ln -s $(CURDIR)/ckanext-herne/ckanext/herne/* $(CURDIR)/harvesters $(CURDIR)/licenses $(CURDIR)/schemas $(TYPED)/ckanext/herne/
	@ln -s $(CURDIR)/stack $(TYPED)/herne_stack && ln -s $(CURDIR)/demo $(TYPED)/herne_demo
	MYPYPATH=$(TYPED) $(BIN)/mypy -p ckanext.herne -p herne_stack -p herne_demo

format: $(VENV)/ready-dev ## let ruff mend what it can
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(VENV)/ready-dev ## run benchmarks/ (BENCH=name for one); each ends with "ratio N", ours against the peer
	@$(BIN)/python benchmarks/run.py $(BENCH)

lock: ## write the lock files anew from requirements*.in
	@test -x $(UV) || { $(PYTHON) -m venv build/uv && build/uv/bin/pip --quiet install uv; }
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --override requirements.overrides --custom-compile-command "make lock" $(LOCK_ARGS) requirements.in -o requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --custom-compile-command "make lock" $(LOCK_ARGS) requirements-dev.in -o requirements-dev.lock

docs: $(VENV)/ready-dev ## write docs/dcat-ap-de.md anew from the mapping
	@$(BIN)/python -m ckanext.herne.dcat_ap_de.manual > docs/dcat-ap-de.md

messages: $(VENV)/ready-dev ## collect translatable texts and compile the German catalogue
	@mkdir -p build
	$(BIN)/pybabel -q extract -F $(I18N)/babel.cfg -k ungettext:1,2 --no-location --sort-output \
	    -o build/messages.pot ckanext-herne/ckanext/herne harvesters schemas
	$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap -l de -i build/messages.pot -o $(GERMAN).po
	$(BIN)/pybabel -q compile -l de -i $(GERMAN).po -o $(GERMAN).mo

clean: ## stop the portal, remove what make built; the portal's data in .herne stay (herne-stack reset removes them)
	@test ! -d .herne || $(BIN)/herne-stack down --home .herne
	@for home in .herne-test/*/; do test ! -d $$home || $(BIN)/herne-stack reset --yes --home $$home; done
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/ready: requirements.lock setup.py pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed, $(PYTHON) is older. Remedy: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	    { echo "Python's venv module is incomplete. Remedy on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Installing the locked packages into $(VENV) (about a minute, 800 MB) ..."
	@$(PIP) install --no-deps --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready requirements-dev.lock
	@echo "Installing the tools for lint and tests ..."
	@$(PIP) install --no-deps --require-hashes -r requirements-dev.lock
	@touch $@
