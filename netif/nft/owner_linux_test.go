// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// owned is a Firewall as a process of an owner has it.
func owned(t *testing.T, owner string) *Firewall {
	t.Helper()
	f := NewOwned(owner, slog.New(slog.NewTextHandler(t.Output(), nil)))
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// TestLeftByAnOwner: tables of a killed daemon go with the next one of the owner, whether it needs some
// or none and whatever they are called; those of others stay, and nft shows no mark.
func TestLeftByAnOwner(t *testing.T) {
	namespace(t)
	rules := func(table string) Rules {
		return Rules{Options: Options{Table: table}, Filter4: true, Filter6: true}
	}
	marks := Marks{Table: "marks", Places: []Place{place(unix.IPPROTO_TCP, "10.0.0.1", "10.0.0.1", 80, 7)}}
	mustSet(t, owned(t, "us"), rules("ours"))
	mustSet(t, owned(t, "them"), rules("theirs"))
	mustSet(t, owned(t, strings.Repeat("x", 300)+"/them"), rules("long"))
	if err := owned(t, "checker").SetMarks(marks); err != nil {
		t.Fatal(err)
	}
	mustSet(t, open(t), rules("nobodys"))
	if text := strings.Join(plain(ruleset(t)), "\n"); strings.Contains(text, "comment") || strings.Contains(text, "them") {
		t.Errorf("nft shows the mark:\n%s", text)
	}
	there := func(step string, want ...string) {
		t.Helper()
		var names []string
		for line := range strings.Lines(run(t, "nft list tables")) {
			names = append(names, strings.Fields(line)[2])
		}
		slices.Sort(names)
		if names = slices.Compact(names); !slices.Equal(names, want) {
			t.Errorf("%s: %q, want %q", step, names, want)
		}
	}
	there("all", "long", "marks", "nobodys", "ours", "theirs")
	next := owned(t, "us")
	mustSet(t, next, rules("renamed"))
	there("another name", "long", "marks", "nobodys", "renamed", "theirs")
	mustSet(t, owned(t, "us"), Rules{})
	there("none is needed", "long", "marks", "nobodys", "theirs")
	if err := owned(t, "checker").SetMarks(Marks{}); err != nil {
		t.Error(err)
	}
	mustSet(t, owned(t, strings.Repeat("x", 300)+"/them"), Rules{})
	there("marks", "nobodys", "theirs")
}
