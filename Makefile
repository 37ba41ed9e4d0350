# make demo   see it work; make test   the whole test suite; make help   the rest.
# demo, test and bench need root: they make network namespaces. They touch no network
# outside of those, and leave nothing behind.

SHELL       := /bin/bash
.SHELLFLAGS := -o pipefail -ec
.DELETE_ON_ERROR:

VERSION := $(shell git describe --tags --match 'v[0-9]*' --dirty 2>/dev/null)
COMMIT  := $(shell git describe --always --dirty --exclude '*' 2>/dev/null)
PREFIX  ?= /usr/local

FUZZTIME  ?= 10s
DEMOFLAGS ?=
BENCHFLAGS ?=

GOLANGCI := .cache/bin/golangci-lint
GOLANGCI_VERSION := v2.15.0

export CGO_ENABLED ?= 0
export VIPWARD_BIN := $(CURDIR)/bin/vipward

.PHONY: build test replay race lint docs pictures fuzz bench demo check deps install uninstall deb clean help

## build     bin/vipward, static
build:
	go build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)' -o bin/ ./cmd/vipward

## test      every test; as root it first installs the Debian packages that are missing
test: deps build
	go test -json -p 2 -parallel 6 -shuffle=on -timeout 14m ./... | go run ./internal/testsum $(if $(CI),-strict)

## replay    all recordings of keepalived's IPVS side, played in the lab kernel; test plays two of five
replay: deps build
	VIPWARD_CASES=. go test -count=1 -timeout 14m -v ./internal/replayipvs

## race      the same under the race detector (needs a C compiler)
race: deps build
	CGO_ENABLED=1 go test -race -json -p 2 -shuffle=on -timeout 20m ./... | go run ./internal/testsum

## lint      vet, staticcheck and a few more, gofumpt's layout
lint: $(GOLANGCI)
	$(GOLANGCI) run ./...
	$(GOLANGCI) fmt --diff ./...

$(GOLANGCI): Makefile
	GOBIN=$(CURDIR)/.cache/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	touch $@

## docs      the reference pages that come from the keyword tables
docs:
	go run ./internal/gendoc

## pictures  docs/pictures: the status page and the terminal view, as their tests see them
pictures: deps build
	go test -count=1 -run 'TestPage$$|TestTerminal$$' ./internal/views -pictures

## fuzz      each fuzz target for FUZZTIME (10s)
fuzz:
	for file in $$(git ls-files '*_test.go' | xargs grep -l '^func Fuzz'); do \
	  for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$file); do \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./$$(dirname $$file); \
	  done; \
	done

## bench     against Debian's keepalived in the same run (BENCHFLAGS=-h for the rows)
bench: deps build
	go run ./internal/bench $(BENCHFLAGS)

## demo      two nodes, a client and two web servers on this machine, in a minute
demo: deps build
	go run ./internal/demo $(DEMOFLAGS)

## check     what CI runs
check:
	.ci/run

## deps      the Debian packages that tests, demo and bench use
deps:
	@.ci/deps

## install   bin/vipward into PREFIX/sbin (/usr/local), man pages and completion below PREFIX/share
install: build
	install -D -m 0755 bin/vipward $(DESTDIR)$(PREFIX)/sbin/vipward
	install -D -m 0644 docs/vipward.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5/vipward.conf.5
	install -D -m 0644 packaging/vipward.8 $(DESTDIR)$(PREFIX)/share/man/man8/vipward.8
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	bin/vipward completion bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/vipward

## uninstall what install has put there
uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,sbin/vipward share/man/man5/vipward.conf.5 share/man/man8/vipward.8 share/bash-completion/completions/vipward)

## deb       bin/*.deb: vipward, and vipward-keepalived, which takes keepalived's name
deb: build
	packaging/deb bin/vipward $(or $(VERSION),0.0.0~dev) bin

clean:
	rm -rf bin .cache

help:
	@sed -n 's/^## /  make /p' Makefile
