# make pick, make test and so on set up .venv by themselves; a stamp in it says what is installed already.

PYTHON ?= python3
# Processes that run the tests: a number, or auto for one a core, 8 at most.
WORKERS ?= auto

VENV := .venv
ASSOCIATE := .venv-associate
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# Empty: whatever is there. 1: any release of PyTorch. Otherwise the release.
TORCH ?=
TORCH_STAMP := $(if $(TORCH),$(VENV)/.torch-$(TORCH))
TORCH_PACKAGE := $(if $(filter 1,$(TORCH)),torch,torch==$(TORCH))

# Of make fuzz: how long each target, and which.
SECONDS ?= 5
TARGETS ?=
# Of make audit: --must, or nothing.
AUDIT ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help pick test associate s3 lint docs clean fuzz audit

help:
	@echo "make pick                 pick the example record that comes with obspy, and draw it"
	@echo "make test                 run the tests (those that need PyTorch are skipped without it)"
	@echo "make test TORCH=1         ... with the newest PyTorch, or TORCH=2.13.0 for that release"
	@echo "make associate            the tests that run associators, in .venv-associate"
	@echo "make s3                   the tests of archives on S3, with moto's server"
	@echo "make lint                 formatting, style, types, directions of imports"
	@echo "make fuzz                 fuzz the readers with atheris, SECONDS each (default 5), TARGETS: all"
	@echo "make audit                look for known vulnerabilities in what is installed"
	@echo "make docs                 build the documentation site into out/site and check its links"
	@echo "make clean                remove .venv and whatever else can be made again here"
	@echo "PYTHON=python3.12         takes another Python (3.11 or newer) for a new .venv"

pick: $(VENV)/.waveforms
	$(BIN)/python examples/first_pick.py

test: $(VENV)/.test $(TORCH_STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 8

# An environment of its own: on Python 3.11 PyOcto 0.2.2 asks for NumPy 1, GaMMA 1.2.17 for one release of
# scikit-learn. So these tests also run with the oldest NumPy that lppn-np takes.
associate: $(ASSOCIATE)/.associate
	$(ASSOCIATE)/bin/python -m pytest tests/exporters tests/examples/test_associating.py

s3: $(VENV)/.test
	$(PIP) install -e ".[test-s3]"
	$(BIN)/python -m pytest tests/archive/test_remote.py

lint: $(VENV)/.lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# Where atheris has no wheel for this Python or system, run_atheris says so and ends with 0.
fuzz: $(VENV)/.test
	$(BIN)/python -c "import atheris" 2>/dev/null || $(PIP) install -e ".[fuzz]" || true
	$(BIN)/python -m tests.fuzz.run_atheris $(SECONDS) $(TARGETS)

# In an environment of its own, so that what it needs is not audited with the rest. AUDIT=--must makes it fail
# where the public lists of vulnerabilities cannot be reached, which it otherwise only says.
audit: $(VENV)/.test
	$(PYTHON) -m venv --clear $(VENV)-audit
	$(VENV)-audit/bin/python -m pip --quiet --disable-pip-version-check install pip-audit || true
	$(BIN)/python .ci/audit.py $(VENV)-audit/bin/pip-audit $(AUDIT)

docs: $(VENV)/.docs
	rm -rf out/site
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --jobs auto docs out/site
	$(BIN)/python docs/check_site.py out/site

clean:
	rm -rf $(VENV) $(VENV)-audit $(ASSOCIATE) out build dist *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

$(VENV)/.made:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { \
	    echo "lppn-np needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
	    echo "Name another one, for example: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.waveforms: $(VENV)/.made pyproject.toml
	$(PIP) install -e ".[waveforms,plot]"
	@touch $@

$(VENV)/.test: $(VENV)/.made pyproject.toml
	$(PIP) install -e ".[test]"
	@touch $@

# Not after $(VENV)/.made: an environment that make has not made itself would be emptied for it.
$(ASSOCIATE)/.associate: pyproject.toml
	$(PYTHON) -m venv --clear $(ASSOCIATE)
	$(ASSOCIATE)/bin/python -m pip --quiet --disable-pip-version-check install -e ".[associate,waveforms]" \
	    "pytest>=8" "hypothesis>=6.100"
	@touch $@

$(VENV)/.lint: $(VENV)/.made pyproject.toml
	$(PIP) install -e ".[lint]"
	@touch $@

$(VENV)/.docs: $(VENV)/.made pyproject.toml
	$(PIP) install -e ".[docs]"
	@touch $@

$(VENV)/.torch-$(TORCH): $(VENV)/.test
	@rm -f $(VENV)/.torch-*
	$(PIP) install "$(TORCH_PACKAGE)"
	@touch $@
