# `make` lists what can be made.
.DEFAULT_GOAL := help
CARGO ?= cargo

.PHONY: help demo test simulate mutants fuzz bench check

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: ## play 18 months of a real shop's orders through everything, and show the result
	$(CARGO) run --release --quiet --package upline -- demo --fresh

test: ## every test: cases, laws, the table, the acts, the real process
	$(CARGO) test --workspace --quiet

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
