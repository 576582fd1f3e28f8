# A thin front for people; CMake builds.  `make help` lists what there is.
BUILD   ?= build
PREFIX  ?= /usr/local
JOBS    ?= $(shell nproc)
CMAKE_FLAGS ?=

all: $(BUILD)/build.ninja  ## build the program: build/cartwheel
	@cmake --build $(BUILD) --target cartwheel -j $(JOBS)
	@ln -sf bin/cartwheel $(BUILD)/cartwheel

$(BUILD)/build.ninja: | setup
	@cmake -S . -B $(BUILD) -G Ninja $(CMAKE_FLAGS) >/dev/null

setup:  ## install the Debian packages that building, testing and running need
	@scripts/setup

demo: all  ## fetch, build and run the two-platform demo image (about 250 MB of wheels)
	@scripts/demo examples/demo

demo-torch: all  ## the same with torch 2.4.0: CUDA 12.1 on x86_64, CPU on aarch64 (2.8 GB)
	@scripts/demo examples/demo-torch

test: $(BUILD)/build.ninja  ## build and pass every test (offline but for loopback)
	@cmake --build $(BUILD) -j $(JOBS)
	@ln -sf bin/cartwheel $(BUILD)/cartwheel
	@scripts/run-tests $(BUILD)

check:  ## test, and formatting, clang-tidy, include rules, sanitizers, short fuzzing
	@scripts/setup check
	@scripts/check

format:  ## format the code
	@git ls-files 'src/*.h' 'src/*.cc' 'tests/*.h' 'tests/*.cc' 'bench/*.h' 'bench/*.cc' | xargs clang-format-14 -i

interop: all  ## what needs the registries or other programs: uv, skopeo, umoci, podman, gzip readers
	@scripts/setup interop
	@scripts/interop

bench: all  ## measure, side by side with what a user would use instead
	@scripts/setup interop
	@scripts/bench

install: all  ## install program, man page and completion (PREFIX, DESTDIR)
	@DESTDIR=$(DESTDIR) cmake --install $(BUILD) --prefix $(PREFIX)

clean:  ## remove what was built
	@rm -rf $(BUILD) build-*

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##/\1/p' $(MAKEFILE_LIST) | awk '{name = $$1; $$1 = ""; printf "  make %-12s%s\n", name, $$0}'

.PHONY: all setup demo demo-torch test check format interop bench install clean help
