// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vipward/conf"
	"vipward/ipvs"
	"vipward/ipvs/ipvsfake"

	"github.com/google/go-cmp/cmp"
)

// The timeouts of a fresh kernel.
var fresh = ipvs.Timeouts{TCP: 900 * time.Second, TCPFin: 120 * time.Second, UDP: 300 * time.Second}

// tunedBench is a bench whose kernel has the timeouts of a fresh one.
func tunedBench(t *testing.T, config string, change func(*conf.GlobalChecker)) *bench {
	b := newBench(t, config)
	change(&b.cfg.Global.Checker)
	if err := b.kernel.SetTimeouts(fresh); err != nil {
		t.Fatal(err)
	}
	b.kernel.Did()
	return b
}

// with is the bench's configuration with other settings.
func (b *bench) with(change func(*conf.GlobalChecker)) *conf.Config {
	cfg := *b.cfg
	cfg.Global.Checker = conf.GlobalChecker{}
	change(&cfg.Global.Checker)
	return &cfg
}

// wantDid compares what was done besides the table.
func (b *bench) wantDid(want ...string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.kernel.Did()); diff != "" {
		b.t.Errorf("settings (-want +got):\n%s", diff)
	}
}

// timeouts sets lvs_timeouts in seconds; 0: not given.
func timeouts(tcp, fin, udp int) func(*conf.GlobalChecker) {
	at := func(n int) *time.Duration {
		if n == 0 {
			return nil
		}
		d := time.Duration(n) * time.Second
		return &d
	}
	return func(g *conf.GlobalChecker) { g.TCPTimeout, g.TCPFinTimeout, g.UDPTimeout = at(tcp), at(fin), at(udp) }
}

func didTimeouts(tcp, fin, udp int) string {
	return fmt.Sprint("timeouts ", ipvs.Timeouts{TCP: time.Duration(tcp) * time.Second, TCPFin: time.Duration(fin) * time.Second, UDP: time.Duration(udp) * time.Second})
}

// TestTimeouts goes through the recording reload-timeouts: what a configuration does not
// name is as it was before, and the stop puts all back.
func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tunedBench(t, two, timeouts(1000, 20, 30))
		b.start()
		b.wantDid(didTimeouts(1000, 20, 30))
		b.switchTo(b.with(timeouts(500, 0, 0)))
		b.wantDid(didTimeouts(500, 120, 300))
		b.switchTo(b.with(timeouts(0, 0, 0)))
		b.wantDid(didTimeouts(900, 120, 300))
		b.switchTo(b.with(timeouts(1000, 20, 30)))
		b.wantDid(didTimeouts(1000, 20, 30))
		b.stop()
		b.wantDid(didTimeouts(900, 120, 300))
	})
}

// TestTimeoutsOverCrash: the successor knows what was there first, even when the crash came
// before the table was programmed.
func TestTimeoutsOverCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tunedBench(t, two, timeouts(1000, 20, 30))
		b.start()
		first := b.store.first
		b.kernel.Did()
		b.crash()
		if err := b.kernel.SetTimeouts(ipvs.Timeouts{TCP: 1000 * time.Second, TCPFin: 20 * time.Second, UDP: 30 * time.Second}); err != nil {
			t.Fatal(err)
		}
		b.kernel.Did()
		b.store.b = first
		b.start()
		b.wantDid()
		b.stop()
		b.wantDid(didTimeouts(900, 120, 300))
	})
}

// TestTimeoutsDrift: a change by hand is undone and told with what else was changed.
func TestTimeoutsDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tunedBench(t, two, timeouts(1000, 0, 0))
		b.start()
		b.log.take()
		if err := b.kernel.SetTimeouts(ipvs.Timeouts{TCP: 77 * time.Second}); err != nil {
			t.Fatal(err)
		}
		b.kernel.Did()
		b.wait(auditEvery)
		b.wantDid(didTimeouts(1000, 120, 300))
		if lines := b.log.take(); !slices.Contains(lines, "warn: "+lineDrift(1)) {
			t.Errorf("log %q", lines)
		}
		b.wait(auditEvery)
		b.wantDid()
		b.stop()
	})
}

// TestSettingsWithKeep: the table stays, the settings do not.
func TestSettingsWithKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tunedBench(t, two, timeouts(1000, 0, 0))
		b.keep = true
		b.start()
		b.kernel.Did()
		b.stop()
		b.wantDid(didTimeouts(900, 120, 300))
		b.wantTable(twoTable)
	})
}

// TestSettingsWithoutServers: settings are set, and put back, for no virtual server at all.
func TestSettingsWithoutServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tunedBench(t, "", timeouts(1000, 20, 30))
		b.start()
		b.wantDid(didTimeouts(1000, 20, 30))
		b.stop()
		b.wantDid(didTimeouts(900, 120, 300))
	})
}

// TestSettingsTrouble: settings that cannot be set do not hold up the table; they are tried
// again and told once.
func TestSettingsTrouble(t *testing.T) {
	t.Parallel()
	kernel := &stubborn{Kernel: ipvsfake.New(nil), err: errors.New("not today")}
	tb, log := newTestTable(nil)
	tb.open = func() (ipvs.Kernel, error) { return kernel, nil }
	tb.tuning.follow(settings{timeouts: ipvs.Timeouts{TCP: time.Second}, daemons: []ipvs.Daemon{{Side: ipvs.Master}}})
	tb.sync(start, wanted(t, two))
	if diff := cmp.Diff(twoTable+"\n", kernel.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	repair := tb.due()
	if repair.Sub(start) != firstRepair {
		t.Errorf("the next attempt is in %v", repair.Sub(start))
	}
	tb.sync(repair, wanted(t, two))
	kernel.err = nil
	tb.sync(tb.due(), wanted(t, two))
	want := []string{"debug: IPVS: 3 operations", "error: IPVS: not today", "IPVS: the table is as wanted again"}
	if diff := cmp.Diff(want, log.take()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if list, _ := kernel.Daemons(); len(list) != 1 {
		t.Errorf("daemons %v", list)
	}
}

// stubborn refuses to change settings.
type stubborn struct {
	*ipvsfake.Kernel
	err error
}

func (s *stubborn) SetTimeouts(t ipvs.Timeouts) error {
	if s.err != nil {
		return s.err
	}
	return s.Kernel.SetTimeouts(t)
}

// both are the daemons of a configuration without an instance.
func both(d conf.SyncDaemon) string {
	return fmt.Sprint("daemons ", []ipvs.Daemon{ipvs.NewDaemon(ipvs.Master, &d, 0), ipvs.NewDaemon(ipvs.Backup, &d, 0)})
}

func syncDaemon(d conf.SyncDaemon) func(*conf.GlobalChecker) {
	return func(g *conf.GlobalChecker) { g.SyncDaemon = &d }
}

// TestSyncDaemon goes through the recording sync-plain. Unlike there, what has not changed
// goes on and what is removed stops.
func TestSyncDaemon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		id := 12
		plain, other := conf.SyncDaemon{Interface: "d0"}, conf.SyncDaemon{Interface: "d0", ID: &id, MaxLen: 1400, Port: 8849, TTL: 3}
		b := tunedBench(t, two, syncDaemon(plain))
		b.start()
		b.wantDid(both(plain))
		b.switchTo(b.with(syncDaemon(other)))
		b.wantDid(both(other))
		b.switchTo(b.with(syncDaemon(other)))
		b.wantDid()
		b.switchTo(b.with(timeouts(0, 0, 0)))
		b.wantDid("daemons []")
		b.switchTo(b.with(syncDaemon(plain)))
		b.wantDid(both(plain))
		b.stop()
		b.wantDid("daemons []")
	})
}

// TestSyncDaemonOfOthers: without lvs_sync_daemon, and with one that follows an instance, the
// daemons that run are not ours.
func TestSyncDaemonOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tunedBench(t, two, timeouts(0, 0, 0))
		foreign := []ipvs.Daemon{{Side: ipvs.Backup, Interface: "d9"}}
		if _, err := b.kernel.SetDaemons(foreign); err != nil {
			t.Fatal(err)
		}
		b.kernel.Did()
		b.start()
		follows := conf.SyncDaemon{Interface: "d0", Instance: "VI"}
		b.switchTo(b.with(syncDaemon(follows)))
		b.wantDid()
		plain := conf.SyncDaemon{Interface: "d0"}
		b.switchTo(b.with(syncDaemon(plain)))
		b.wantDid(both(plain))
		b.switchTo(b.with(syncDaemon(follows))) // the vrrp process takes over
		b.stop()
		b.wantDid()
	})
}

// TestSyncDaemonOverCrash: the successor stops what its predecessor started.
func TestSyncDaemonOverCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain := conf.SyncDaemon{Interface: "d0"}
		b := tunedBench(t, two, syncDaemon(plain))
		b.start()
		running, _ := b.kernel.Daemons()
		b.crash()
		if _, err := b.kernel.SetDaemons(running); err != nil {
			t.Fatal(err)
		}
		b.kernel.Did()
		b.cfg = b.with(timeouts(0, 0, 0))
		b.start()
		b.wantDid("daemons []")
		b.stop()
	})
}

// TestFlush: the table of others is cleared at a start, but not by a successor.
func TestFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tunedBench(t, two, func(g *conf.GlobalChecker) { g.Flush = true })
		foreign := wanted(t, "vs 10.9.0.77:80\nrs 127.0.0.11:80")
		b.kernel.Apply(ipvs.Plan(nil, foreign))
		b.start()
		b.wantDid("flush")
		b.wantTable(twoTable)
		b.kernel.Apply(ipvs.Plan(nil, foreign))
		b.switchTo(b.cfg)
		b.crash()
		b.start()
		b.wantDid()
		b.wantTable(twoTable + "\n" + foreign.String())
		b.stop()
		b.wantTable(foreign.String())
	})
}

// TestFlushWaitsForKernel: a kernel that has no IPVS yet is cleared when it has.
func TestFlushWaitsForKernel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tunedBench(t, two, func(g *conf.GlobalChecker) { g.Flush = true })
		b.absent.Store(true)
		b.start()
		b.wantDid()
		b.absent.Store(false)
		b.wait(2 * firstRepair)
		b.wantDid("flush")
		b.wantTable(twoTable)
		b.stop()
	})
}

// TestFlushOnStop compares the ways to stop with the recordings stop-flush and
// stop-flush-vs.
func TestFlushOnStop(t *testing.T) {
	for _, tt := range []struct {
		how  string
		left bool     // what others have stays
		ops  []string // of the stop
		did  []string
		line bool // each server is told
	}{
		{clearOurs, true, []string{"-D -t 10.9.0.1:80"}, nil, true},
		{clearServices, true, []string{"-D -t 10.9.0.1:80"}, nil, false},
		{clearAll, false, nil, []string{"flush"}, false},
	} {
		t.Run("how="+tt.how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := tunedBench(t, two, func(g *conf.GlobalChecker) { g.FlushOnStop = tt.how })
				foreign := wanted(t, "vs 10.9.0.77:80\nrs 127.0.0.11:80")
				b.start()
				b.kernel.Apply(ipvs.Plan(nil, foreign))
				b.kernel.Ops()
				b.log.take()
				b.stop()
				b.wantOps(tt.ops...)
				b.wantDid(tt.did...)
				left := ""
				if tt.left {
					left = foreign.String()
				}
				b.wantTable(left)
				told := strings.Contains(strings.Join(b.log.take(), "\n"), "Shutting down service [127.0.0.11]:tcp:80 from VS [10.9.0.1]:tcp:80")
				if told != tt.line {
					t.Errorf("each server is told: %t", told)
				}
			})
		})
	}
}

// TestFlushOnStopTrouble: a stop with a kernel that refuses says so and ends.
func TestFlushOnStopTrouble(t *testing.T) {
	for _, how := range []string{clearOurs, clearServices, clearAll} {
		t.Run("how="+how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := tunedBench(t, two, func(g *conf.GlobalChecker) {
					g.FlushOnStop = how
					timeouts(1000, 0, 0)(g)
				})
				b.start()
				b.log.take()
				b.kernel.Break(errors.New("broken"))
				b.stop()
				if lines := b.log.take(); !slices.Contains(lines, "error: IPVS: broken") {
					t.Errorf("log %q", lines)
				}
			})
		})
	}
}
