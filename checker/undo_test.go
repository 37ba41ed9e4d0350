// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/sys/unix"

	"vipward/conf"
	"vipward/ipvs"
	"vipward/ipvs/ipvsfake"
	"vipward/netif/nft"
	"vipward/notify"

	"github.com/google/go-cmp/cmp"
)

// leftBehind is a kernel as a checker process left it that was killed, with a service of
// somebody else, and the state that it had saved.
func leftBehind(t *testing.T, how string) (b *bench, state []byte) {
	t.Helper()
	b = tunedBench(t, two, func(g *conf.GlobalChecker) {
		timeouts(1000, 0, 0)(g)
		g.SyncDaemon = &conf.SyncDaemon{Interface: "eth0"}
		g.FlushOnStop = how
	})
	theirs := parseConfig(t, strings.ReplaceAll(two, "10.9.0.1", "10.9.0.2"))
	r, _ := follow(&roster{}, theirs, saved{})
	b.kernel = ipvsfake.New(r.table())
	if err := b.kernel.SetTimeouts(fresh); err != nil {
		t.Fatal(err)
	}
	b.start()
	b.wait(saveEvery)
	state = b.store.Load()
	table, _ := b.kernel.Table()
	limits, _ := b.kernel.Timeouts()
	daemons, _ := b.kernel.Daemons()
	b.stop()
	b.kernel = ipvsfake.New(table)
	if _, err := b.kernel.SetDaemons(daemons); err != nil {
		t.Fatal(err)
	}
	if err := b.kernel.SetTimeouts(limits); err != nil {
		t.Fatal(err)
	}
	b.kernel.Did()
	return b, state
}

// undo undoes on the bench's kernel.
func (b *bench) undo(state []byte, tables markTables) {
	b.t.Helper()
	err := undo(state, Env{
		Config: b.cfg, Kernel: func() (ipvs.Kernel, error) { return b.kernel, nil },
		Within: func(f func() error) error { return f() }, Keep: b.keep, Log: b.logger(),
	}, tables)
	if err != nil {
		b.t.Errorf("undo: %v", err)
	}
}

// TestUndo: of what a killed process left, ours goes and the settings are as they were; what
// somebody else has made stays, but for lvs_flush_on_stop.
func TestUndo(t *testing.T) {
	for _, c := range []struct {
		name, how string
		keep      bool
		services  int // that are left
	}{
		{"ours", clearOurs, false, 1},
		{"all", clearAll, false, 0},
		{"-I", clearOurs, true, 2},
		{"-I and all", clearAll, true, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, state := leftBehind(t, c.how)
				b.keep = c.keep
				b.undo(state, nil)
				table, _ := b.kernel.Table()
				if len(table) != c.services {
					t.Errorf("%d services are left, want %d:\n%s", len(table), c.services, b.kernel)
				}
				did := []string{didTimeouts(900, 120, 300), "daemons []"}
				if c.services == 0 {
					did = append(did, "flush")
				}
				b.wantDid(did...)
			})
		})
	}
}

// TestUndoOfAnUnsavedService: the process changes the table first, and saves then.
func TestUndoOfAnUnsavedService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := leftBehind(t, clearOurs)
		empty, err := (&roster{}).encode(besides{})
		if err != nil {
			t.Fatal(err)
		}
		b.undo(empty, nil)
		if table, _ := b.kernel.Table(); len(table) != 1 {
			t.Errorf("left:\n%s", b.kernel)
		}
	})
}

// TestUndoBesides: FIFOs and the tables of nftables_ipvs go too, those with -I not.
func TestUndoBesides(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		b := newBench(t, two)
		b.keep, b.cfg.Global.Firewall.IPVSTable = keep, "ours"
		path := filepath.Join(t.TempDir(), "fifo")
		if err := unix.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		var st unix.Stat_t
		if err := unix.Stat(path, &st); err != nil {
			t.Fatal(err)
		}
		state, err := (&roster{}).encode(besides{FIFOs: []notify.MadeFIFO{{Path: path, Inode: notify.Inode{Dev: st.Dev, Ino: st.Ino}}}})
		if err != nil {
			t.Fatal(err)
		}
		f := &fakeMarks{there: "ours: tcp 10.0.0.1:80=1"}
		b.undo(state, f)
		var want []string
		if !keep {
			want = []string{"ours: "}
		}
		if diff := cmp.Diff(want, f.said); diff != "" {
			t.Errorf("keep %v: marks (-want +got):\n%s", keep, diff)
		}
		if err := unix.Stat(path, &st); err != unix.ENOENT {
			t.Errorf("keep %v: the FIFO: %v", keep, err)
		}
	}
}

// TestUndoOfNothing: a process that had not begun has left nothing, and a state that cannot be
// read is told.
func TestUndoOfNothing(t *testing.T) {
	t.Parallel()
	if err := Undo(nil, Env{}); err != nil {
		t.Error(err)
	}
	if err := Undo([]byte("{"), Env{}); err == nil {
		t.Error("no error")
	}
}

// TestMarksSwitchedOff: a configuration without nftables_ipvs has no tables from then on, and
// what could not be deleted is tried again, by the name that it had.
func TestMarksSwitchedOff(t *testing.T) {
	t.Parallel()
	f := &fakeMarks{}
	at := netip.MustParseAddr("10.0.0.1")
	m := marker{tables: f, within: func(do func() error) error { return do() }, log: newBench(t, two).logger()}
	m.follow(nft.Marks{Table: "t", Places: []nft.Place{{Protocol: 6, First: at, Last: at, Port: 80, Mark: 1}}})
	f.err = unix.EBUSY
	m.follow(nft.Marks{})
	f.err = nil
	m.audit()
	m.audit()
	if diff := cmp.Diff([]string{"t: tcp 10.0.0.1:80=1", "t: "}, f.said); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMarksOfAnEarlierDaemon: they are looked for once, where nothing may be there as well.
func TestMarksOfAnEarlierDaemon(t *testing.T) {
	t.Parallel()
	f := &fakeMarks{err: unix.EPROTONOSUPPORT, there: "left"}
	b := newBench(t, two)
	m := marker{tables: f, within: func(do func() error) error { return do() }, log: b.logger()}
	m.sweep()
	f.err = nil
	m.sweep()
	if diff := cmp.Diff([]string{": "}, f.said); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if lines := b.log.take(); len(lines) != 1 || !strings.HasPrefix(lines[0], "debug: ") {
		t.Errorf("log %q", lines)
	}
}
