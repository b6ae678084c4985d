# Both main targets make their own environments, on Debian or Ubuntu with git, make, python3, python3-venv, node and npm.

PYTHON ?= python3
SCENARIO ?= three_networks
RUNS ?=

.PHONY: rehearsal test bench clean

# The main job against the rehearsal world: SCENARIO= names another one, with what it runs; RUNS=2 runs it again in the same world.
rehearsal:
	@$(PYTHON) tests/tooling/environments.py python
	@.venv/bin/python -m tests.azure_simulator.rehearse --scenario "$(SCENARIO)" $(if $(RUNS),--runs "$(RUNS)")

# Everything that must pass.
test:
	@$(PYTHON) tests/tooling/run_all.py

# What a fan-out over many servers takes and asks for, against its slowest server alone.
bench:
	@$(PYTHON) tests/tooling/environments.py python
	@.venv/bin/python -m tests.benchmarks.fan_out

clean:
	rm -rf .cache .venv .venv-importer .node reports
