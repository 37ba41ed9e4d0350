// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
)

// TestOrderFileKeptAside: a file that cannot be used is not overwritten by the next order.
func TestOrderFileKeptAside(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "servers.json")
	const rubbish = `{"Version":1,"Orders":[{"Key"`
	if err := os.WriteFile(path, []byte(rubbish), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.cfg.Global.Checker.StateFile = path
		b.start()
		if log := strings.Join(b.log.take(), "\n"); !strings.Contains(log, "it is kept as "+path+".unusable, and no order holds") {
			t.Errorf("log:\n%s", log)
		}
		if err := b.command(Order{Server: first, Hold: HoldDrain}); err != nil {
			t.Error(err)
		}
		b.stop()
	})
	if kept, err := os.ReadFile(path + ".unusable"); err != nil || string(kept) != rubbish {
		t.Errorf("kept aside: %q, %v", kept, err)
	}
	if list, err := readOrders(path); err != nil || len(list) != 1 {
		t.Errorf("the new file: %v, %v", list, err)
	}
}

// TestOrderFileByReload: orders are kept from the reload on that adds the file, or moves it.
func TestOrderFileByReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.start()
		if err := b.command(Order{Server: first, Hold: HoldDrain}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"first", "second"} {
			cfg := parseConfig(t, two)
			cfg.Global.Checker.StateFile = filepath.Join(dir, name)
			b.switchTo(cfg)
			if list, err := readOrders(cfg.Global.Checker.StateFile); err != nil || len(list) != 1 {
				t.Errorf("%s: %v, %v", name, list, err)
			}
		}
		b.log.take()
		cfg := parseConfig(t, two)
		cfg.Global.Checker.StateFile = filepath.Join(dir, "none", "third")
		b.switchTo(cfg)
		if log := strings.Join(b.log.take(), "\n"); !strings.Contains(log, "server_state_file: ") {
			t.Errorf("a file that cannot be written is not told:\n%s", log)
		}
		b.stop()
	})
}

// TestOrderFileOnSlowDisk: while a disk does not answer an order is carried out, and the checks
// go on.
func TestOrderFileOnSlowDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := newBench(t, two)
	b.cfg.Global.Checker.StateFile = filepath.Join(dir, "servers.json")
	write := make(chan struct{})
	b.keepFile = func(path string, list []heldOrder) error {
		<-write
		return writeOrders(path, list)
	}
	b.startOutside()
	done := make(chan error, 1)
	b.asks <- Ask{Order: &Order{Server: first, Hold: HoldMaintenance}, Done: done}
	view := make(chan View, 1)
	b.asks <- Ask{Reply: view} // the loop goes on
	if v := <-view; v.Virtuals[0].Reals[0].InTable {
		t.Error("the order is not carried out")
	}
	select {
	case err := <-done:
		t.Errorf("it was said to be kept before it was: %v", err)
	default:
	}
	close(write)
	if err := <-done; err != nil {
		t.Error(err)
	}
	b.stop()
}

// TestArchive: what is on the disk is the newest list, in whatever order the writes come.
func TestArchive(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "servers.json")
	a := archive{store: writeOrders}
	for _, n := range []uint64{1, 3, 2} {
		list := make([]heldOrder, n)
		for i := range list {
			list[i] = heldOrder{"k", Order{Server: first, Hold: HoldDrain}}
		}
		if err := a.write(n, path, list); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := readOrders(path); err != nil || len(list) != 3 {
		t.Errorf("%d orders are kept, want 3 of the newest list; %v", len(list), err)
	}
}
