# Proving it. `make check` is the whole; the other targets are its parts and what .ci/run adds.

PYTHON     ?= /usr/bin/python3
export PYTHONDONTWRITEBYTECODE := 1      # tests and demonstration leave nothing outside $(BUILD)
# Built on all processors unless the caller said otherwise.
ALL_JOBS    = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
UNIT_BINS   = $(foreach l,$(LAYERS) client,$(UNIT_BIN_$(l)))
FUZZ_SECONDS ?= 10

check: ## install what is missing, build, run every test
	scripts/setup check
	+$(MAKE) --no-print-directory $(ALL_JOBS) check-built

check-built: $(PROGRAMS) $(UNIT_BINS) $(FAULT_BINS) $(BUILD)/sim/sim
	$(PYTHON) tests/check.py --build $(BUILD)

box: $(PROGRAMS) $(BUILD)/unit/api/test_routes ## only the box tests: the real daemon, socket, mail server and systemd
	$(PYTHON) tests/check.py --build $(BUILD) --suite box

unit-programs: $(UNIT_BINS) $(FAULT_BINS)

lint: $(foreach l,$(LAYERS),$(BUILD)/lib$(l).a) ## house rules, formatting, scripts, units
	tests/lint/run $(BUILD)

format: ## let clang-format lay out the sources of the daemon and the client
	clang-format -i --style=file daemon/*.c daemon/*/*.c client/*.c

ci: ## what .ci/run does
	bash .ci/run

# Fuzzing. tests/fuzz/fuzz_X.c is one entry point; its layer is the folder of daemon/ (or client) named on a line
# "fuzz-layer: NAME" of its opening comment; that layer's sources and those below are built by clang with sanitizers,
# once for all entry points. "fuzz-with: client" links the client's sources but its main too.
FUZZ_SRC  := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_NAMES := $(FUZZ_SRC:tests/fuzz/%.c=%)
FUZZ_DIR   = $(BUILD)/fuzz
FUZZ_FLAGS = -std=c11 -g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=undefined
FUZZ_PACKAGES := $(sort $(foreach l,$(LAYERS),$(PKG_$(l))))

$(BUILD)/fuzz-objects/%.o: %.c
	@mkdir -p $(@D)
	$(call say,FUZZ)clang $(CPPFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined \
	  $(call pkg_cflags,$(FUZZ_PACKAGES)) -MMD -MP -c -o $@ $<

define fuzz_program
FUZZ_LAYER_$(1) := $$(shell sed -n 's/.*fuzz-layer: *\([a-z]*\).*/\1/p' tests/fuzz/$(1).c | head -1)
FUZZ_WITH_$(1)  := $$(shell grep -q '^ \* fuzz-with: client$$$$' tests/fuzz/$(1).c && echo $$(filter-out client/main.c,$$(CLIENT_SRC)))
FUZZ_OBJ_$(1)   := $$(patsubst %.c,$$(BUILD)/fuzz-objects/%.o,$$(FUZZ_WITH_$(1)) $$(foreach l,$$(BELOW_$$(FUZZ_LAYER_$(1))),$$(SRC_$$(l))))
$$(FUZZ_DIR)/$(1): $$(BUILD)/fuzz-objects/tests/fuzz/$(1).o $$(FUZZ_OBJ_$(1))
	@mkdir -p $$(@D)
	$$(call say,FUZZ)clang $$(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined -o $$@ $$^ \
	  $$(call pkg_libs,$$(call packages,$$(FUZZ_LAYER_$(1)))) -lm
endef
$(foreach f,$(FUZZ_NAMES),$(eval $(call fuzz_program,$(f))))

fuzz: $(FUZZ_NAMES:%=$(FUZZ_DIR)/%) ## fuzz every entry point for FUZZ_SECONDS each; needs clang
	tests/fuzz/run $(FUZZ_DIR) $(FUZZ_SECONDS)

# Programs of the bench: tests/bench/bench_X.c with the other sources beside it and the archives below the edges.
BENCH_BINS := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(sort $(wildcard tests/bench/bench_*.c)))
BENCH_OBJ  := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/bench/bench_% tests/bench/slow_disk.c,$(sort $(wildcard tests/bench/*.c))))
$(BUILD)/bench/slow_disk.so: tests/bench/slow_disk.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -std=c11 $(WARN) $(WERROR) -O2 -fPIC -shared -o $@ $<
$(BUILD)/bench/libbench.a: $(BENCH_OBJ)
	@mkdir -p $(@D); rm -f $@; ar rcs $@ $^
$(BENCH_BINS): $(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/bench/libbench.a $(call archives,app)
	@mkdir -p $(@D)
	$(CC) $(ALLLDFLAGS) -o $@ $^ $(call pkg_libs,$(call packages,app) libevent libcurl) -lm

# A partner that needs CLIPS: the bench brings it into the build folder and then asks for this.
$(BUILD)/bench/bench_clips: tests/bench/partners/bench_clips.c $(BUILD)/bench/libbench.a $(call archives,engine)
	$(CC) $(CPPFLAGS) -std=gnu11 $(WARN) $(CFLAGS) -Itests/bench -isystem $(BUILD)/bench/clips/usr/include/clips -o $@ $^ \
	  $(BUILD)/bench/clips/usr/lib/libclips.a -lm

bench: $(PROGRAMS) $(BENCH_BINS) $(BUILD)/bench/slow_disk.so ## the figures of docs/performance.md, each against its named partner
	$(PYTHON) tests/bench/bench.py --build $(BUILD)

scaling: $(PROGRAMS) $(BENCH_BINS) ## how cost grows from a thousand cases to a million; draws docs/scaling.svg
	$(PYTHON) tests/bench/scaling.py --build $(BUILD) --plot docs/scaling.svg

# Everything but sanitizers and fuzzing runs on programs that count. Gaps of a room: tests/coverage.py BUILD/coverage --show ROOM
# The settings are in the environment of the tests too: one of them has make install what was built. A test that fails is told
# of, and what the others reach is shown all the same.
COVERAGE_SUITES ?= unit fault rules docs oracle sim box
COUNTING = COV=--coverage CFLAGS='-O0 -g' HARDEN=-fPIE
coverage: ## what of each room the tests reach, beside what is asked of it; takes as long as all tests
	+$(MAKE) --no-print-directory $(ALL_JOBS) BUILD=$(BUILD)/coverage $(COUNTING) all unit-programs $(BUILD)/coverage/sim/sim
	find $(BUILD)/coverage -name '*.gcda' -delete
	$(COUNTING) $(PYTHON) tests/check.py --build $(BUILD)/coverage --patience 4 $(COVERAGE_SUITES:%=--suite %); \
	  $(PYTHON) tests/coverage.py $(BUILD)/coverage --tests $$?

.PHONY: check check-built box unit-programs lint format ci fuzz bench scaling coverage

# The simulation: years of the application on a clock that is a number, against a model (tests/sim/sim.c).
SIM_RUNS ?= 20
SIM_DAYS ?= 3650
SIM_TEMPER ?= drowsy
SIM_FIRST ?= 1
SIM_SRC  := $(sort $(wildcard tests/sim/*.c))
SIM_OBJ  := $(SIM_SRC:%.c=$(BUILD)/%.o)
$(SIM_OBJ): PKGFLAGS := $(call pkg_cflags,$(PKG_store) $(PKG_app))
$(BUILD)/sim/sim: $(SIM_OBJ) $(call archives,app)
	@mkdir -p $(@D)
	$(CC) $(ALLLDFLAGS) -o $@ $^ $(call pkg_libs,$(call packages,app))

sim: $(BUILD)/sim/sim ## ten years a life of records, sweeps and crashes against a model; SIM_RUNS=1000 SIM_TEMPER=quiet by hand
	$< --temper $(SIM_TEMPER) --first $(SIM_FIRST) --runs $(SIM_RUNS) --days $(SIM_DAYS)

SIM_LIVES ?= 1000
SIM_SECONDS ?= 3600
lives: $(BUILD)/sim/sim ## lives of four tempers, several at once, until there are SIM_LIVES=1000 or SIM_SECONDS=3600 are over
	$(PYTHON) tests/sim/lives.py --build $(BUILD) --lives $(SIM_LIVES) --seconds $(SIM_SECONDS) --first $(SIM_FIRST)

LOAD_SECONDS ?= 600
load: $(PROGRAMS) ## everybody at once: 64 clients, 1,000 followers, a flood, imports, sweeps; LOAD_SECONDS=600
	$(PYTHON) tests/load/load.py --build $(BUILD) --seconds $(LOAD_SECONDS)

.PHONY: sim lives load

# Everything that tries to break it, for as long as asked: tests/fault/torture.py. Needs clang for the fuzzers.
TORTURE_MINUTES ?= 10
TORTURE_SEED ?=
TORTURE_ONLY ?=
torture: $(PROGRAMS) $(FAULT_BINS) $(BUILD)/sim/sim $(BUILD)/unit/app/test_turnover_orders $(FUZZ_NAMES:%=$(FUZZ_DIR)/%) ## kills, faults, power losses, simulation and fuzzing, counted; TORTURE_MINUTES=10
	$(PYTHON) tests/fault/torture.py --build $(BUILD) --minutes $(TORTURE_MINUTES) $(TORTURE_SEED:%=--seed %) $(TORTURE_ONLY:%=--only %)

# What of the sources a fuzzer reaches is counted by clang, in programs of their own that replay what was found.
FUZZ_CORPUS ?= $(FUZZ_DIR)/corpus
fuzz-coverage: ## what the corpora of the fuzzers reach, by entry point; needs clang and llvm
	+$(MAKE) --no-print-directory $(ALL_JOBS) BUILD=$(BUILD)/fuzz-coverage \
	  FUZZ_FLAGS='-std=c11 -g -O1 -fprofile-instr-generate -fcoverage-mapping' $(FUZZ_NAMES:%=$(BUILD)/fuzz-coverage/fuzz/%)
	tests/fuzz/coverage $(BUILD)/fuzz-coverage/fuzz $(FUZZ_CORPUS)

.PHONY: torture fuzz-coverage
