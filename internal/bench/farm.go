// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
	"time"

	"vipward/internal/lab"
)

const (
	directorAddr = "10.7.0.1"
	farmAddr     = "10.7.0.2"
	// tableLimit is what a daemon gets to fill, change or empty the table. keepalived 2.2.7
	// needs 50 s for some of it.
	tableLimit = 3 * time.Minute
	// quiet is the silence after which no more changes are awaited.
	quiet = 15 * time.Second
)

// farm is a director and a host that is all of its real servers.
type farm struct {
	farmShape
	t        lab.TB
	director *lab.Host
	servers  *lab.Host
	ops      *lab.IPVSOps
	arrivals *arrivals
	daemon   *lab.Daemon
}

func newFarm(t lab.TB, s farmShape) *farm {
	net := lab.NewNet(t)
	f := &farm{farmShape: s, t: t, director: net.Host("lb", directorAddr+"/24"), servers: net.Host("servers", farmAddr+"/24")}
	f.director.Route(serverNet, farmAddr)
	f.servers.Run("ip", "route", "add", "local", serverNet, "dev", "lo")
	f.arrivals = listen(t, f.servers)
	f.ops = f.director.WatchIPVS()
	return f
}

// start starts the daemon and says how long it took to fill the table.
func (f *farm) start(d daemon) time.Duration {
	begun := time.Now()
	f.daemon = lab.StartDaemon(f.director, d.kind, f.config(0), "-C")
	last := f.await("new dest", 0, f.farmShape.servers)
	return last.Sub(begun)
}

// await waits until the daemon has asked for n changes of one kind, and gives the time of
// the last of them. Fewer are a result as well, when no more come: on a busy machine some
// servers are out by themselves.
func (f *farm) await(name string, mark, n int) time.Time {
	f.t.Helper()
	deadline := time.Now().Add(tableLimit)
	for {
		seen, last := nth(f.ops.OpsFrom(mark), name, n)
		switch {
		case seen == n, seen > 0 && time.Since(last) > quiet:
			return last
		case time.Now().After(deadline):
			f.t.Fatalf("%d of %d times %q within %v", seen, n, name, tableLimit)
		}
		pause(f.t, 50*time.Millisecond)
	}
}

// nth finds the n-th change of one kind, or the last when there are fewer, and says how
// many there are up to it.
func nth(ops []lab.IPVSOp, name string, n int) (seen int, at time.Time) {
	for _, op := range ops {
		if op.Name == name && seen < n {
			seen, at = seen+1, op.Time
		}
	}
	return seen, at
}

// count says how often the daemon asked for a change of that kind.
func (f *farm) count(name string, mark int) int {
	n := 0
	for _, op := range f.ops.From(mark) {
		if op == name {
			n++
		}
	}
	return n
}

// reload goes over to a configuration with some weights changed, and says how long it took
// until the kernel was told the last one, and how much it was told.
func (f *farm) reload(changed int) (time.Duration, int) {
	f.daemon.Write(f.config(changed))
	mark := f.ops.Mark()
	begun := time.Now()
	f.daemon.Signal(syscall.SIGHUP)
	last := f.await("set dest", mark, changed)
	pause(f.t, time.Second)
	return last.Sub(begun), f.ops.Mark() - mark
}

// fail lets the first servers be silent until recover, and gives the time when they fell silent
// at the earliest: a program to do that would take its time to start.
func (f *farm) fail() time.Time {
	begun := time.Now()
	f.servers.Blackhole(failingNet)
	return begun
}

func (f *farm) recover() { f.servers.Unblackhole(failingNet) }

// stop stops the daemon and says how long that took, and how many real servers are left in
// the table.
func (f *farm) stop() (time.Duration, int) {
	begun := time.Now()
	f.daemon.Signal(syscall.SIGTERM)
	f.daemon.Wait(tableLimit)
	return time.Since(begun), f.inTable()
}

// inTable counts the real servers in the kernel's table.
func (f *farm) inTable() int {
	f.t.Helper()
	var table []byte
	err := f.director.Do(func() (err error) {
		table, err = os.ReadFile("/proc/thread-self/net/ip_vs")
		return err
	})
	if err != nil {
		f.t.Fatalf("read the table: %v", err)
	}
	return countServers(table)
}

// countServers counts the lines of real servers in /proc/net/ip_vs; the head has one too.
func countServers(table []byte) int { return max(bytes.Count(table, []byte("\n  -> "))-1, 0) }

// processes are those of parent and checker.
func (f *farm) processes() []int { return []int{f.daemon.PID, f.daemon.RolePID(lab.Checker)} }

// pause waits, or ends the run when it is cancelled.
func pause(t lab.TB, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
		t.Fatalf("stopped")
	}
}

// name gives a number of servers as "10k".
func (s farmShape) name() string {
	if s.servers >= 1000 {
		return fmt.Sprintf("%dk", s.servers/1000)
	}
	return fmt.Sprint(s.servers)
}
