// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// command gives the child an order, as the local API does.
func (b *bench) command(o Order) error {
	done := make(chan error, 1)
	b.asks <- Ask{Order: &o, Done: done}
	err := <-done
	synctest.Wait()
	return err
}

var first = netip.MustParseAddrPort("127.0.0.11:80")

// wantServers compares the table in any order.
func (b *bench) wantServers(want string) {
	b.t.Helper()
	if diff := cmp.Diff(sortedText(want), sortedText(b.kernel.String())); diff != "" {
		b.t.Errorf("table (-want +got):\n%s", diff)
	}
}

const twoHeld = `-A -t 10.9.0.1:80 -s rr
-a -t 10.9.0.1:80 -r 127.0.0.12:80 -m -w 3`

// TestOrders: an order changes the table at once, and lasts over a crash and, with a
// server_state_file, over a restart.
func TestOrders(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "servers.json")
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.cfg.Global.Checker.StateFile = path
		b.start()
		if err := b.command(Order{Server: first, Hold: HoldMaintenance, By: "admin"}); err != nil {
			t.Fatal(err)
		}
		b.wantTable(twoHeld)
		b.wait(time.Second)
		b.crash()
		b.start()
		b.wantTable(twoHeld)
		b.stop()
		b.store = &memory{} // the next daemon
		b.start()
		b.wantTable(twoHeld)
		if err := b.command(Order{Server: first}); err != nil {
			t.Fatal(err)
		}
		b.wantServers(twoTable)
		if err := b.command(Order{Server: first, Hold: HoldWeight, Weight: 7, Service: "[10.9.0.1]:tcp:80"}); err != nil {
			t.Fatal(err)
		}
		b.wantServers(strings.Replace(twoTable, "-w 2", "-w 7", 1))
		b.stop()
	})
	list, err := readOrders(path)
	if err != nil || len(list) != 1 || list[0].Order.Weight != 7 || list[0].Order.At.IsZero() {
		t.Errorf("kept: %+v, %v", list, err)
	}
}

// TestOrdersThatAreRefused change nothing.
func TestOrdersThatAreRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.start()
		for _, tt := range []struct {
			order Order
			want  error
		}{
			{Order{Server: netip.MustParseAddrPort("127.0.0.77:80"), Hold: HoldDrain}, ErrNoServer},
			{Order{Server: first, Hold: HoldDrain, Service: "[10.9.0.2]:tcp:80"}, ErrNoServer},
			{Order{Server: first, Hold: "holiday"}, ErrOrder},
			{Order{Server: first, Hold: HoldWeight, Weight: -1}, ErrOrder},
			{Order{Server: first, Hold: HoldWeight, Weight: 1 << 40}, ErrOrder},
		} {
			if err := b.command(tt.order); !errors.Is(err, tt.want) {
				t.Errorf("%+v: %v, want %v", tt.order, err, tt.want)
			}
		}
		b.cfg.Global.Checker.StateFile = "/nonexistent/file"
		if err := b.command(Order{Server: first, Hold: HoldMaintenance}); err == nil || !strings.Contains(err.Error(), "is not kept") {
			t.Errorf("an order that cannot be kept: %v", err)
		}
		b.wantTable(twoHeld) // it holds all the same
		b.stop()
	})
}

// TestOrderFile refuses what others could have written.
func TestOrderFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file("target", `{"Version":1}`, 0o600), link); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, path, err string }{
		{"none", filepath.Join(dir, "none"), ""},
		{"good", file("good", `{"Version":1,"Orders":[{"Key":"k","Order":{"server":"127.0.0.1:80","hold":"drain"}}]}`, 0o644), ""},
		{"not JSON", file("bad", `{`, 0o600), "decode "},
		{"another version", file("version", `{"Version":2}`, 0o600), "decode "},
		{"writable for others", file("open", `{"Version":1}`, 0o666), "others can write it"},
		{"a link", link, "too many levels of symbolic links"},
		{"a directory", dir, "is not a file"},
	} {
		if _, err := readOrders(tt.path); (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.err)
		}
	}
}

// TestWriteOrders replaces the file as a whole and leaves nothing beside it.
func TestWriteOrders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "servers.json")
	list := []heldOrder{{"k", Order{Server: first, Hold: HoldDrain, By: "me"}}, {"l", Order{Server: first, Hold: HoldWeight, Weight: 3}}}
	for range 2 {
		if err := writeOrders(path, list); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readOrders(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(list, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	if left, _ := filepath.Glob(dir + "/.vipward*"); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	if err := writeOrders("/nonexistent/x", list); err == nil {
		t.Error("written into a directory that does not exist")
	}
	if got := ordersOf([]heldOrder{{"k", Order{Hold: "x"}}, {"k", Order{}}, {"k", Order{Hold: HoldDrain}}}); len(got) != 1 {
		t.Errorf("orders %v, want the one that is one", got)
	}
}

// TestPaceOfChild: the child changes weights as time goes by, and reads connections only
// while a server drains.
func TestPaceOfChild(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, `vs 10.9.0.1:80
rs 127.0.0.11:80 delay=2 weight=100 slow=10 drain=30
rs 127.0.0.12:80 delay=2 weight=100`)
		weight := func(server string) string {
			for l := range strings.Lines(b.kernel.String()) {
				if strings.Contains(l, server) {
					return strings.TrimSpace(l[strings.Index(l, "-w ")+3:])
				}
			}
			return "none"
		}
		b.farm.kill("127.0.0.11")
		b.start()
		b.wait(5 * time.Second)
		b.farm.revive("127.0.0.11")
		b.wait(2 * time.Second)
		seen := map[string]bool{weight("127.0.0.11"): true}
		for range 12 {
			b.wait(time.Second)
			seen[weight("127.0.0.11")] = true
		}
		if len(seen) < 8 || !seen["100"] || seen["none"] {
			t.Errorf("weights %v", seen)
		}
		b.cfg = parseConfig(t, `vs 10.9.0.1:80
rs 127.0.0.12:80 delay=2 weight=100`)
		b.switchTo(b.cfg)
		if got := weight("127.0.0.11"); got != "0" {
			t.Errorf("weight %s after it was taken out", got)
		}
		b.wait(3 * time.Second) // the fake kernel has no connections
		if got := weight("127.0.0.11"); got != "none" {
			t.Errorf("weight %s when it has drained", got)
		}
		b.stop()
		b.wantTable("")
	})
}
