# `make` lists what can be made.
.DEFAULT_GOAL := help
CARGO ?= cargo

.PHONY: help demo test simulate mutants fuzz bench check package infra-test e2e up down

help: ## list these targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: ## play 18 months of a real shop's orders through everything, and show the result
	$(CARGO) run --release --quiet --package upline -- demo --fresh

test: ## every test: cases, laws, the table, the acts, the real process, the deployed stack
	$(CARGO) test --workspace --quiet
ifeq ($(shell uname -sm),Linux x86_64)
	@command -v npm >/dev/null && command -v python3 >/dev/null || { echo "the stack is tested with" \
		"Node 20 and Python 3.11: install them, or run the other tests alone by cargo test" >&2; exit 2; }
	$(MAKE) --no-print-directory package ARCHITECTURE=x86_64
	$(MAKE) --no-print-directory infra-test e2e
else
	@echo "the deployed stack was not tested: that takes Linux on x86-64"
endif

simulate: ## whole worlds from SEED on, COUNT of them, over a table with faults
	UPLINE_SEED=$(or $(SEED),1) UPLINE_COUNT=$(or $(COUNT),1) \
	$(CARGO) test --workspace --quiet --test it simulation:: -- --nocapture

mutants: ## break the product in every listed way (ONLY=words of names), and see that the simulation sees it
	$(CARGO) test --workspace --quiet --test mutants -- all $(ONLY)

bench: ## each budget beside what was measured, growth, costs
	$(CARGO) bench --quiet --workspace --bench budgets

# What is fuzzed is built with optimisation, and with its checks of overflow.
FUZZED = $(foreach crate,upline-contract upline-domain upline-tests,--config profile.dev.package.$(crate).opt-level=2)
SECONDS ?= 60
fuzz: ## chance against all that reads what comes from outside: [TARGET=events] [SECONDS=60] [SEED=...]
	BOLERO_RANDOM_TEST_TIME_MS=$(SECONDS)000 \
	$(if $(SEED),BOLERO_RANDOM_SEED=$(SEED) BOLERO_RANDOM_ITERATIONS=0,BOLERO_RANDOM_ITERATIONS=1000000000000) \
	$(CARGO) $(FUZZED) test --workspace --quiet --test fuzz $(TARGET) -- --nocapture --test-threads=1

check: ## formatting, lints, and what is allowed among dependencies
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny --all-features check bans licenses sources; \
	else echo "cargo-deny is not installed: dependencies were not checked (cargo install cargo-deny)"; fi
	@if command -v cargo-machete >/dev/null; then cargo machete; \
	else echo "cargo-machete is not installed: unused dependencies were not looked for (cargo install cargo-machete)"; fi

# The functions are the crates that have a `main`. arm64 needs cargo-lambda and the target of Rust;
# where both are there, it is what is packaged.
FUNCTIONS = $(patsubst functions/%/src/main.rs,%,$(wildcard functions/*/src/main.rs))
ARM64 = aarch64-unknown-linux-gnu
X86_64 = x86_64-unknown-linux-gnu
ARCHITECTURE ?= $(shell command -v cargo-lambda >/dev/null && \
	test -d "$$(rustc --print target-libdir --target $(ARM64))" && echo arm64 || echo x86_64)

package: ## build the functions into target/lambda, and say what each takes: [ARCHITECTURE=arm64|x86_64]
	@case $(ARCHITECTURE) in \
	arm64) command -v cargo-lambda >/dev/null || { echo "arm64 is built by cargo-lambda: pip install" \
		"cargo-lambda, and rustup target add $(ARM64)" >&2; exit 2; }; \
		$(CARGO) lambda build --profile lambda --arm64 $(FUNCTIONS:%=--package %);; \
	x86_64) $(CARGO) build --profile lambda --target $(X86_64) $(FUNCTIONS:%=--package %) && \
		for name in $(FUNCTIONS); do rm -rf target/lambda/$$name && install -D \
			target/$(X86_64)/lambda/$$name target/lambda/$$name/bootstrap || exit; done;; \
	*) echo "ARCHITECTURE is arm64 or x86_64, not $(ARCHITECTURE)" >&2; exit 2;; esac
	@python3 infra/package.py

infra-test: ## the stack: what it may do, and which configurations it refuses (Node 20)
	cd infra/cdk && npm ci --silent --no-audit --no-fund && npm test --silent

VENV = infra/e2e/.venv
e2e: $(VENV) ## the stack on an emulator of AWS, with the functions that `make package` built (Python 3.11)
	$(VENV)/bin/python -m unittest discover --start-directory infra/e2e --verbose

up: $(VENV) ## the stack on an emulator, left running, with an address and a token: [ORDERS=1000]
	$(VENV)/bin/python infra/e2e/up.py $(ORDERS)

down: ## end what `make up` started
	$(VENV)/bin/python infra/e2e/down.py

.PHONY: $(VENV)
$(VENV):
	cd infra/cdk && npm ci --silent --no-audit --no-fund
	test -x $(VENV)/bin/python || python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --requirement infra/e2e/requirements.txt
