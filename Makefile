# Personal Technology. `make help` lists the targets.
#
# Everything generated lies under $(B); adding a source file, a feature
# folder, a template, a migration or a test edits no list here.

B       ?= build
SAN     ?= 0
FUZZ    ?= 0
COVER   ?= 0
WERROR  ?= 0
DESTDIR ?=
ifeq ($(origin CC),default)
CC = gcc
endif

PKGS     = libpq sqlite3 yaml-0.1 libsodium json-c hiredis libcurl libmagic \
           libcrypto libqrencode zlib
WARNINGS = -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes \
           -Wmissing-prototypes -Wwrite-strings -Wcast-qual -Wpointer-arith \
           -Wformat=2 -Wundef -Wswitch-enum -Wconversion -Wno-sign-conversion \
           -Wno-missing-field-initializers
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif
ifeq ($(SAN),1)
# compiled and run once, so that to optimise would take longer than it saves
OPT      = -O0 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all \
           -fno-omit-frame-pointer -Wno-format-truncation
LINKOPT  = -fsanitize=address,undefined
else ifeq ($(COVER),1)
OPT      = -O0 -g --coverage
LINKOPT  = --coverage
else ifeq ($(FUZZ),1)
# coverage for libFuzzer in every object; what clang alone warns of is lint's
OPT      = -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
           -fno-sanitize-recover=all -fno-omit-frame-pointer -w
LINKOPT  = -fsanitize=fuzzer-no-link,address,undefined
else
# every function in the stack, for fcgi/trace.h
OPT      = -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE \
           -fno-omit-frame-pointer -fno-optimize-sibling-calls
LINKOPT  = -pie -Wl,-z,relro,-z,now
endif
# asked for once, and not before something is compiled
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)
COMMIT  := $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
CPPFLAGS += -D_GNU_SOURCE -Ilib -I. -I$(B) -Ifcgi
CFLAGS   += -std=gnu11 $(OPT) $(WARNINGS) $(PKG_CFLAGS)
LDFLAGS  += $(LINKOPT) -Wl,--as-needed,--build-id
LDLIBS   += $(PKG_LIBS) -lfcgi

# --- sources ---------------------------------------------------------------

obj       = $(patsubst %.c,$(B)/%.o,$(1))
LOW_SRC   = $(wildcard lib/base/*.c lib/text/*.c) \
            $(filter-out lib/tpl/pttpl%.c,$(wildcard lib/tpl/*.c))
HIGH_SRC  = $(wildcard lib/store/*.c lib/web/*.c lib/out/*.c lib/model/*.c)
VIEW_SRC  = $(wildcard views/*/*.c)
TPLS      = $(wildcard views/*/*.tpl)
tplname   = $(subst /,_,$(patsubst views/%.tpl,%,$(1)))
TPL_GEN   = $(foreach t,$(TPLS),$(B)/gen/tpl/$(call tplname,$(t)).c)
PROGRAMS  = $(B)/pttpl $(B)/ptpool $(B)/ptworker $(B)/ptjobs $(B)/ptctl

POOL_SRC   = $(wildcard fcgi/pool/*.c fcgi/*.c)
WORKER_SRC = $(wildcard fcgi/worker/*.c fcgi/*.c)
JOBS_SRC   = $(wildcard fcgi/jobs/*.c fcgi/*.c)
CTL_SRC    = $(wildcard fcgi/ctl/*.c) fcgi/histogram.c fcgi/pool/sizing.c

LOW_OBJ   = $(call obj,$(LOW_SRC))
HIGH_OBJ  = $(call obj,$(HIGH_SRC)) $(B)/gen/migrations.o
VIEW_OBJ  = $(call obj,$(VIEW_SRC)) $(patsubst %.c,%.o,$(TPL_GEN)) \
            $(B)/gen/features.o $(B)/gen/tplnames.o
LIB_OBJ   = $(LOW_OBJ) $(HIGH_OBJ)

TEST_SRC  = $(wildcard test/*.c) \
            $(shell find test/lib test/views test/fcgi -name '*.c' 2>/dev/null)
TEST_OBJ  = $(call obj,$(TEST_SRC)) $(B)/gen/suites.o $(B)/gen/listed_sql.o

.PHONY: help all run install test lint bench bench-pool bench-tpl unit fuzz \
        fuzz-afl san soak cover new-page routes screenshots clean static \
        stack-test image-sizes \
        bare-debian format
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-13s %s\n", $$1, $$2}' Makefile

all: $(PROGRAMS) static ## build the programs and the static files

# --- generated code ----------------------------------------------------------

GEN_LOW  = $(B)/gen/messages.def $(B)/gen/messages.h
GEN_HIGH = $(GEN_LOW) $(B)/gen/permissions.def $(B)/gen/tplnames.h \
           $(B)/gen/tpl.h $(B)/gen/assets.h

MSG_SRC  = $(wildcard lib/*/messages.def views/*/messages.def)
PERM_SRC = $(wildcard views/*/permissions.def)
FEATURES = $(wildcard views/*/*.c)
JOB_KINDS = $(wildcard lib/out/*.c lib/model/*.c views/*/*.c)
MIGRATIONS = $(wildcard sql/*.sql)
ASSETS   = $(shell find static -type f 2>/dev/null)

# $(call GENERATED,name,prerequisites,command): $(B)/gen/name is what the command
# prints. It appears whole or not at all, and keeps its time when it comes out
# the same, so that nothing is compiled in vain; name.made has the time of the
# last look.
define GENERATED
$(B)/gen/$(1): $(B)/gen/$(1).made ;
$(B)/gen/$(1).made: $(2)
	@mkdir -p $$(@D) && $(3) >$$@.tmp && \
	    if cmp -s $$@.tmp $$(@:.made=); then rm $$@.tmp; \
	    else mv $$@.tmp $$(@:.made=); fi && touch $$@
endef

$(eval $(call GENERATED,messages.def,$(MSG_SRC),cat $(MSG_SRC) /dev/null))
# their keys alone: to change a text changes nothing for who shows it
MSG_KEYS = sed -n 's/^MSG.\([a-z0-9_]*\),.*/MSG_\1,/p'
$(eval $(call GENERATED,messages.h,$(MSG_SRC),$$(MSG_KEYS) $(MSG_SRC) /dev/null))
$(eval $(call GENERATED,permissions.def,$(PERM_SRC),cat $(PERM_SRC) /dev/null))
$(eval $(call GENERATED,features.c,scripts/gen-features $(FEATURES),scripts/gen-features $(FEATURES)))
$(eval $(call GENERATED,jobs.c,scripts/gen-jobs $(JOB_KINDS),scripts/gen-jobs $(JOB_KINDS)))
$(eval $(call GENERATED,migrations.c,scripts/gen-migrations $(MIGRATIONS),scripts/gen-migrations $(MIGRATIONS)))
$(eval $(call GENERATED,suites.c,scripts/gen-suites $(TEST_SRC),scripts/gen-suites $(TEST_SRC)))
SQL_SRC = $(HIGH_SRC) $(VIEW_SRC) $(CTL_SRC)
$(eval $(call GENERATED,listed_sql.c,scripts/gen-sql-list $(SQL_SRC),scripts/gen-sql-list $(SQL_SRC)))
$(eval $(call GENERATED,tpl.h,scripts/gen-tpl-header $(TPLS),scripts/gen-tpl-header $(TPLS)))
$(eval $(call GENERATED,tplnames.h,$(B)/pttpl $(TPLS),$(B)/pttpl names --header $(TPLS)))
$(eval $(call GENERATED,tplnames.c,$(B)/pttpl $(TPLS),$(B)/pttpl names $(TPLS)))
$(foreach t,$(TPLS),$(eval $(call GENERATED,tpl/$(call tplname,$(t)).c,$(t) $(B)/pttpl,$(B)/pttpl compile $(t))))

# static files: hashed names, compressed beside them, and their addresses
$(B)/gen/assets.h: scripts/build-static $(ASSETS)
	@mkdir -p $(@D)
	scripts/build-static $(B)
static: $(B)/gen/assets.h ## static files with hashed names under build/static

# --- objects and programs ------------------------------------------------------

COMPILE = @mkdir -p $(@D); echo "  CC $<"; \
          $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
PTTPL_OBJ = $(call obj,$(wildcard lib/tpl/pttpl*.c))
$(LOW_OBJ) $(PTTPL_OBJ) $(call obj,$(POOL_SRC) test/pool/echo_worker.c): \
$(B)/%.o: %.c | $(GEN_LOW)
	$(COMPILE)
$(B)/gen/%.o: $(B)/gen/%.c | $(GEN_HIGH)
	$(COMPILE)
$(B)/%.o: %.c | $(GEN_HIGH)
	$(COMPILE)
$(B)/fcgi/%.o: CPPFLAGS += -DPT_COMMIT='"$(COMMIT)"'

LINK = @echo "  LD $@"; $(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@
$(B)/pttpl: $(PTTPL_OBJ) $(LOW_OBJ)
	$(LINK)
# only the lowest layer: the supervisor knows nothing of the application
$(B)/ptpool $(B)/unit-tests: LDLIBS += -lacl
$(B)/ptpool: $(call obj,$(POOL_SRC)) $(call obj,$(wildcard lib/base/*.c lib/text/json.c lib/text/utf8.c))
	$(LINK)
$(B)/echo-worker: $(call obj,test/pool/echo_worker.c $(wildcard fcgi/*.c lib/base/*.c) lib/text/utf8.c)
	$(LINK)
# an archive, so that a program carries only what it uses
$(B)/libpt.a: $(LIB_OBJ)
	@echo "  AR $@"; rm -f $@; ar rcs $@ $^
$(B)/ptworker: $(call obj,$(WORKER_SRC)) $(VIEW_OBJ) $(B)/libpt.a
	$(LINK)
# who lists the jobs also carries what only they need: no worker has libcurl
$(B)/ptjobs: $(call obj,$(JOBS_SRC)) $(B)/gen/jobs.o $(VIEW_OBJ) $(B)/libpt.a
	$(LINK)
$(B)/ptctl: $(call obj,$(CTL_SRC)) $(B)/libpt.a
	$(LINK)
# what the application is compared with, see scripts/bench
$(B)/bench-bare: $(call obj,test/bench/bare.c)
	$(LINK)
# what telemetry does after an answer, see scripts/bench
$(B)/bench-observe: $(call obj,test/bench/observe.c fcgi/worker/observe.c) \
                    $(B)/libpt.a
	$(LINK)
# the client table alone, see scripts/bench-tpl
TPL_BENCH_OBJ = $(call obj,test/bench/tpl/ours.c) $(B)/gen/tpl/clients_list.o \
                $(B)/gen/tplnames.o $(B)/libpt.a
$(B)/bench-tpl-count: $(call obj,test/bench/tpl/count.c) $(TPL_BENCH_OBJ)
	$(LINK)
$(B)/bench-tpl-both: test/bench/tpl/both.cc $(TPL_BENCH_OBJ)
	@echo "  CXX $@"; $(CXX) -std=c++17 -O2 -Wall -Wextra -I. $^ -o $@ \
	    $(LDFLAGS) $(LDLIBS) $(shell pkg-config --libs libctemplate) -lpthread
# everything but the programs' own mains, for the unit tests
MAINS = fcgi/pool/ptpool.c fcgi/worker/ptworker.c fcgi/jobs/ptjobs.c fcgi/ctl/ptctl.c
TESTED_OBJ = $(call obj,$(filter-out $(MAINS),$(sort $(POOL_SRC) $(WORKER_SRC) $(JOBS_SRC) $(CTL_SRC)))) \
             $(VIEW_OBJ) $(B)/gen/jobs.o $(LIB_OBJ)
# the unit tests note which statements were prepared (test/sql_coverage.h), and
# how often memory was asked for (test/allocations.h); they tear reads (torn.h)
WRAPPED = PQprepare sqlite3_prepare_v3 malloc calloc realloc pread64
$(B)/unit-tests: private LDFLAGS += $(WRAPPED:%=-Wl,--wrap=%)
$(B)/unit-tests: LDLIBS += $(shell pkg-config --libs check)
# a suite is declared by the generated list alone
$(B)/test/%.o: CFLAGS += -Wno-missing-prototypes
$(B)/unit-tests: $(TEST_OBJ) $(TESTED_OBJ)
	$(LINK)

# $(B)/fuzz/NAME from test/fuzz/fuzz_NAME.c, when FUZZ=1
FUZZERS = $(patsubst test/fuzz/fuzz_%.c,$(B)/fuzz/%,$(wildcard test/fuzz/fuzz_*.c))
.PHONY: fuzzers
fuzzers: $(FUZZERS)
$(B)/fuzz/%: private LDFLAGS += -fsanitize=fuzzer
$(B)/fuzz/%: $(B)/test/fuzz/fuzz_%.o $(VIEW_OBJ) $(B)/libpt.a
	@mkdir -p $(@D)
	$(LINK)

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# --- what people run -----------------------------------------------------------

run: ## install what is needed, build, fill the database, serve
	@scripts/run

install: all ## programs, static files, unit and manual below DESTDIR
	scripts/install "$(DESTDIR)" "$(B)"

test: ## every test
	@scripts/test

unit: $(B)/unit-tests ## unit tests, as built ($(B), SAN=1 for sanitizers)
	$(B)/unit-tests

san: ## unit tests under ASan and UBSan
	$(MAKE) B=$(B)-san SAN=1 unit

FUZZ_SECONDS ?= 10
fuzz: ## fuzz each parser for FUZZ_SECONDS (10), crashes of old first
	$(MAKE) CC=clang FUZZ=1 B=$(B)-fuzz fuzzers
	test/fuzz/run $(B)-fuzz/fuzz $(FUZZ_SECONDS)

PARSER ?= tpl
fuzz-afl: ## one parser (PARSER=tpl) by AFL++, for FUZZ_SECONDS
	scripts/packages fuzz
	$(MAKE) CC=afl-clang-fast FUZZ=1 B=$(B)-afl $(B)-afl/fuzz/$(PARSER)
	test/fuzz/run-afl $(B)-afl/fuzz/$(PARSER) $(FUZZ_SECONDS)

SECONDS ?= 300
soak: all ## kill ptjobs and a mail server at random for SECONDS (300)
	SOAK_SECONDS=$(SECONDS) python3 test/http/run.py --build $(B) test_mail.Killed
	SOAK_SECONDS=$(SECONDS) python3 test/http/run.py --build $(B) --db pg test_mail.Killed

cover: ## lines that the unit tests run, file by file
	$(MAKE) B=$(B)-cover COVER=1 unit
	@scripts/cover $(B)-cover

stack-test: ## build the images, start and test the whole stack (needs root)
	@scripts/stack-test

image-sizes: ## write the sizes of the images into the README
	@scripts/stack-test --sizes

lint: ## every static check
	@scripts/lint

format: ## format the C sources in place
	clang-format -i $$(git ls-files '*.c' '*.h')

bench: ## measure against the peers, exit 1 below a floor (PARTS=...)
	@scripts/bench $(PARTS)

bench-pool: ## the supervisor beside PHP-FPM, exit 1 where it is not better
	@scripts/bench-pool

bench-tpl: ## the template engine beside ctemplate, exit 1 below 10 times
	@scripts/bench-tpl

bare-debian: ## run both commands in a fresh Debian 12 chroot
	@scripts/bare-debian

new-page: ## skeleton of a page: F=feature P=page [AT=/address/]
	@scripts/new-page "$(F)" "$(P)" $(AT)

routes: $(B)/ptworker ## every page: who may see it, its functions, where it is
	@CC="$(CC) $(CPPFLAGS)" scripts/routes $(B)/ptworker $(FEATURES)

screenshots: all ## take the pictures of the README anew
	@B=$(B) scripts/screenshots

clean: ## remove what was built
	rm -rf $(B) $(B)-*
