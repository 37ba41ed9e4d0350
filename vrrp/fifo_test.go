// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"vipward/conf"
	"vipward/netif"
)

// testFIFO is a FIFO that a test reads.
type testFIFO struct {
	t    *testing.T
	path string
	fd   int
	text string
}

// newFIFO names a FIFO that does not exist yet.
func newFIFO(t *testing.T) *testFIFO {
	return &testFIFO{t: t, path: filepath.Join(t.TempDir(), "fifo"), fd: -1}
}

// open opens the FIFO once it is there. Lines that were written before wait in it.
func (f *testFIFO) open() bool {
	if f.fd < 0 {
		fd, err := unix.Open(f.path, unix.O_RDONLY|unix.O_NONBLOCK, 0)
		if err != nil {
			return false
		}
		f.fd = fd
		f.t.Cleanup(func() { _ = unix.Close(fd) })
	}
	return true
}

// lines are the lines so far.
func (f *testFIFO) lines() []string {
	if !f.open() {
		return nil
	}
	b := make([]byte, 4096)
	for {
		n, err := unix.Read(f.fd, b)
		if n <= 0 || err != nil {
			break
		}
		f.text += string(b[:n])
	}
	return strings.FieldsFunc(f.text, func(c rune) bool { return c == '\n' })
}

// want waits for exactly these lines.
func (f *testFIFO) want(c *child, lines ...string) {
	f.t.Helper()
	c.eventually(strings.Join(lines, "; "), func() bool { return len(f.lines()) >= len(lines) })
	if diff := cmp.Diff(lines, f.lines()); diff != "" {
		f.t.Fatalf("lines (-want +got):\n%s\n%s", diff, c.log)
	}
}

// withFIFO adds notify_fifo to a configuration.
func withFIFO(cfg *conf.Config, f *testFIFO) *conf.Config {
	cfg.Global.FIFOs.All = conf.FIFO{Path: f.path}
	return cfg
}

// eth0With is eth0 as it may be, with its address.
func eth0With(up bool) netif.Event {
	link := eth0
	link.Up = up
	return netif.LinkChange{Link: link}
}

// TestFIFOOfAnInstance is the recording notify-order-instance: every state, in both FIFOs,
// which are gone after the stop.
func TestFIFOOfAnInstance(t *testing.T) {
	t.Parallel()
	all, own := newFIFO(t), newFIFO(t)
	cfg := withFIFO(oneInstance(testInstance(100)), all)
	cfg.Global.FIFOs.VRRP = conf.FIFO{Path: own.path}
	c := startChild(t, cfg, &memStore{})
	want := []string{`INSTANCE "VI_1" BACKUP 100`, `INSTANCE "VI_1" MASTER 100`}
	all.want(c, want...)
	c.tell(eth0With(false))
	want = append(want, `INSTANCE "VI_1" FAULT 100`)
	all.want(c, want...)
	c.tell(eth0With(true))
	want = append(want, `INSTANCE "VI_1" BACKUP 100`, `INSTANCE "VI_1" MASTER 100`)
	all.want(c, want...)
	own.open()
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	want = append(want, `INSTANCE "VI_1" STOP 100`)
	all.want(c, want...)
	own.want(c, want...)
	for _, f := range []*testFIFO{all, own} {
		if _, err := os.Lstat(f.path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s stayed: %v", f.path, err)
		}
	}
}

// TestFIFOOfAGroup is the recording notify-group: a group that starts in BACKUP says so before
// its members, and later it is the last.
func TestFIFOOfAGroup(t *testing.T) {
	t.Parallel()
	f := newFIFO(t)
	c := startChild(t, withFIFO(grouped(2, 2), f), &memStore{})
	c.eventually("the group's mastership", func() bool { return len(f.lines()) >= 6 })
	got := f.lines()
	if strings.Contains(got[3], "VI_2") { // whose timer ends last moves first
		got[3], got[4] = got[4], got[3]
	}
	want := []string{
		`GROUP "G1" BACKUP 0`, `INSTANCE "VI_1" BACKUP 100`, `INSTANCE "VI_2" BACKUP 100`,
		`INSTANCE "VI_1" MASTER 100`, `INSTANCE "VI_2" MASTER 100`, `GROUP "G1" MASTER 0`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	want = []string{`INSTANCE "VI_1" STOP 100`, `INSTANCE "VI_2" STOP 100`, `GROUP "G1" STOP 0`}
	if diff := cmp.Diff(want, f.lines()[6:]); diff != "" {
		t.Errorf("lines of the stop (-want +got):\n%s", diff)
	}
}

// TestFIFOLowerAdvert is the recording master-hears-lower: a line and a script without
// arguments for each advert, and nothing from the generic script.
func TestFIFOLowerAdvert(t *testing.T) {
	t.Parallel()
	cmd, calls := recorder(t)
	f := newFIFO(t)
	vi := testInstance(100)
	vi.NotifyRxLowerPrio = withArgs(cmd, "rxlow")
	c := startChild(t, withFIFO(oneInstance(vi), f), &memStore{})
	f.want(c, `INSTANCE "VI_1" BACKUP 100`, `INSTANCE "VI_1" MASTER 100`)
	c.port.deliver(peerAdvert(t, 50))
	f.want(c, `INSTANCE "VI_1" BACKUP 100`, `INSTANCE "VI_1" MASTER 100`, `INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100`)
	c.eventually("the script", func() bool { return cmp.Equal(calls(), []string{"rxlow"}) })
}

// TestFIFOPriorityChanges: only where it is asked for.
func TestFIFOPriorityChanges(t *testing.T) {
	t.Parallel()
	for _, asked := range []bool{true, false} {
		s, file := toggle(t, -60)
		f := newFIFO(t)
		vi := testInstance(100)
		vi.NotifyPriorityChanges = asked
		vi.TrackScripts = []conf.TrackScript{{Script: s, Weight: -60}}
		cfg := withFIFO(&conf.Config{Scripts: []*conf.Script{s}, Instances: []*conf.Instance{vi}}, f)
		c := startChild(t, cfg, &memStore{})
		c.eventually("the lower priority", c.logged("(VI_1) Changing effective priority from 100 to 40"))
		c.eventually("mastership", c.logged("(VI_1) Entering MASTER STATE"))
		f.open()
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		c.eventually("the higher priority", c.logged("(VI_1) Changing effective priority from 40 to 100"))
		if err := c.finish(); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, line := range f.lines() {
			if strings.Contains(line, "PRIORITY") {
				got = append(got, line)
			}
		}
		var want []string
		if asked {
			want = []string{`INSTANCE "VI_1" BACKUP_PRIORITY 40`, `INSTANCE "VI_1" MASTER_PRIORITY 100`}
		}
		if len(got) > 0 { // a slow first run finds a master
			got[0] = strings.Replace(got[0], "MASTER_PRIORITY 40", "BACKUP_PRIORITY 40", 1)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("asked %v (-want +got):\n%s\n%s", asked, diff, c.log)
		}
	}
}

// TestFIFODeletedInstances is the recording reload-remove-instance.
func TestFIFODeletedInstances(t *testing.T) {
	t.Parallel()
	cmd, calls := recorder(t)
	f := newFIFO(t)
	cfg := withFIFO(grouped(3, 0), f)
	for _, vi := range cfg.Instances {
		vi.Notify, vi.NotifyFault, vi.NotifyStop = withArgs(cmd, "gen"), withArgs(cmd, "fault"), withArgs(cmd, "stop")
	}
	cfg.Instances[2].ReportDeleted, cfg.Instances[2].NotifyDeleted = true, withArgs(cmd, "deleted")
	c := startChild(t, cfg, &memStore{})
	c.eventually("three masters", func() bool { return len(f.lines()) == 6 && len(calls()) == 6 })
	next := *cfg
	next.Instances = cfg.Instances[:1]
	c.doReload(&next)
	f.want(c, append(f.lines()[:6:6], `INSTANCE "VI_2" FAULT 100`, `INSTANCE "VI_3" DELETED 100`)...)
	c.eventually("the scripts", func() bool { return len(calls()) == 9 })
	got := strings.Join(calls()[6:], "\n")
	if !strings.Contains(got, "gen INSTANCE VI_2 FAULT 100") || !strings.Contains(got, "deleted\ngen INSTANCE VI_3 DELETED 100") &&
		!strings.Contains(got, "deleted\ngen INSTANCE VI_2 FAULT 100\ngen INSTANCE VI_3 DELETED 100") {
		t.Errorf("calls:\n%s", got)
	}
}

// TestFIFOReload: nothing is said of what stays, unless it is asked for, and the FIFO stays.
func TestFIFOReload(t *testing.T) {
	t.Parallel()
	f := newFIFO(t)
	cfg := withFIFO(grouped(3, 2), f)
	c := startChild(t, cfg, &memStore{})
	c.eventually("three masters", func() bool { return len(f.lines()) == 8 })
	c.doReload(cfg)
	next := *cfg
	next.Global.VRRP.StatesOnReload = true
	c.doReload(&next)
	want := append(f.lines()[:8:8],
		`INSTANCE "VI_1" MASTER 100`, `INSTANCE "VI_2" MASTER 100`, `INSTANCE "VI_3" MASTER 100`, `GROUP "G1" MASTER 0`)
	f.want(c, want...)
}

// TestFIFONewGroup of running instances tells its state if that is BACKUP, as keepalived.
func TestFIFONewGroup(t *testing.T) {
	t.Parallel()
	for _, slow := range []bool{true, false} {
		f := newFIFO(t)
		cfg := withFIFO(grouped(2, 2), f)
		said := 6
		if slow {
			said = 3
			for _, vi := range cfg.Instances {
				vi.AdvertInt = time.Hour
			}
		}
		c := startChild(t, cfg, &memStore{})
		c.eventually("the first states", func() bool { return len(f.lines()) == said })
		next := *cfg
		group := *cfg.SyncGroups[0]
		group.Name = "G9"
		next.SyncGroups = []*conf.SyncGroup{&group}
		c.doReload(&next)
		if err := c.finish(); err != nil {
			t.Fatal(err)
		}
		want := []string{`INSTANCE "VI_1" STOP 100`, `INSTANCE "VI_2" STOP 100`, `GROUP "G9" STOP 0`}
		if slow {
			want = append([]string{`GROUP "G9" BACKUP 0`}, want...)
		}
		if diff := cmp.Diff(want, f.lines()[said:]); diff != "" {
			t.Errorf("backups %v (-want +got):\n%s", slow, diff)
		}
	}
}

// TestFIFOGroupRemoved: nothing is said of it.
func TestFIFOGroupRemoved(t *testing.T) {
	t.Parallel()
	f := newFIFO(t)
	cfg := withFIFO(grouped(2, 2), f)
	c := startChild(t, cfg, &memStore{})
	c.eventually("two masters", func() bool { return len(f.lines()) == 6 })
	next := *cfg
	next.SyncGroups = nil
	c.doReload(&next)
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	want := append(f.lines()[:6:6], `INSTANCE "VI_1" STOP 100`, `INSTANCE "VI_2" STOP 100`)
	f.want(c, want...)
}

// TestFIFOAfterACrash: the FIFO that a killed child made is used, and removed at the stop.
func TestFIFOAfterACrash(t *testing.T) {
	t.Parallel()
	f := newFIFO(t)
	store := &memStore{}
	first := startChild(t, withFIFO(oneInstance(testInstance(100)), f), store)
	f.want(first, `INSTANCE "VI_1" BACKUP 100`, `INSTANCE "VI_1" MASTER 100`)
	saved := &memStore{b: store.Load()}
	second := startChild(t, withFIFO(oneInstance(testInstance(100)), f), saved)
	if err := second.finish(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(f.path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the FIFO stayed: %v", err)
	}
}

// TestRemoveFIFOs is for a child that has no successor: what it made goes, and nothing else.
func TestRemoveFIFOs(t *testing.T) {
	t.Parallel()
	f := newFIFO(t)
	store := &memStore{}
	c := startChild(t, withFIFO(oneInstance(testInstance(100)), f), store)
	f.want(c, `INSTANCE "VI_1" BACKUP 100`, `INSTANCE "VI_1" MASTER 100`)
	state := store.Load()
	if err := os.Rename(f.path, f.path+".ours"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := RemoveFIFOs(state); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(f.path); err != nil {
		t.Errorf("another file was removed: %v", err)
	}
	if err := os.Rename(f.path+".ours", f.path); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := RemoveFIFOs(state); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(f.path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the FIFO stayed: %v", err)
		}
	}
	for _, state := range []string{"", "rubbish", "{}"} {
		if err := RemoveFIFOs([]byte(state)); err != nil {
			t.Errorf("%q: %v", state, err)
		}
	}
}

// TestFIFOProgram gets the path as its last argument, and the state lines.
func TestFIFOProgram(t *testing.T) {
	t.Parallel()
	cmd, calls := recorder(t)
	f := newFIFO(t)
	cfg := withFIFO(oneInstance(testInstance(100)), f)
	cfg.Global.FIFOs.All.Script = withArgs(cmd, "reader")
	c := startChild(t, cfg, &memStore{})
	c.eventually("the program", func() bool { return cmp.Equal(calls(), []string{"reader " + f.path}) })
	c.eventually("its end in the log", c.logged("vrrp notify fifo script terminated"))
}

// TestUnusableAccounts: the lines that name what is left out.
func TestUnusableAccounts(t *testing.T) {
	t.Parallel()
	log := &logBuffer{}
	logger := slog.New(slog.NewTextHandler(log, nil))
	vi := testInstance(100)
	vi.Notify = &conf.Command{Args: []string{"/bin/true"}, User: "nosuchuser"}
	vi.NotifyStop = &conf.Command{Args: []string{"/bin/false"}}
	cfg := oneInstance(vi)
	cfg.Global.ScriptUser = "nosuchdefault"
	cfg.Global.FIFOs.All = conf.FIFO{Path: "/run/nowhere", User: "nosuchowner"}
	if got := findPrograms(cfg, logger); len(got) != 0 {
		t.Errorf("programs: %v", got)
	}
	if got := findPipes(cfg, nil, logger); len(got) != 0 {
		t.Errorf("pipes: %v", got)
	}
	for _, want := range []string{
		"Script user 'nosuchuser' does not exist", "Invalid user/group for notify script /bin/true - ignoring",
		"Script user 'nosuchdefault' does not exist", "Failed to set default user for notify script /bin/false - ignoring",
		"Script user 'nosuchowner' does not exist", "Invalid user/group for notify fifo /run/nowhere - ignoring",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is not in\n%s", want, log)
		}
	}
}
