PYTHON ?= python3
BIN := .venv/bin
BENCH_PYTHON ?= $(BIN)/python

.PHONY: verify test browser lint notebooks docs results readme requirements clean figures fuzz mutation properties bench peers attack

# uv where it is there, else pip
ifneq ($(shell command -v uv),)
VENV := test -x $(BIN)/python || uv venv --quiet --seed --python $(PYTHON)
PIP := uv pip install --quiet --python $(BIN)/python
else
VENV := $(PYTHON) -m venv
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

# What verifying needs, and no more; the lock holds all versions.
.venv/core: requirements.txt pyproject.toml
	$(VENV) .venv
	$(PIP) --constraint requirements.txt --editable '.[fast,digits]'
	touch $@

.venv/installed: .venv/core
	$(PIP) --requirement requirements.txt
	touch $@

verify: .venv/core
	$(BIN)/python -m pytest verify/

test: .venv/installed
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest tests/ -n auto --dist loadfile

# The tests of the report page open it in Chromium, and are skipped without one; as root on Debian this installs it.
browser:
	command -v chromium || command -v chromium-browser || command -v google-chrome || { \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends chromium; }

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/zizmor --offline --quiet .github/workflows

# Runs the proof sketches from scratch; fails on an error, or if what they put out is not what is kept. After an edit:
# .venv/bin/python notebooks/build.py NAME
notebooks: .venv/installed
	$(BIN)/python notebooks/build.py --check

# The pages of docs/ and the API from docstrings, in docs/_build/html; a broken link or reference is an error.
docs: .venv/installed
	$(BIN)/sphinx-build -q -W -n --keep-going --fresh-env -b html docs docs/_build/html

# The evidence that README and docs quote: some three hours on two cores.
results: .venv/installed
	$(BIN)/python -m pytest verify/ --scale full --json results/full.json
	$(BIN)/python -m verify.chain results/chain.json
	$(BIN)/python -m tests.trust.calibration --blocks 20 --json results/calibration.json
	$(BIN)/samverify sweep figures/configs/paper_grid.toml --out .sweeps/paper_grid
	$(BIN)/samverify sweep figures/configs/large_grid.toml --out .sweeps/large_grid
	$(BIN)/samverify sweep figures/configs/weak_grid.toml --out .sweeps/weak_grid
	$(BIN)/python -m figures.measure results stages filters deactivation tau_window necessity robustness federated sharpness digits \
		error_curve nuisance radius_length local_sgd true_region explore \
		phase_paper=.sweeps/paper_grid/sweep.nc phase_large=.sweeps/large_grid/sweep.nc \
		phase_weak=.sweeps/weak_grid/sweep.nc

figures: .venv/installed
	$(BIN)/samverify figures --results results --out figures/gallery

readme: .venv/installed
	$(BIN)/python -m verify.report.readme . results figures/gallery
	$(BIN)/python -m verify.report.quotes results docs/findings.md docs/theory.md docs/paper_map.md docs/questions.md

# An hour's search for counterexamples of all statements.
attack: .venv/installed
	$(BIN)/samverify attack --minutes 60 --json results/attack.json

# Does the suite see a fault? A random sample of mutants and the theory's flips, into results/mutation.json: hours. It goes on
# where it was ended; another SEED is another sample.
SEED ?= 0
mutation: .venv/installed
	git worktree add --force --detach .mutation/tree
	$(BIN)/python -m tests.trust.mutation map .mutation/tree
	$(BIN)/python -m tests.trust.mutation run .mutation/tree --seed $(SEED)
	$(BIN)/python -m tests.trust.mutation flips .mutation/tree
	git worktree remove --force .mutation/tree

# Thousands of random and spoiled inputs: some minutes.
fuzz: .venv/installed
	$(BIN)/python -m pytest tests/test_fuzz.py --hypothesis-profile long

# All properties under the long profile of hypothesis, and how many examples each was tried on: five minutes.
properties: .venv/installed
	$(BIN)/python tests/trust/properties.py results/properties.json

# Times and ratios, into results/bench.json and docs/benchmarks.md: three minutes, if the machine has nothing else to do.
bench: .venv/installed
	mkdir -p .benchmarks
	OPENBLAS_NUM_THREADS=1 $(BENCH_PYTHON) -m pytest benchmarks/ -q --benchmark-quiet --benchmark-json=.benchmarks/raw.json
	$(BENCH_PYTHON) -m benchmarks.results .benchmarks/raw.json results/bench.json
	$(BENCH_PYTHON) -m benchmarks.page docs/benchmarks.md results/bench.json

# SAM as others have written it, on the same batches: what is installed of them, into results/peers.json and the docs.
peers: .venv/installed
	$(BENCH_PYTHON) -m benchmarks.peers results/peers.json docs/your_own.md

# The lock: what the group dev names, which pip-compile does not read.
requirements:
	$(BIN)/python -c "import tomllib; g = tomllib.load(open('pyproject.toml', 'rb'))['dependency-groups']; \
		print(*(x for i in g['dev'] for x in g[i['include-group']]), sep='\n')" > .venv/dev.in
	CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile --quiet --strip-extras --allow-unsafe \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
		--annotation-style=line --output-file=requirements.txt pyproject.toml .venv/dev.in

clean:
	rm -rf .venv build docs/_build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
