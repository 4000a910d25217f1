PYTHON ?= python3
BIN := .venv/bin
BENCH_PYTHON ?= $(BIN)/python

.PHONY: verify test browser lint notebooks docs results readme requirements clean figures doors fuzz properties bench attack

.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	touch $@

verify: .venv/installed
	$(BIN)/python -m pytest verify/

test: .venv/installed
	$(BIN)/python -m pytest tests/

# The tests of the report page open it in Chromium; as root on Debian this installs it where it is missing.
browser:
	command -v chromium || command -v chromium-browser || command -v google-chrome || { \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends chromium; }

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Runs the proof sketches from scratch; fails on an error, or if what they put out is not what is kept. After an edit:
# .venv/bin/python notebooks/build.py NAME
notebooks: .venv/installed
	$(BIN)/python notebooks/build.py --check

# The pages of docs/ and the API from docstrings, in docs/_build/html; a broken link or reference is an error.
docs: .venv/installed
	$(BIN)/sphinx-build -q -W -n --keep-going --fresh-env -b html docs docs/_build/html

# The evidence that the README and the findings quote: some three hours on two cores.
results: .venv/installed
	$(BIN)/python -m pytest verify/ --scale full --json results/full.json
	$(BIN)/python -m tests.trust.calibration --blocks 20 --json results/calibration.json
	$(BIN)/python -m tests.trust.mutation --json results/mutation.json
	$(BIN)/samverify sweep figures/configs/paper_grid.toml --out .sweeps/paper_grid
	$(BIN)/samverify sweep figures/configs/large_grid.toml --out .sweeps/large_grid
	$(BIN)/python -m figures.measure results paths deactivation stages tau_window necessity robustness sharpness digits \
		phase_paper=.sweeps/paper_grid/sweep.nc phase_large=.sweeps/large_grid/sweep.nc

figures: .venv/installed
	$(BIN)/samverify figures --results results --out figures/gallery

readme: .venv/installed
	$(BIN)/python -m verify.report.readme README.md results figures/gallery
	$(BIN)/python -m verify.report.quotes docs/findings.md results

# An hour's search for counterexamples of all statements.
attack: .venv/installed
	$(BIN)/samverify attack --minutes 60 --json results/attack.json

# Ten minutes of random and spoiled input.
fuzz: .venv/installed
	$(BIN)/python -m tests.fuzz --minutes 10

# All properties under the long profile of hypothesis, and how many examples each was tried on: five minutes.
properties: .venv/installed
	$(BIN)/python tests/trust/properties.py results/properties.json

# What each public function and command answers to bad input.
doors: .venv/installed
	$(BIN)/python tests/doors.py > docs/doors.md

# Times and ratios, into results/bench.json and docs/benchmarks.md: three minutes, if the machine has nothing else to do.
bench: .venv/installed
	mkdir -p .benchmarks
	OPENBLAS_NUM_THREADS=1 $(BENCH_PYTHON) -m pytest benchmarks/ -q --benchmark-quiet --benchmark-json=.benchmarks/raw.json
	$(BENCH_PYTHON) -m benchmarks.results .benchmarks/raw.json results/bench.json
	$(BENCH_PYTHON) -m benchmarks.page docs/benchmarks.md results/bench.json

requirements:
	CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile --quiet --strip-extras --allow-unsafe \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
		--extra dev --annotation-style=line --output-file=requirements.txt pyproject.toml

clean:
	rm -rf .venv build docs/_build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
