# SPDX-License-Identifier: Apache-2.0
# The front door. Everything is built by meson and ninja; these are the short
# names. `make help` lists them.

BUILD ?= build
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
export FUZZ_SECONDS

.DEFAULT_GOAL := all
.PHONY: endure all deps demo check check-vm install bench lint format fuzz clean help

# How every target comes by a configured build directory.
CONFIGURED = $(BUILD)/build.ninja

$(CONFIGURED):
	meson setup $(MESON_FLAGS) $(BUILD)

all: $(CONFIGURED) ## build the library and the command into build/
	ninja -C $(BUILD)

deps: ## install what building and testing need (Debian packages)
	tools/install-deps build test

demo: ## see it work: install what is missing, build, show
	tools/install-deps build
	$(MAKE) all
	tools/demo $(BUILD)/src/cli/procjail

check: ## run every test; the last line counts them
	tools/install-deps build test $(if $(CI),servers)
	$(MAKE) all
	meson setup --reconfigure $(BUILD) >/dev/null # finds new test files
	ninja -C $(BUILD) --quiet
	tools/run-tests $(BUILD)

check-vm: ## run tests/vm in virtual machines with Debian's kernel
	tools/install-deps build vm
	$(MAKE) all
	tools/check-vm $(BUILD)

install: all ## install under PREFIX (/usr/local), in DESTDIR if given
	meson configure $(BUILD) -Dprefix=$(abspath $(PREFIX))
	DESTDIR="$(abspath $(DESTDIR))" meson install -C $(BUILD)

bench: ## measure against posix_spawn, bubblewrap and other jails
	tools/install-deps build bench
	$(MAKE) all
	tools/bench $(BUILD)

endure: ## 10,000 runs and 1,000 killed callers under each strategy: what is left
	tools/install-deps build bench
	$(MAKE) all
	tools/endure $(BUILD)

lint: ## clang-format, clang-tidy, cppcheck, gcc -fanalyzer
	tools/install-deps build lint
	tools/lint

format: ## lay out the sources with clang-format
	tools/lint --format

fuzz: ## run each fuzz target for FUZZ_SECONDS (60)
	tools/install-deps build lint
	tools/fuzz

clean: ## remove what was built
	rm -rf $(BUILD) build-*

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)
