# `make` alone lists the targets. Environments come from the hashed locks; a stamp each, so that the demo
# installs only what it needs and the tests add theirs.

# The demo and the tests start hundreds of processes: each would compile all that it imports, for two seconds, where
# somebody has told Python to keep nothing.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BEGAN := $(shell date +%s)
PARTNERS ?=
PROGRAMME ?=
SESSIONS ?= 20000
RECORDS ?= 200000
ROUNDS ?= 3
VENV := .venv
BIN := $(VENV)/bin
UV_PIP := VIRTUAL_ENV=$(VENV) $(BIN)/uv pip
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo run test truth storm bench check lock clean

help: ## Liste les cibles
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.local ## Joue les cinq programmes de bout en bout et imprime leurs chiffres (PROGRAMME=ales : un seul)
	@CORDEES_BEGAN=$(BEGAN) $(BIN)/cordees demo $(if $(PROGRAMME),--programme $(PROGRAMME))

run: $(VENV)/.local ## Démarre la plateforme sur cette machine et la garde jusqu'à Ctrl-C
	@$(BIN)/cordees run $(if $(PARTNERS),--partners $(PARTNERS))

test: $(VENV)/.dev ## Tous les tests, sur de vrais Kafka et PostgreSQL
	@$(BIN)/pytest -n 2 --dist loadgroup

truth: $(VENV)/.dev ## Mondes entiers d'autres graines, mélangés, services tués en route, contre le recompte
	@$(BIN)/pytest -m truth tests/flows

storm: $(VENV)/.dev ## Longues épreuves : une minute sans base ou sans Kafka, arrêts au hasard, autres graines
	@$(BIN)/pytest -m storm tests

bench: $(VENV)/.dev ## Mesure : à côté d'un pair, mémoire d'un arriéré, coût d'un message (SESSIONS=…, RECORDS=…, ROUNDS=…)
	$(BIN)/cordees bench catchup --sessions $(SESSIONS) --rounds $(ROUNDS)
	$(BIN)/cordees bench backlog --records $(RECORDS) --curve build/backlog.csv
	$(BIN)/cordees bench cost --sessions $$(($(SESSIONS) / 10)) --sessions $(SESSIONS)

check: $(VENV)/.dev ## Style, types, frontières entre paquets, dépendances, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/python -m contracts check
	for service in inscriptions sessions reporting; do \
		sql=$$($(BIN)/python -m chassis.migrations services/$$service/migrations) && \
		printf '%s' "$$sql" | $(BIN)/squawk || exit 1; done

lock: $(VENV)/.dev ## Recalcule les versions verrouillées et leurs empreintes
	$(LOCK) pyproject.toml --group build -o requirements.lock
	$(LOCK) pyproject.toml --group build --extra local -c requirements.lock -o requirements-local.lock
	$(LOCK) pyproject.toml --group build --extra local --extra bench --group dev -c requirements-local.lock -o requirements-dev.lock
	echo 'uv==0.13.9' | $(LOCK) - -o requirements-uv.lock

clean: ## Supprime l'environnement et les caches du projet (pas les données)
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Internal from here on.

$(VENV)/.uv: requirements-uv.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 ou plus récent est nécessaire : introuvable." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 ou plus récent est nécessaire ; $(PYTHON) est $$($(PYTHON) --version)." >&2; \
		echo "Indiquez-en un autre : make PYTHON=/chemin/vers/python3.11 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Il manque le module venv de Python. Sur Debian ou Ubuntu :" >&2; \
		echo "  apt install $$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" >&2; exit 1; }
	@echo "Création de l'environnement Python…" >&2
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

$(VENV)/.local: $(VENV)/.uv requirements-local.lock pyproject.toml
	@$(UV_PIP) install --quiet --compile-bytecode --require-hashes -r requirements-local.lock
	@$(UV_PIP) install --quiet --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.local requirements-dev.lock
	@$(UV_PIP) install --quiet --compile-bytecode --require-hashes -r requirements-dev.lock
	@touch $@
