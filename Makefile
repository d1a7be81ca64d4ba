# mappad - see README.md. `make help` lists what there is.
#
# One Makefile, no configure step. Objects go to $(BUILD); every source below a
# layer's folder belongs to that layer's archive; a test links exactly the
# archives its folder names, so that a layer which reaches upward fails to link.

BUILD   ?= build
PREFIX  ?= /usr
SYSCONFDIR ?= /etc
UNITDIR ?= /lib/systemd/system
VERSION := $(shell cat VERSION 2>/dev/null || echo 0.0.0)

CC      ?= gcc
CFLAGS  ?= -O2 -g
WERROR  ?=
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion -Wno-sign-conversion \
           -Wvla -Wwrite-strings -Wcast-qual -Wpointer-arith -Wformat=2 -Wundef -Wswitch-enum -Wimplicit-fallthrough
HARDEN  := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE -D_FORTIFY_SOURCE=2
SAN     ?=
ifneq ($(SAN),)
HARDEN  := -fPIE -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=undefined
SANLD   := -fsanitize=$(SAN)
endif
CPPFLAGS += -Iinclude -D_GNU_SOURCE -DMAPPAD_VERSION='"$(VERSION)"'
ALLCFLAGS = -std=c11 $(WARN) $(WERROR) $(HARDEN) $(CFLAGS) $(COV) -MMD -MP
ALLLDFLAGS = -pie -Wl,-z,relro,-z,now $(LDFLAGS) $(SANLD) $(COV)

# Layers, lowest first, and the packages each may use.
LAYERS  := engine rulefile wire explain store app mail service api
PKG_engine :=
PKG_rulefile := libconfig libcrypto
PKG_wire := jansson
PKG_explain :=
PKG_store := sqlite3 libcrypto
PKG_app := jansson libcrypto libical
PKG_mail := libcurl libevent
PKG_service := libsystemd libevent
PKG_api := libevent jansson
PKG_client := libcurl jansson
PKG_test := cmocka

# `make check` and `make demo` bring the packages and then run make again, so on
# their first reading of this file there may be no pkg-config yet.
PKG_CONFIG ?= pkg-config
PKG_QUIET  := $(if $(filter-out check ci demo demo-stop help clean,$(or $(MAKECMDGOALS),all)),,2>/dev/null)
pkg_cflags = $(if $(strip $(1)),$(shell $(PKG_CONFIG) --cflags $(1) $(PKG_QUIET)))
# The tests need cmocka; whoever only builds does not, and need not hear that it is missing.
TEST_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKG_test) 2>/dev/null)
pkg_libs   = $(if $(strip $(1)),$(shell $(PKG_CONFIG) --libs $(1) $(PKG_QUIET)))

define layer
SRC_$(1) := $$(sort $$(wildcard daemon/$(1)/*.c))
OBJ_$(1) := $$(SRC_$(1):%.c=$$(BUILD)/%.o)
$$(BUILD)/lib$(1).a: $$(OBJ_$(1))
	@rm -f $$@; ar rcs $$@ $$^
$$(OBJ_$(1)): PKGFLAGS := $$(call pkg_cflags,$$(PKG_$(1)))
endef
$(foreach l,$(LAYERS),$(eval $(call layer,$(l))))

# What each layer's tests and programs link: itself and all below it, top first.
BELOW_engine := engine
BELOW_rulefile := rulefile engine
BELOW_wire := wire engine
BELOW_explain := explain wire engine
BELOW_store := store engine
BELOW_app := app store explain wire rulefile engine
BELOW_mail := mail app store explain wire rulefile engine
BELOW_service := service wire engine
BELOW_api := api app store explain wire rulefile engine
BELOW_daemon := api mail service app store explain wire rulefile engine
BELOW_client := app store explain wire rulefile engine

archives = $(foreach l,$(BELOW_$(1)),$(BUILD)/lib$(l).a)
packages = $(sort $(foreach l,$(BELOW_$(1)),$(PKG_$(l))) $(PKG_only_$(1)))
PKG_only_client := $(PKG_client)
PKG_only_daemon := libevent_pthreads

# A line for each step; V=1 shows the whole commands.
V       ?=
say      = $(if $(V),,@printf '  %-5s %s\n' $(1) $@;)

PROGRAMS := $(BUILD)/bin/mappad $(BUILD)/bin/mappactl

.DEFAULT_GOAL := all
.SECONDARY:
.DELETE_ON_ERROR:

all: $(PROGRAMS) ## build mappad and mappactl

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(PKGFLAGS) $(ALLCFLAGS) -c -o $@ $<

CLIENT_SRC := $(sort $(wildcard client/*.c))
CLIENT_OBJ := $(CLIENT_SRC:%.c=$(BUILD)/%.o)
$(CLIENT_OBJ): PKGFLAGS := $(call pkg_cflags,$(PKG_client))
$(BUILD)/bin/mappactl: $(CLIENT_OBJ) $(call archives,client)
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(ALLLDFLAGS) -o $@ $^ $(call pkg_libs,$(call packages,client))

DAEMON_SRC := $(sort $(wildcard daemon/*.c))
DAEMON_OBJ := $(DAEMON_SRC:%.c=$(BUILD)/%.o)
$(BUILD)/bin/mappad: $(DAEMON_OBJ) $(call archives,daemon)
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(ALLLDFLAGS) -o $@ $^ $(call pkg_libs,$(call packages,daemon))

# tests/unit/LAYER/test_x.c is linked with that layer's archives and no other; the client's with all of it but main.
$(BUILD)/client/client.a: $(filter-out %/main.o,$(CLIENT_OBJ))
	@rm -f $@; ar rcs $@ $^
OWN_client := $(BUILD)/client/client.a

define unit
UNIT_SRC_$(1) := $$(sort $$(wildcard tests/unit/$(1)/test_*.c))
UNIT_BIN_$(1) := $$(UNIT_SRC_$(1):tests/unit/%.c=$$(BUILD)/unit/%)
$$(UNIT_SRC_$(1):%.c=$$(BUILD)/%.o): PKGFLAGS := $$(TEST_CFLAGS) $$(call pkg_cflags,$$(PKG_$(1)))
$$(BUILD)/unit/$(1)/%: $$(BUILD)/tests/unit/$(1)/%.o $$(OWN_$(1)) $$(call archives,$(1))
	@mkdir -p $$(@D)
	$$(call say,LINK)$$(CC) $$(ALLLDFLAGS) -o $$@ $$^ $$(call pkg_libs,$$(call packages,$(1)) $$(PKG_test)) -lm
unit-$(1): $$(UNIT_BIN_$(1))
	@for t in $$^; do echo "== $$$$t"; $$$$t || exit 1; done
endef
$(foreach l,$(LAYERS) client,$(eval $(call unit,$(l))))

# Tests of what happens when the world fails, linked with the whole of the daemon but its wiring.
FAULT_SRC := $(sort $(wildcard tests/fault/test_*.c))
FAULT_BINS := $(FAULT_SRC:tests/fault/%.c=$(BUILD)/fault/%)
$(FAULT_SRC:%.c=$(BUILD)/%.o): PKGFLAGS := $(TEST_CFLAGS) $(call pkg_cflags,$(PKG_store) $(PKG_app) $(PKG_api))
$(BUILD)/fault/%: $(BUILD)/tests/fault/%.o $(call archives,api)
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(ALLLDFLAGS) -o $@ $^ $(call pkg_libs,$(call packages,api) $(PKG_test)) -lm

# Tests that have what they need fail, or say what they want to hear: threads, the length of the log, an allocation of the engine.
$(BUILD)/unit/app/test_reader: LDFLAGS += -Wl,--wrap=store_log_times
$(BUILD)/unit/store/test_checkpoint: LDFLAGS += -Wl,--wrap=pthread_create
$(BUILD)/unit/rulefile/test_engine: LDFLAGS += -Wl,--wrap=arena_alloc,--wrap=arena_array,--wrap=arena_room

unit: $(foreach l,$(LAYERS) client,unit-$(l)) ## unit and property tests

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)
include tests/targets.mk
include contrib/targets.mk
include demo/targets.mk

clean: ## remove what was built
	rm -rf $(BUILD)

.PHONY: all help unit clean $(foreach l,$(LAYERS) client,unit-$(l))
