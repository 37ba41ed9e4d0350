// SPDX-License-Identifier: Apache-2.0

package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vipward/checker"
	"vipward/conf"
	"vipward/ipvs"
	"vipward/vrrp"
	"vipward/watchdog"
)

// TestMain finds goroutines that are left. That of a server that waits half a second for a
// client to take a refusal is not ours.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// daemon is a Daemon of a test: what it says is set, and what it is asked for is kept.
type daemon struct {
	mu      sync.Mutex // guards what follows
	status  watchdog.Status
	reload  watchdog.ReloadResult
	vrrp    *vrrp.Status  // nil: no such process
	checker *checker.View // nil: no such process
	orders  []string
	asked   map[watchdog.Role]int
	obey    func(r watchdog.Role, order string) error // nil: everything is done
}

func (d *daemon) Status(context.Context) (watchdog.Status, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.status, nil
}

func (d *daemon) Reload(context.Context) (watchdog.ReloadResult, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.reload, nil
}

func (d *daemon) Ask(_ context.Context, r watchdog.Role, question []byte) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asked == nil {
		d.asked = map[watchdog.Role]int{}
	}
	if string(question) != "null" {
		d.orders = append(d.orders, string(r)+" "+string(question))
		if d.obey != nil {
			return nil, d.obey(r, string(question))
		}
		return nil, nil
	}
	d.asked[r]++
	switch {
	case r == watchdog.VRRP && d.vrrp != nil:
		return json.Marshal(d.vrrp)
	case r == watchdog.Checker && d.checker != nil:
		return json.Marshal(d.checker)
	}
	return nil, watchdog.ErrNotRunning
}

// change changes what the daemon says.
func (d *daemon) change(f func(*daemon)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f(d)
}

func (d *daemon) heard() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.orders...)
}

// example is a daemon with one of everything.
func example() *daemon {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	return &daemon{
		status: watchdog.Status{
			Phase: watchdog.Running, PID: 100, Started: at,
			Processes: []watchdog.ProcessStatus{
				{Role: watchdog.Checker, PID: 101, Started: at, Ready: true},
				{Role: watchdog.VRRP, PID: 102, Started: at, Ready: true, Restarts: 1, LastExit: "signal 9 (Killed)"},
			},
			Reloads: watchdog.ReloadStatus{Done: 2, Refused: 1, Last: &watchdog.ReloadResult{Began: at, Ended: at.Add(time.Second / 4)}},
		},
		vrrp:    exampleVRRP(at),
		checker: exampleChecker(at),
	}
}

func exampleVRRP(at time.Time) *vrrp.Status {
	return &vrrp.Status{
		At: at,
		Instances: []vrrp.InstanceStatus{
			{
				Name: "VI_1", State: "MASTER", Since: at, Interface: "eth0", VRID: 51, Configured: 100, Priority: 105, Interval: 0.01, GARPDelay: 5, Jitter: 0.00025,
				VIPs: []vrrp.AddressStatus{
					{Address: netip.MustParsePrefix("192.0.2.100/24"), Device: "eth0", Set: true},
					{Address: netip.MustParsePrefix("192.0.2.101/32"), Device: "eth1"},
				},
				Excluded: []vrrp.AddressStatus{{Address: netip.MustParsePrefix("2001:db8::1/64"), Device: "eth0", Set: true}},
				Counters: vrrp.CounterStatus{
					Sent: 7, Received: 3, BecameMaster: 1, ZeroReceived: 2,
					Statistics: vrrp.StatisticsStatus{TTL: 4}, Dropped: map[string]uint64{"wrong TTL": 4, "wrong \"password\"\n": 1},
				},
			},
			{
				Name: "VI_2", State: "FAULT", Interface: "eth2", VRID: 52, Group: "G", Configured: 90, Priority: 90, Interval: 0.01,
				Faults: []string{"interface eth2 is down or missing"},
				VIPs:   []vrrp.AddressStatus{{Address: netip.MustParsePrefix("198.51.100.1/24"), Device: "eth2"}},
			},
		},
		Groups:   []vrrp.GroupStatus{{Name: "G", State: "FAULT", Members: []string{"VI_2"}}},
		Trackers: []vrrp.TrackerStatus{{Kind: "script", Name: "chk", State: "GOOD", Phase: "running", What: "/bin/true"}, {Kind: "file", Name: "f", State: "BAD", Status: -3}},
		Loop:     vrrp.LoopStatus{Served: 99, Late: 2, Worst: 0.0123, Restored: 1},
	}
}

func exampleChecker(at time.Time) *checker.View {
	check := func(up bool, why string) checker.CheckView {
		return checker.CheckView{Kind: "TCP_CHECK", Target: netip.MustParseAddrPort("192.0.2.11:80"), Up: up, Ran: true, Since: at, Began: at, Latency: 0.0021, Streak: 4, Runs: 9, Bad: 3, Why: why}
	}
	return &checker.View{
		At: at, Operations: 5, Repaired: 1, Probes: checker.ProbesView{Checks: 2, Limit: 16, Late: 0.25},
		Virtuals: []checker.VirtualView{{
			Name: "[192.0.2.100]:tcp:80", Service: "192.0.2.100:80", Protocol: "tcp", Scheduler: "rr", Method: conf.NAT, Up: true, Since: at, Quorum: 1, Live: 2,
			Sorry:    &checker.SorryView{Name: "[192.0.2.99]:tcp:80"},
			Counters: &ipvs.Counters{Connections: 12, InPackets: 100, InBytes: 1 << 40},
			Reals: []checker.RealView{
				{
					Name: "[192.0.2.11]:tcp:80", Address: netip.MustParseAddrPort("192.0.2.11:80"), Method: conf.NAT, Alive: true, InTable: true, Weight: 2, Configured: 3, Order: &checker.Order{Hold: checker.HoldWeight, Weight: 2},
					Load: &ipvs.Load{Active: 3, Inactive: 1}, Counters: &ipvs.Counters{Connections: 12}, Checks: []checker.CheckView{check(true, "")},
				},
				{
					Name: "[192.0.2.12]:tcp:80", Address: netip.MustParseAddrPort("192.0.2.12:80"), Method: conf.NAT, Weight: 1, Configured: 1, Failed: 1,
					Checks: []checker.CheckView{check(false, "Connection refused")},
				},
			},
		}},
	}
}

// rig is a server at a socket, with a client.
type rig struct {
	*Client
	t      *testing.T
	server *Server
	path   string
	log    *logBuffer
}

// start serves a daemon until the test ends.
func start(t *testing.T, d Daemon, change ...func(*Server)) *rig {
	t.Helper()
	r := &rig{t: t, path: filepath.Join(shortDir(t), "api", "s"), log: &logBuffer{}}
	l, err := Listen(r.path, Nobody)
	must(t, err)
	r.server = NewServer(Options{
		Daemon: d, Version: "v1", Group: Nobody, Log: slog.New(slog.NewTextHandler(r.log, nil)),
		Configuration: func() Configuration {
			return Configuration{Path: "/k.conf", Diagnostics: []conf.Diagnostic{{Message: "odd"}}, Snapshot: []byte("secret")}
		},
	})
	for _, f := range change {
		f(r.server)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.server.Serve(ctx, Listeners{Socket: l}) }()
	r.Client = NewClient(r.path)
	t.Cleanup(func() {
		r.http.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
		if _, err := os.Lstat(r.path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket is left: %v", err)
		}
	})
	return r
}

// shortDir is a temporary directory whose name leaves room for that of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "vipward-api-*")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

type logBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// do sends a request and gives code and body.
func (r *rig) do(method, path, body string) (int, string) {
	r.t.Helper()
	var b any
	if body != "" {
		b = json.RawMessage(body)
	}
	resp, err := r.send(r.t.Context(), method, path, b)
	must(r.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(r.t, err)
	return resp.StatusCode, string(text)
}

// eventually waits until f says that there is nothing to complain about.
func eventually(t testing.TB, f func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if err = f(); err == nil {
			return
		}
	}
	t.Fatal(err)
}
