PYTHON ?= python3
BIN := .venv/bin

.PHONY: verify test lint results readme doors requirements clean

.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	touch $@

verify: .venv/installed
	$(BIN)/python -m pytest verify/

test: .venv/installed
	$(BIN)/python -m pytest tests/

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The evidence that the README quotes: an hour and a half on two cores.
results: .venv/installed
	$(BIN)/python -m pytest verify/ --scale full --json results/full.json
	$(BIN)/python -m verify.calibration --blocks 20 --json results/calibration.json
	$(BIN)/python -m verify.mutation --json results/mutation.json

readme: .venv/installed
	$(BIN)/python -m verify.readme README.md results

# What every public door answers to bad input.
doors: .venv/installed
	$(BIN)/python -m tests.doors > docs/doors.md

requirements:
	CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile --quiet --strip-extras --allow-unsafe \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
		--extra dev --annotation-style=line --output-file=requirements.txt pyproject.toml

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
