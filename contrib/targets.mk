# Installation. Every path honours DESTDIR; files of the administrator are never overwritten.

SBINDIR     ?= $(PREFIX)/sbin
BINDIR      ?= $(PREFIX)/bin
DATADIR     ?= $(PREFIX)/share
MANDIR      ?= $(DATADIR)/man
DOCDIR      ?= $(DATADIR)/doc/mappad
BASHCOMPLETIONDIR ?= $(DATADIR)/bash-completion/completions
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
CONFDIR     := $(SYSCONFDIR)/mappad
INSTALL     ?= install

RULE_FILES := $(sort $(wildcard rules/*.cfg))
RULE_TESTS := $(sort $(wildcard rules/*.test))
RULE_EXAMPLES := $(sort $(wildcard rules/examples/*/*.cfg rules/examples/*/*.test))
MAN_PAGES  := $(sort $(wildcard docs/*.[158]))
EXAMPLES   := contrib/mappad.conf contrib/contacts.example.cfg
# What the manuals and the runbook refer to, in the folders in which their links expect it.
DOCUMENTS  := README.md SECURITY.md CHANGES.md $(sort $(wildcard docs/*.md docs/*.svg docs/*.yaml docs/examples/import/*))

# $(call keep,SOURCE,TARGET): install a configuration file unless the administrator has one already.
keep = test -e "$(DESTDIR)$(2)" || $(INSTALL) -m 0644 "$(1)" "$(DESTDIR)$(2)"

install: all ## install under DESTDIR (default: the running system)
	$(INSTALL) -d '$(DESTDIR)$(SBINDIR)' '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(DATADIR)/mappad/rules' \
	  '$(DESTDIR)$(DATADIR)/mappad/examples' '$(DESTDIR)$(CONFDIR)/rules' '$(DESTDIR)$(UNITDIR)' \
	  '$(DESTDIR)$(SYSUSERSDIR)' '$(DESTDIR)$(TMPFILESDIR)'
	$(INSTALL) -m 0755 $(BUILD)/bin/mappad '$(DESTDIR)$(SBINDIR)/mappad'
	$(INSTALL) -m 0755 $(BUILD)/bin/mappactl '$(DESTDIR)$(BINDIR)/mappactl'
	$(INSTALL) -m 0644 $(RULE_FILES) $(RULE_TESTS) '$(DESTDIR)$(DATADIR)/mappad/rules/'
	$(INSTALL) -m 0644 $(EXAMPLES) '$(DESTDIR)$(DATADIR)/mappad/examples/'
	@for f in $(RULE_EXAMPLES:rules/examples/%=%); do \
	  $(INSTALL) -D -m 0644 "rules/examples/$$f" '$(DESTDIR)$(DATADIR)/mappad/examples/'"$$f" || exit 1; done
	@for f in $(notdir $(RULE_FILES)); do $(call keep,rules/$$f,$(CONFDIR)/rules/$$f) || exit 1; done
	@$(call keep,contrib/mappad.conf,$(CONFDIR)/mappad.conf)
	@$(call keep,contrib/contacts.example.cfg,$(CONFDIR)/contacts.cfg)
	$(INSTALL) -m 0644 contrib/systemd/mappad.service contrib/systemd/mappad.socket \
	  contrib/systemd/mappad-backup.service contrib/systemd/mappad-backup.timer '$(DESTDIR)$(UNITDIR)/'
	$(INSTALL) -d '$(DESTDIR)$(DATADIR)/mappad/prometheus'
	$(INSTALL) -m 0644 $(sort $(wildcard contrib/prometheus/*)) '$(DESTDIR)$(DATADIR)/mappad/prometheus/'
	$(INSTALL) -m 0644 contrib/systemd/mappad.sysusers '$(DESTDIR)$(SYSUSERSDIR)/mappad.conf'
	$(INSTALL) -m 0644 contrib/systemd/mappad.tmpfiles '$(DESTDIR)$(TMPFILESDIR)/mappad.conf'
	$(INSTALL) -D -m 0644 contrib/completion/mappactl.bash '$(DESTDIR)$(BASHCOMPLETIONDIR)/mappactl'
	@for f in $(DOCUMENTS); do $(INSTALL) -D -m 0644 "$$f" '$(DESTDIR)$(DOCDIR)/'"$$f" || exit 1; done
	@for page in $(MAN_PAGES); do \
	  $(INSTALL) -D -m 0644 "$$page" '$(DESTDIR)$(MANDIR)'/man"$${page##*.}"/"$${page##*/}" || exit 1; done

.PHONY: install
