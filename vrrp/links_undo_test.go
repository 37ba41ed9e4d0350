// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"log/slog"
	"os/exec"
	"strings"
	"testing"

	"vipward/conf"
	"vipward/netif/nft"
)

// TestChildSavesTables: what a parent has to take away after a child that was killed is saved
// with the first rules.
func TestChildSavesTables(t *testing.T) {
	t.Parallel()
	guards := func(accept bool) string {
		vi := testInstance(100)
		vi.Accept = accept
		cfg := oneInstance(vi)
		cfg.Global.Firewall = conf.Firewall{NFTables: map[bool]string{false: "walled"}[accept]}
		store := &memStore{}
		c := startChild(t, cfg, store)
		c.eventually("master", c.logged("Entering MASTER STATE"))
		c.eventually("saved", func() bool { return strings.Contains(string(store.Load()), `"state":2`) })
		return string(store.Load())
	}
	if s := guards(false); !strings.Contains(s, `"tables":"walled"`) {
		t.Errorf("saved %s", s)
	}
	if s := guards(true); strings.Contains(s, `"tables"`) {
		t.Errorf("without rules: saved %s", s)
	}
}

// TestUndoFirewall: the tables of a dead child go, those of others stay.
func TestUndoFirewall(t *testing.T) {
	wires(t)
	tables := func() string {
		t.Helper()
		out, err := exec.Command("nft", "list", "tables").CombinedOutput()
		if err != nil {
			t.Fatalf("nft: %v: %s", err, out)
		}
		return string(out)
	}
	log := slog.New(slog.DiscardHandler)
	for _, name := range []string{"walled", "theirs"} {
		wall := nft.New(log)
		r := nft.Rules{Options: nft.Options{Table: name}, Filter4: true, Filter6: true}
		if err := wall.Set(r); err != nil {
			t.Fatal(err)
		}
		if err := wall.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, state := range []string{"", "{", "{}"} {
		if err := UndoFirewall([]byte(state), log); err != nil {
			t.Errorf("%q: %v", state, err)
		}
	}
	if got := tables(); !strings.Contains(got, "walled") {
		t.Fatalf("there are only %q", got)
	}
	if err := UndoFirewall([]byte(`{"tables":"walled"}`), log); err != nil {
		t.Error(err)
	}
	if got := tables(); strings.Contains(got, "walled") || strings.Count(got, "theirs") != 2 {
		t.Errorf("left: %q", got)
	}
}
