// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"context"
	"testing"
	"time"

	"golang.org/x/net/bpf"
)

// watch runs a Watch and gives what it tells.
func watch(t testing.TB, f *Firewall, table string) <-chan struct{} {
	t.Helper()
	w, err := f.Watch(table)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	told := make(chan struct{}, 100)
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx, func() { told <- struct{}{} }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return told
}

// hears waits for news, or (not at all) makes sure that there are none: by a deletion that is
// news, which must then be all that is told.
func hears(t testing.TB, what string, told <-chan struct{}) {
	t.Helper()
	select {
	case <-told:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: not told", what)
	}
}

// TestWatch: what others delete of our tables is told, in whatever way; what we delete
// ourselves and what happens to other tables is not.
func TestWatch(t *testing.T) {
	namespace(t)
	f := open(t)
	r := Rules{Options: defaults, Filter4: true, Filter6: true, Drop: []VIP{vip("10.0.0.100", "eth0", 2), vip("10.0.0.101", "eth0", 2)}}
	mustSet(t, f, r)
	told := watch(t, f, r.Table)

	// None of these is news.
	less := r
	less.Drop, less.Filter6 = r.Drop[:1], false
	mustSet(t, f, less)
	mustSet(t, f, r)
	for _, c := range []string{
		"add table ip keepalived2", "add chain ip keepalived2 c", "delete chain ip keepalived2 c", "delete table ip keepalived2",
		"add table ip keepalive", "delete table ip keepalive", "add table inet other", "delete table inet other",
		"add element ip keepalived vips { 10.9.9.9 }",
	} {
		run(t, "nft "+c)
	}
	time.Sleep(3 * watchPause) // what was wrongly told would be counted below
	if n := len(told); n > 0 {
		t.Errorf("%d times told of what is no news", n)
	}
	for _, c := range []string{
		"flush ruleset", "delete table ip keepalived", "flush table ip6 keepalived", "flush chain ip keepalived out",
		"delete element ip keepalived vips { 10.0.0.100 }",
	} {
		run(t, "nft "+c)
		hears(t, c, told)
		f.Forget()
		mustSet(t, f, r)
		if len(told) > 0 {
			t.Errorf("%s: told more than once", c)
		}
	}
}

func TestDeletionsFilter(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"k", "keepalived", "a name of more than thirty-two characters"} {
		if raw, err := bpf.Assemble(deletions(table, 4711)); err != nil || len(raw) > 4096 {
			t.Errorf("%s: %d instructions, %v", table, len(raw), err)
		}
	}
}
