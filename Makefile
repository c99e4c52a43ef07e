# `make` lists what can be made.
.DEFAULT_GOAL := help
CARGO ?= cargo

.PHONY: help demo test check bench

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: ## play 18 months of a real shop's orders through everything, and show the result
	$(CARGO) run --release --quiet --package upline -- demo --fresh

test: ## every test: cases, laws, the table, the acts, the real process
	$(CARGO) test --workspace --quiet

bench: ## each budget beside what was measured, growth, costs
	$(CARGO) bench --quiet --workspace --bench budgets

check: ## formatting, lints, and what is allowed among dependencies
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny --all-features check bans licenses sources; \
	else echo "cargo-deny is not installed: dependencies were not checked (cargo install cargo-deny)"; fi
	@if command -v cargo-machete >/dev/null; then cargo machete; \
	else echo "cargo-machete is not installed: unused dependencies were not looked for (cargo install cargo-machete)"; fi
