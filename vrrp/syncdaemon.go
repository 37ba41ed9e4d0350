// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"vipward/ipvs"
	"vipward/vrrp/election"
)

// SyncDaemons are the sync daemons of IPVS in the kernel.
type SyncDaemons interface {
	// SetDaemons makes these run, and no others. It gives how many were started or stopped.
	SetDaemons(want []ipvs.Daemon) (int, error)
	Close() error
}

const (
	syncRetry = time.Second      // between attempts after an error
	syncAudit = 30 * time.Second // between looks at what runs
)

// syncDaemon keeps the sync daemon of IPVS (lvs_sync_daemon IF inst NAME) on the side of an
// instance: a master tells its connections, everyone else learns them. It decides in the
// loop. The kernel is changed by a goroutine of its own, since a stop waits for a thread of
// the kernel.
type syncDaemon struct {
	l     *loop
	stale bool // a state or the configuration may have changed
	last  []ipvs.Daemon
	runs  bool // because of us; a successor knows
	wantC chan syncWish
}

// syncWish is what the loop wants of the kernel.
type syncWish struct {
	daemons []ipvs.Daemon
	release bool            // touch nothing: another process starts and stops them now
	done    chan<- struct{} // closed when it was tried; nil: nobody waits
}

func newSyncDaemon(l *loop) *syncDaemon {
	return &syncDaemon{l: l, stale: true, runs: l.saved.Sync, wantC: make(chan syncWish, 1)}
}

// wanted is what should run. handed says that another process starts and stops sync daemons
// now: those of a configuration without an instance are the checker's.
func (d *syncDaemon) wanted() (want []ipvs.Daemon, handed bool) {
	c := d.l.cfg.Global.Checker.SyncDaemon
	if c == nil {
		return nil, false
	}
	if c.Instance == "" {
		return nil, true
	}
	i := slices.IndexFunc(d.l.vis, func(vi *instance) bool { return vi.cfg.Name == c.Instance })
	if i < 0 {
		return nil, false // as keepalived: no instance, no daemon
	}
	vi := d.l.vis[i]
	if s := vi.m.State(); s == election.Stopped || s == election.Deleted {
		return d.last, false // the end decides
	}
	return []ipvs.Daemon{ipvs.NewDaemon(sideOf(vi.m.State()), c, vi.cfg.VRID)}, false
}

// sideOf is what the sync daemon does in a state.
func sideOf(s election.State) ipvs.Side {
	if s == election.Master {
		return ipvs.Master
	}
	return ipvs.Backup
}

// flush tells the kernel's side what has changed.
func (d *syncDaemon) flush() {
	if !d.stale || !d.l.started {
		return
	}
	d.stale = false
	want, handed := d.wanted()
	if handed {
		d.ask(syncWish{release: true})
		d.l.unsaved = d.l.unsaved || d.runs
		d.runs, d.last = false, nil
		return
	}
	if slices.Equal(want, d.last) && (len(want) > 0 || !d.runs) {
		return
	}
	d.last, d.runs = want, len(want) > 0
	d.l.unsaved = true
	d.ask(syncWish{daemons: want})
}

// ask leaves a wish in place of one that nobody has begun with.
func (d *syncDaemon) ask(w syncWish) {
	select {
	case <-d.wantC:
	default:
	}
	d.wantC <- w // there is room: only the loop writes
}

// stop ends the daemon that runs because of us, and waits for it.
func (d *syncDaemon) stop(ctx context.Context) {
	if !d.runs {
		return
	}
	done := make(chan struct{})
	d.ask(syncWish{done: done})
	select {
	case <-done:
	case <-ctx.Done():
	}
	d.runs = false
}

// syncKeeper brings the kernel to the latest wish, and looks at it from time to time.
type syncKeeper struct {
	open   func() (SyncDaemons, error)
	log    *slog.Logger
	kernel SyncDaemons // nil until it is needed
	want   []ipvs.Daemon
	met    bool   // the kernel has been as wanted
	said   string // the last trouble
}

// run does what is wished until ctx ends.
func (k *syncKeeper) run(ctx context.Context, wantC <-chan syncWish) error {
	defer k.close()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case w := <-wantC:
			k.take(w, timer)
			if w.done != nil {
				close(w.done)
			}
		case <-timer.C:
			k.set(timer)
		}
	}
}

// take goes over to another wish.
func (k *syncKeeper) take(w syncWish, timer *time.Timer) {
	k.want, k.met, k.said = w.daemons, false, ""
	if w.release {
		timer.Stop() // neither a look nor another attempt
		return
	}
	k.set(timer)
}

// set brings the kernel to what is wanted, and plans the next look.
func (k *syncKeeper) set(timer *time.Timer) {
	n, err := k.try()
	switch {
	case err != nil:
		if k.said != err.Error() {
			k.log.Error(err.Error())
		}
		k.said = err.Error()
		timer.Reset(syncRetry)
		return
	case k.met && n > 0 && len(k.want) > 0:
		k.log.Warn(fmt.Sprintf("IPVS: another program had changed the sync daemon; it is the %s again", k.want[0].Side))
	}
	k.said, k.met = "", true
	timer.Stop() // one may run from before: nothing that is not ours is audited
	if len(k.want) > 0 {
		timer.Reset(syncAudit)
	}
}

func (k *syncKeeper) try() (int, error) {
	if k.kernel == nil {
		opened, err := k.open()
		if err != nil {
			return 0, err
		}
		k.kernel = opened
	}
	return k.kernel.SetDaemons(k.want)
}

func (k *syncKeeper) close() {
	if k.kernel != nil {
		_ = k.kernel.Close() // there is nothing to lose
	}
}

// UndoSync stops the sync daemon that a vrrp child had started, by the state that it saved.
func UndoSync(state []byte, open func() (SyncDaemons, error)) error {
	var s savedState
	if json.Unmarshal(state, &s) != nil || !s.Sync {
		return nil // nothing saved, or nothing that can be understood
	}
	k := &syncKeeper{open: open}
	defer k.close()
	_, err := k.try()
	return err
}
