# domtop's one Makefile. `make help` says what there is.
#
# Everything built goes to build/; with SANITIZE=... or CC=clang to a folder of its own, so that
# variants never mix. make run, check and hypervisor install what they need first (packages lists it).

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
MANDIR     ?= $(PREFIX)/share/man
UNITDIR    ?= $(PREFIX)/lib/systemd/system
DOCDIR     ?= $(PREFIX)/share/doc/domtop
DATADIR    ?= $(PREFIX)/share/domtop
DESTDIR    ?=

CC         ?= cc
PKG_CONFIG ?= pkg-config
SANITIZE   ?=
SECONDS    ?= 20
comma      := ,
variant    := $(if $(filter clang%,$(CC)),-clang)$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))
BUILD      ?= build$(if $(variant),/variant$(variant))
VERSION    := $(shell cat VERSION)

V ?= 0
ifeq ($(V),0)
Q := @
say = @printf '  %-7s %s\n' $(1) $(2)
else
Q :=
say = @:
endif

# Debian's pkg-config files of these libraries; libstatgrab and libunistring have none worth asking.
PKGS      := ncursesw libseccomp libcap-ng libcurl xenstat xencontrol xencall xenstore xentoollog zlib libmnl libzstd \
             libmicrohttpd gnutls yaml-0.1 libcrypt librrd json-c
CPPFLAGS  += -D_GNU_SOURCE -Isrc -DDOMTOP_VERSION='"$(VERSION)"'
CFLAGS    ?= -O2 -g
WARN      := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
             -Wpointer-arith -Wwrite-strings -Wformat=2
HARDEN    := -fstack-protector-strong -fno-strict-aliasing -pthread
ifeq ($(SANITIZE),)
CPPFLAGS  += -D_FORTIFY_SOURCE=2
endif
SANFLAGS  := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
STD        := c11
ALLCFLAGS  = -std=$(STD) $(CFLAGS) $(WARN) $(HARDEN) $(SANFLAGS)
ALLLDFLAGS = $(LDFLAGS) -pthread -Wl,-z,relro,-z,now -Wl,--as-needed $(SANFLAGS)
LDLIBS    += $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null) -lstatgrab -lunistring -ljson-c -lm

SRCS := $(sort $(wildcard src/*.c src/*/*.c))
HDRS := $(sort $(wildcard src/*.h src/*/*.h))
OBJS := $(SRCS:src/%.c=$(BUILD)/obj/%.o)
# The page is in the program, and so is Debian's dygraphs, which draws its graphs.
DYGRAPHS   ?= /usr/share/javascript/dygraphs
DYGRAPHS_COPYRIGHT ?= /usr/share/doc/libjs-dygraphs/copyright
PAGE       := $(sort $(wildcard src/export/page/*.*)) \
              $(DYGRAPHS)/dygraph.min.js $(DYGRAPHS)/dygraph.min.css $(DYGRAPHS_COPYRIGHT)
PAGEOBJ    := $(BUILD)/page/files.o
OBJS       += $(PAGEOBJ)
# All but the program's own command line.
LIBOBJS := $(filter-out $(BUILD)/obj/main.o $(BUILD)/obj/options.o $(BUILD)/obj/commands/%,$(OBJS))

UNIT_SRCS := $(sort $(wildcard tests/test_*.c tests/*/test_*.c))
UNITS     := $(UNIT_SRCS:tests/%.c=$(BUILD)/tests/%)
FUZZ_SRCS := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZERS   := $(FUZZ_SRCS:tests/%.c=$(BUILD)/tests/%)

.PHONY: all help install uninstall clean unit lint check bench fuzz run hypervisor pictures format
.DELETE_ON_ERROR:

all: $(BUILD)/domtop

help:
	@echo 'make                 build build/domtop  (V=1 shows commands, SANITIZE=address,undefined, CC=clang)'
	@echo 'make run             show domtop on a real Xen: this host if it is a dom0, else the bundled one'
	@echo 'make check           install what is missing, then every test (make unit is the quick part)'
	@echo 'make lint            headers, include rules, clang-format, cppcheck, clang-tidy, manual pages'
	@echo 'make bench           print figures'
	@echo 'make pictures        draw the pictures of the README anew'
	@echo 'make fuzz SECONDS=N  fuzz each parser for N seconds'
	@echo 'make hypervisor      build the images of the bundled hypervisor'
	@echo 'make install         to $$DESTDIR$$PREFIX ($(PREFIX)); make uninstall takes it away'

# ---- building -------------------------------------------------------------------------------

$(BUILD)/domtop: $(OBJS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALLCFLAGS) $(ALLLDFLAGS) -o $@ $(OBJS) $(LDLIBS)

$(BUILD)/obj/%.o: src/%.c Makefile VERSION
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALLCFLAGS) -MMD -MP -c -o $@ $<

$(DYGRAPHS)/dygraph.min.js $(DYGRAPHS)/dygraph.min.css $(DYGRAPHS_COPYRIGHT):
	@echo "domtop: $@ is missing: run tools/install-packages build" >&2; false

$(BUILD)/page/files.c: $(PAGE) tools/embed Makefile
	$(call say,EMBED,$@)
	$(Q)tools/embed $@ $(PAGE)

$(PAGEOBJ): $(BUILD)/page/files.c
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(ALLCFLAGS) -MMD -MP -c -o $@ $<

# Xen's public headers need GNU's anonymous structs.
$(BUILD)/obj/collectors/domains.o $(BUILD)/obj/collectors/hypercall.o $(BUILD)/obj/collectors/pcpu.o \
$(BUILD)/obj/collectors/vcpus.o $(BUILD)/tests/collectors/test_vcpus: STD := gnu11

-include $(OBJS:.o=.d) $(UNITS:=.d)

# ---- tests ----------------------------------------------------------------------------------

# Only the screen's own tests link it: the model's build and run without.
define unit_rule
$(1): $(BUILD)/tests/%: tests/%.c $(2)
	$$(call say,TEST,$$<)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CPPFLAGS) -Itests $$(ALLCFLAGS) $$(ALLLDFLAGS) -MMD -MP -MF $$@.d -o $$@ $$< $(2) \
	    $$(LDLIBS) -lcmocka
endef
UI_UNITS := $(filter $(BUILD)/tests/ui/%,$(UNITS))
$(eval $(call unit_rule,$(filter-out $(UI_UNITS),$(UNITS)),$(filter-out $(BUILD)/obj/ui/%,$(LIBOBJS))))
$(if $(UI_UNITS),$(eval $(call unit_rule,$(UI_UNITS),$(LIBOBJS))))

# The page over a simulated host, for the browser's tests and for pictures.
$(BUILD)/tests/browser/server: tests/browser/server.c $(filter-out $(BUILD)/obj/ui/%,$(LIBOBJS))
	$(call say,TEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALLCFLAGS) $(ALLLDFLAGS) -MMD -MP -MF $@.d -o $@ $(filter %.c %.o,$^) \
	    $(LDLIBS)

-include $(BUILD)/tests/browser/server.d

# Makes stores of a simulated host for tests, figures and pictures; looks back into one.
MAKE_STORE := $(BUILD)/tests/store/make_store $(BUILD)/tests/store/bench_reader
$(eval $(call unit_rule,$(MAKE_STORE),$(filter-out $(BUILD)/obj/ui/%,$(LIBOBJS))))

# What tests of a recorder do to it from outside.
MEDDLE := $(BUILD)/tests/store/meddle.so
$(MEDDLE): tests/store/meddle.c
	$(call say,TEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE $(CFLAGS) -std=c11 -Wall -Wextra -Werror -fPIC -shared -o $@ $<

units: $(UNITS) $(MAKE_STORE) $(MEDDLE) $(BUILD)/tests/browser/server
$(BUILD)/tests/store/test_reader $(BUILD)/tests/store/test_reader_mutants: $(BUILD)/tests/store/make_store

unit: all units
	@BUILD=$(BUILD) tests/run unit

# The code under test has objects of its own for the fuzzers: coverage has to reach it.
FUZZFLAGS := -std=gnu11 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -U_FORTIFY_SOURCE -pthread
FUZZ_OBJS := $(LIBOBJS:$(BUILD)/obj/%=$(BUILD)/fuzzobj/%)

$(BUILD)/fuzzobj/%.o: src/%.c Makefile VERSION
	$(call say,FUZZCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(CPPFLAGS) $(FUZZFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(FUZZERS): $(BUILD)/tests/%: tests/%.c $(FUZZ_OBJS)
	$(call say,FUZZER,$<)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(CPPFLAGS) $(FUZZFLAGS) -fsanitize=fuzzer -MMD -MP -MF $@.d -o $@ $< $(FUZZ_OBJS) $(LDLIBS)

-include $(FUZZ_OBJS:.o=.d) $(FUZZERS:=.d)

fuzzers: $(FUZZERS)

fuzz: fuzzers
	@BUILD=$(BUILD) tests/fuzz/run $(SECONDS) $(FUZZERS)

lint:
	@tools/lint

check:
	@tools/install-packages build check hypervisor
	@$(MAKE) --no-print-directory all units
	@BUILD=$(BUILD) tests/run all

# What is measured inside the bundled hypervisor: the engine without a sink, the least there can be, a
# counter of allocations, and what keeps disks at work.
$(BUILD)/bench/floor: tests/bench/inside/floor.c
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE $(CFLAGS) -std=gnu11 -Wall -Wextra -o $@ $< -lxencall

$(BUILD)/bench/busy: tests/bench/inside/busy.c
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE $(CFLAGS) -std=gnu11 -Wall -Wextra -o $@ $<

$(BUILD)/bench/engine: tests/bench/inside/engine.c $(filter-out $(BUILD)/obj/ui/%,$(LIBOBJS))
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALLCFLAGS) $(ALLLDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/bench/allocations.so: tests/bench/inside/allocations.c
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE $(CFLAGS) -std=gnu11 -Wall -Wextra -fPIC -shared -o $@ $<

# domtop with the calls of another Xen in it, and with those of the next one, whose sysctls are the same:
# see tests/hypervisor/engine.
other := $(BUILD)/obj/collectors/hypercall.o
$(BUILD)/tests/domtop-other-xen: OTHER := -DOTHER_SYSCTL=0xff -DOTHER_DOMCTL=0xff
$(BUILD)/tests/domtop-next-xen: OTHER := -DOTHER_DOMCTL=0x17
$(BUILD)/tests/domtop-other-xen $(BUILD)/tests/domtop-next-xen: tests/hypervisor/other_xen.h $(OBJS)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALLCFLAGS) -std=gnu11 $(ALLLDFLAGS) $(OTHER) -include $< -o $@ \
	    src/collectors/hypercall.c $(filter-out $(other),$(OBJS)) $(LDLIBS)

bench: all
	@BUILD=$(BUILD) tests/bench/run

# The README's, from the real program's screen.
pictures: all $(MAKE_STORE) $(BUILD)/tests/browser/server
	@tools/install-packages check pictures
	@tools/pictures $(BUILD)/domtop
	@tools/page-pictures $(BUILD)

format:
	@clang-format -i $(SRCS) $(HDRS) $(wildcard tests/*.[ch] tests/*/*.[ch] hypervisor/*.c)

# ---- a real Xen -----------------------------------------------------------------------------

hypervisor:
	@tools/install-packages build hypervisor
	@hypervisor/hv build

run:
	@tools/install-packages build
	@$(MAKE) --no-print-directory all
	@tools/run $(BUILD)/domtop $(ARGS)

# ---- installing -----------------------------------------------------------------------------

MANUALS := $(wildcard man/*.[1-8])

install: all
	install -D -m 755 $(BUILD)/domtop "$(DESTDIR)$(BINDIR)/domtop"
	$(foreach m,$(MANUALS),install -D -m 644 $m "$(DESTDIR)$(MANDIR)/man$(patsubst .%,%,$(suffix $m))/$(notdir $m)" &&) true
	install -d "$(DESTDIR)$(UNITDIR)" "$(DESTDIR)$(PREFIX)/lib/sysusers.d" "$(DESTDIR)$(PREFIX)/lib/tmpfiles.d"
	sed 's|@BINDIR@|$(BINDIR)|' share/systemd/domtop.service.in >"$(DESTDIR)$(UNITDIR)/domtop.service"
	install -m 644 share/systemd/domtop.socket "$(DESTDIR)$(UNITDIR)/"
	install -m 644 share/systemd/domtop.sysusers "$(DESTDIR)$(PREFIX)/lib/sysusers.d/domtop.conf"
	install -m 644 share/systemd/domtop.tmpfiles "$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/domtop.conf"
	install -d "$(DESTDIR)$(DATADIR)/prometheus" "$(DESTDIR)$(DATADIR)/grafana"
	install -m 644 share/prometheus/*.yml "$(DESTDIR)$(DATADIR)/prometheus/"
	install -m 644 share/grafana/*.json "$(DESTDIR)$(DATADIR)/grafana/"
	install -d "$(DESTDIR)$(DOCDIR)"
	install -m 644 LICENSE README.md "$(DESTDIR)$(DOCDIR)/"

uninstall:
	rm -f "$(DESTDIR)$(BINDIR)/domtop"
	rm -f $(foreach m,$(MANUALS),"$(DESTDIR)$(MANDIR)/man$(patsubst .%,%,$(suffix $m))/$(notdir $m)")
	rm -f "$(DESTDIR)$(UNITDIR)/domtop.service" "$(DESTDIR)$(UNITDIR)/domtop.socket" \
	    "$(DESTDIR)$(PREFIX)/lib/sysusers.d/domtop.conf" "$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/domtop.conf"
	rm -rf "$(DESTDIR)$(DATADIR)" "$(DESTDIR)$(DOCDIR)"

# The hypervisor's images stay: they are dear, and none that is stale is used.
clean:
	[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name hypervisor -exec rm -rf {} +
