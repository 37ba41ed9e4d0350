// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/watchdog"
)

// What keeps a daemon from starting, and what from reloading.
func TestReadingErr(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text      string
		start, reload   string // part of the error; empty: it goes on
		missing, chmodX bool
	}{
		{name: "clean", text: "global_defs {\n router_id R\n}\n"},
		{name: "unknown keyword", text: "global_defs {\n bogus 1\n}\n"},
		{name: "missing brace", text: "global_defs {\n router_id R\n", reload: "[brace]"},
		{name: "extra brace", text: "global_defs {\n}\n}\n", reload: "[brace]"},
		{name: "behind another error", text: "vrrp_script s {\n script /no/such\n}\n}\n", reload: "[brace]"},
		{name: "missing argument", text: "vrrp_instance V {\n interface\n}\n", start: "fatal: ", reload: "fatal: "},
		{name: "missing file", missing: true, start: "configuration missing", reload: "configuration missing"},
		{name: "executable", chmodX: true, start: "configuration missing", reload: "configuration missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "k.conf")
			if !tt.missing {
				must(t, os.WriteFile(path, []byte(tt.text), 0o600))
			}
			if tt.chmodX {
				must(t, os.Chmod(path, 0o700))
			}
			r := (&command{opts: options{config: path}}).read(conf.Options{})
			for running, want := range map[bool]string{false: tt.start, true: tt.reload} {
				switch err := r.err(running); {
				case want == "" && err != nil:
					t.Errorf("running %v: %v, want nil", running, err)
				case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
					t.Errorf("running %v: %v, want %q", running, err, want)
				}
			}
		})
	}
}

// TestReadingOptions: -i and -e decide what is read.
func TestReadingOptions(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "k.conf")
	must(t, os.WriteFile(path, []byte("global_defs {\n@high router_id H\n@low router_id L\n}\ninclude none\n"), 0o600))
	for id, want := range map[string]string{"high": "H", "low": "L"} {
		o, err := parseArgs("vipward", []string{"-f", path, "-i", id})
		must(t, err)
		if got := (&command{opts: o}).read(o.reading).Config.Global.RouterID; got != want {
			t.Errorf("-i %s: router_id %q, want %q", id, got, want)
		}
	}
	o, err := parseArgs("vipward", []string{"-f", path, "-e"})
	must(t, err)
	if got := conf.TestExit((&command{opts: o}).read(o.reading).Diagnostics); got != 6 {
		t.Errorf("exit code with -e: %d, want 6", got)
	}
}

// TestReloadRefusesWhatCannotChange: what a running daemon cannot go over to is refused with
// keepalived's line, and the next good file is taken.
func TestReloadRefusesWhatCannotChange(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "k.conf")
	c := &command{opts: options{config: path}}
	for i, tt := range []struct{ text, want string }{
		{"global_defs {\n}\n", ""},
		{"instance other\n", "Cannot change instance name at a reload - please restart keepalived"},
		{"global_defs {\nnftables other\n}\n", "Cannot change nftables table name at a reload - please restart keepalived"},
		{"global_defs {\nnftables keepalived\nrouter_id R2\n}\n", ""},
		{"global_defs {\ndisable_local_igmp\n}\n", "Cannot change disable_local_igmp at a reload - please restart keepalived"},
	} {
		must(t, os.WriteFile(path, []byte(tt.text), 0o600))
		_, _, err := c.load(slog.New(slog.DiscardHandler), i > 0)
		if (err == nil) != (tt.want == "") || err != nil && err.Error() != tt.want {
			t.Errorf("%q: %v, want %q", tt.text, err, tt.want)
		}
	}
}

func TestGuarded(t *testing.T) {
	t.Parallel()
	plan, err := guarded(func() (watchdog.Plan, error) {
		var none []int
		return watchdog.Plan{Snapshot: []byte{byte(none[3])}}, nil
	})
	if err == nil || !strings.Contains(err.Error(), "internal error: runtime error: index out of range") || !strings.Contains(err.Error(), "load_test.go") {
		t.Errorf("%v, %v, want an internal error with its place", plan, err)
	}
	want := watchdog.Plan{Snapshot: []byte("x")}
	plan, err = guarded(func() (watchdog.Plan, error) { return want, nil })
	if diff := cmp.Diff(want, plan); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestReadingLog(t *testing.T) {
	t.Parallel()
	pos := conf.Pos{File: "k", Line: 2, Col: 3}
	r := reading{Loaded: &conf.Loaded{Diagnostics: []conf.Diagnostic{
		{Pos: pos, Severity: conf.Note, Code: "n", Message: "aside"},
		{Pos: pos, Severity: conf.Warning, Code: "w", Message: "odd", Hint: "do so"},
		{Pos: pos, Severity: conf.Error, Code: "e", Message: "left out"},
		{Pos: pos, Severity: conf.Fatal, Code: "f", Message: "no"},
	}}}
	m := &memory{}
	q := newLogQueue(10, m)
	r.log(slog.New(&lineHandler{queue: q}))
	q.close()
	want := []string{
		"6 k:2:3: note: aside [n]",
		"4 k:2:3: warning: odd [w] (do so)",
		"3 k:2:3: error: left out [e]",
		"3 k:2:3: fatal: no [f]",
	}
	if diff := cmp.Diff(want, m.texts()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
