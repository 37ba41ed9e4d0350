// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/ipvs"
	"vipward/netif"
)

// fakeSync notes what is set of sync daemons.
type fakeSync struct {
	mu     sync.Mutex // guards the rest
	said   []string
	runs   []ipvs.Daemon
	err    error
	opened int
	closed int
}

func (f *fakeSync) open() (SyncDaemons, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opened++
	return f, nil
}

func (f *fakeSync) SetDaemons(want []ipvs.Daemon) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil || slices.Equal(want, f.runs) {
		return 0, f.err
	}
	f.runs = slices.Clone(want)
	f.said = append(f.said, fmt.Sprint(want))
	return 1, nil
}

func (f *fakeSync) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed++
	return nil
}

func (f *fakeSync) change(err error, runs ...ipvs.Daemon) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err, f.runs = err, runs
}

func (f *fakeSync) list() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.said)
}

// at is a daemon of VI_1 as it is set.
func at(s ipvs.Side, id int) string {
	return fmt.Sprintf("[%s]", ipvs.Daemon{Side: s, Interface: "eth1", ID: uint8(id)})
}

// following is a configuration whose sync daemon follows VI_1.
func following(vi *conf.Instance) *conf.Config {
	cfg := oneInstance(vi)
	cfg.Global.Checker.SyncDaemon = &conf.SyncDaemon{Interface: "eth1", Instance: "VI_1"}
	return cfg
}

// settles waits for what the kernel is told in all.
func (f *fakeSync) settles(c *child, want ...string) {
	c.t.Helper()
	c.eventually(fmt.Sprintf("sync daemons %q", want), func() bool { return slices.Equal(f.list(), want) })
}

// TestSyncDaemonFollowsState goes through the recording sync-inst: the backup's side from
// the start and in FAULT, the master's side in MASTER, nothing after the stop.
func TestSyncDaemonFollowsState(t *testing.T) {
	t.Parallel()
	f := &fakeSync{}
	vi := testInstance(100)
	vi.AdvertInt = 100 * time.Millisecond
	c := startChild(t, following(vi), &memStore{}, func(e *Env) { e.SyncDaemons = f.open })
	f.settles(c, at(ipvs.Backup, 51), at(ipvs.Master, 51))
	down := eth0
	down.Up = false
	c.tell(netif.LinkChange{Link: down})
	f.settles(c, at(ipvs.Backup, 51), at(ipvs.Master, 51), at(ipvs.Backup, 51))
	c.tell(netif.LinkChange{Link: eth0})
	f.settles(c, at(ipvs.Backup, 51), at(ipvs.Master, 51), at(ipvs.Backup, 51), at(ipvs.Master, 51))
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	if l := f.list(); l[len(l)-1] != "[]" {
		t.Errorf("after the stop %q", l)
	}
	if f.opened != 1 || f.closed != 1 {
		t.Errorf("opened %d times, closed %d times", f.opened, f.closed)
	}
}

// TestSyncDaemonUnknownInstance: as keepalived, no daemon and no message; and without a sync
// daemon IPVS is not even opened.
func TestSyncDaemonUnknownInstance(t *testing.T) {
	t.Parallel()
	f := &fakeSync{}
	cfg := following(testInstance(100))
	cfg.Global.Checker.SyncDaemon.Instance = "NOPE"
	c := startChild(t, cfg, &memStore{}, func(e *Env) { e.SyncDaemons = f.open })
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	if f.opened != 0 {
		t.Error("IPVS was opened")
	}
}

// TestSyncDaemonReload: other settings are another daemon, a configuration without one stops
// it, and one without an instance is left to the checker.
func TestSyncDaemonReload(t *testing.T) {
	t.Parallel()
	f := &fakeSync{}
	c := startChild(t, following(testInstance(100)), &memStore{}, func(e *Env) { e.SyncDaemons = f.open })
	want := []string{at(ipvs.Backup, 51), at(ipvs.Master, 51)}
	f.settles(c, want...)
	c.doReload(following(testInstance(100)))

	id := 7
	cfg := following(testInstance(100))
	cfg.Global.Checker.SyncDaemon.ID = &id
	c.doReload(cfg)
	want = append(want, at(ipvs.Master, 7))
	f.settles(c, want...)
	c.doReload(oneInstance(testInstance(100)))
	want = append(want, "[]")
	f.settles(c, want...)
	c.doReload(following(testInstance(100)))
	want = append(want, at(ipvs.Master, 51))
	f.settles(c, want...)

	cfg = following(testInstance(100))
	cfg.Global.Checker.SyncDaemon.Instance = ""
	c.doReload(cfg)
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, f.list()); diff != "" {
		t.Errorf("what the checker has taken over was changed (-want +got):\n%s", diff)
	}
}

// TestSyncDaemonOverCrash: a successor goes on with what runs; a configuration that changed
// meanwhile ends it.
func TestSyncDaemonOverCrash(t *testing.T) {
	t.Parallel()
	f, store := &fakeSync{}, &memStore{}
	c := startChild(t, following(testInstance(100)), store, func(e *Env) { e.SyncDaemons = f.open })
	f.settles(c, at(ipvs.Backup, 51), at(ipvs.Master, 51))
	c.eventually("the state", func() bool { return strings.Contains(string(store.Load()), `"sync":true`) })
	left := &memStore{b: store.Load()}

	next := &fakeSync{runs: f.runs}
	c = startChild(t, oneInstance(testInstance(100)), left, func(e *Env) { e.SyncDaemons = next.open })
	next.settles(c, "[]")
	c.eventually("the state", func() bool { return !strings.Contains(string(left.Load()), `"sync":true`) })
}

// TestSyncDaemonEndsWithKeep: what is kept are addresses and routes, as in keepalived.
func TestSyncDaemonEndsWithKeep(t *testing.T) {
	t.Parallel()
	f := &fakeSync{}
	c := startChild(t, following(testInstance(100)), &memStore{}, func(e *Env) { e.SyncDaemons, e.Keep = f.open, true })
	want := []string{at(ipvs.Backup, 51), at(ipvs.Master, 51)}
	f.settles(c, want...)
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(want, "[]"), f.list()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// keptSync runs a keeper of sync daemons in a bubble.
func keptSync(t *testing.T, f *fakeSync) (wishes chan syncWish, log *logBuffer) {
	t.Helper()
	log, wishes = &logBuffer{}, make(chan syncWish, 1)
	k := &syncKeeper{open: f.open, log: slog.New(slog.NewTextHandler(log, nil))}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- k.run(ctx, wishes) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return wishes, log
}

// TestSyncKeeperRepairs: a daemon that somebody stopped runs again after the next look, and
// the log says so once.
func TestSyncKeeperRepairs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSync{}
		wishes, log := keptSync(t, f)
		master := ipvs.Daemon{Side: ipvs.Master, Interface: "eth1"}
		wishes <- syncWish{daemons: []ipvs.Daemon{master}}
		synctest.Wait()
		f.change(nil)
		time.Sleep(3 * syncAudit)
		synctest.Wait()
		if want := []string{fmt.Sprint([]ipvs.Daemon{master}), fmt.Sprint([]ipvs.Daemon{master})}; !slices.Equal(f.list(), want) {
			t.Errorf("set %q, want %q", f.list(), want)
		}
		if n := strings.Count(log.String(), "another program had changed the sync daemon; it is the master again"); n != 1 {
			t.Errorf("told %d times:\n%s", n, log)
		}
	})
}

// TestSyncKeeperTriesAgain: an error is told once, and tried again until it is over.
func TestSyncKeeperTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSync{err: errors.New("no such device")}
		wishes, log := keptSync(t, f)
		wishes <- syncWish{daemons: []ipvs.Daemon{{Side: ipvs.Backup, Interface: "eth1"}}}
		time.Sleep(10 * syncRetry)
		synctest.Wait()
		if n := strings.Count(log.String(), "no such device"); n != 1 {
			t.Errorf("told %d times:\n%s", n, log)
		}
		f.change(nil)
		time.Sleep(2 * syncRetry)
		synctest.Wait()
		if len(f.list()) != 1 {
			t.Errorf("set %q", f.list())
		}
	})
}

// TestSyncKeeperReleases: what another process has taken over is neither looked after nor tried
// again.
func TestSyncKeeperReleases(t *testing.T) {
	for name, trouble := range map[string]error{"all is well": nil, "nothing worked": errors.New("no such device")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeSync{err: trouble}
				wishes, _ := keptSync(t, f)
				wishes <- syncWish{daemons: []ipvs.Daemon{{Side: ipvs.Backup, Interface: "eth1"}}}
				synctest.Wait()
				before := f.list()
				wishes <- syncWish{release: true}
				synctest.Wait()
				f.change(nil, ipvs.Daemon{Side: ipvs.Master}, ipvs.Daemon{Side: ipvs.Backup})
				time.Sleep(3 * syncAudit)
				synctest.Wait()
				if diff := cmp.Diff(before, f.list()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestSyncDaemonHandedOver: with the reload that hands the daemon to the checker, nothing of it
// is ours any more, neither to look after nor to undo.
func TestSyncDaemonHandedOver(t *testing.T) {
	t.Parallel()
	f, store := &fakeSync{}, &memStore{}
	c := startChild(t, following(testInstance(100)), store, func(e *Env) { e.SyncDaemons = f.open })
	f.settles(c, at(ipvs.Backup, 51), at(ipvs.Master, 51))
	c.eventually("the state", func() bool { return strings.Contains(string(store.Load()), `"sync":true`) })
	cfg := following(testInstance(100))
	cfg.Global.Checker.SyncDaemon.Instance = ""
	c.doReload(cfg)
	c.eventually("the state", func() bool { return !strings.Contains(string(store.Load()), `"sync":true`) })
}

// TestUndoSync: only a daemon that the dead child had started is stopped.
func TestUndoSync(t *testing.T) {
	t.Parallel()
	for state, want := range map[string][]string{
		"": nil, "broken": nil, `{"instances":{}}`: nil, `{"sync":true}`: {"[]"},
	} {
		f := &fakeSync{runs: []ipvs.Daemon{{Side: ipvs.Master}}}
		if err := UndoSync([]byte(state), f.open); err != nil {
			t.Errorf("%q: %v", state, err)
		}
		if diff := cmp.Diff(want, f.list()); diff != "" || f.opened != f.closed {
			t.Errorf("%q: opened %d, closed %d (-want +got):\n%s", state, f.opened, f.closed, diff)
		}
	}
	f := &fakeSync{err: io.ErrUnexpectedEOF}
	if err := UndoSync([]byte(`{"sync":true}`), f.open); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
}
