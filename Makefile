# Everything a developer runs. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

TARGET := $(or $(CARGO_TARGET_DIR),target)
GUEST_TRIPLE := x86_64-unknown-linux-gnu
FREEHOLD := $(TARGET)/release/freehold
GUEST := $(TARGET)/release/freehold-guest
PYTHON := .venv/bin/python

# Tests and the demo use the clients of this checkout's own environment.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help setup packages toolchain venv build guest image demo test bench lint audit fuzz clean

help: ## Show what there is to run
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: packages toolchain venv build image ## Install what is missing, build, and prepare the guest image
	@echo "── ready: try 'make demo'"

packages: # What the distribution provides.
	@scripts/setup packages

toolchain: # A Rust compiler that is new enough.
	@scripts/setup toolchain

venv: # The Python clients that tests and the demo use.
	@scripts/setup venv

build: guest ## Build the freehold binary and the program inside its microVMs
	@echo "── building freehold"
	cargo build --release --locked --package freehold

# Static, because nothing else is there when it starts. The flags reach only what runs in the guest: with
# --target, cargo keeps them away from build scripts.
guest:
	@echo "── building the guest's first process"
	CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-C target-feature=+crt-static" \
	    cargo build --profile guest --locked --package guest-agent --target $(GUEST_TRIPLE)
	@mkdir -p $(TARGET)/release
	install -m 755 $(TARGET)/$(GUEST_TRIPLE)/guest/guest-agent $(GUEST)

image: build ## Prepare the guest's kernel and base image (once)
	@echo "── preparing the guest's kernel and base image"
	$(FREEHOLD) image prepare

demo: setup ## Deploy examples/hello to a server of its own and talk to it
	$(PYTHON) examples/demo.py $(FREEHOLD) examples/hello

test: image venv ## Run all tests
	FREEHOLD_BIN="$(abspath $(FREEHOLD))" FREEHOLD_GUEST_AGENT="$(abspath $(GUEST))" \
	    FREEHOLD_PYTHON="$(CURDIR)/$(PYTHON)" cargo xtask ci test

bench: image venv ## Measure, and print a table
	@scripts/setup peers
	FREEHOLD_BIN="$(abspath $(FREEHOLD))" $(PYTHON) bench/run.py

lint: ## Check formatting, lints, the house's rules, generated code and licences
	@scripts/setup deny
	cargo xtask ci lint

audit: ## Look for known faults of the dependencies (fetches the advisory database)
	@scripts/setup deny
	cargo xtask ci audit

SECONDS_EACH ?= 30
fuzz: ## Run each fuzz target for SECONDS_EACH seconds
	cargo xtask fuzz --seconds $(SECONDS_EACH)

clean: ## Remove what was built here; the guest image and data directories stay
	cargo clean
	rm -rf .venv fuzz/target
