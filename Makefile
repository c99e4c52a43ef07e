# `make` lists what can be made.
.DEFAULT_GOAL := help
CARGO ?= cargo

.PHONY: help demo test check bench simulate mutants

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

bench: ## how fast it is, beside the budgets
	$(CARGO) bench --quiet --package upline-domain

check: ## formatting, lints, and what is allowed among dependencies
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny --all-features check bans licenses sources; \
	else echo "cargo-deny is not installed: dependencies were not checked (cargo install cargo-deny)"; fi
	@if command -v cargo-machete >/dev/null; then cargo machete; \
	else echo "cargo-machete is not installed: unused dependencies were not looked for (cargo install cargo-machete)"; fi
