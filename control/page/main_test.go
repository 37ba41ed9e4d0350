// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vipward/checker"
	"vipward/conf"
	"vipward/ipvs"
	"vipward/vrrp"
	"vipward/watchdog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return noon.Add(-d) }

// healthy is a master with a backup instance and one virtual server, all of them well.
func healthy() *Look {
	return &Look{
		Host: "lb1", Version: "v1", At: noon, Config: "/k.conf",
		Daemon: watchdog.Status{
			Phase: watchdog.Running, PID: 7, Started: ago(time.Hour),
			Processes: []watchdog.ProcessStatus{{Role: watchdog.VRRP, PID: 8}, {Role: watchdog.Checker, PID: 9, Restarts: 1}},
		},
		VRRP: &vrrp.Status{
			At: noon,
			Instances: []vrrp.InstanceStatus{
				{
					Name: "VI_1", State: "MASTER", Since: ago(time.Minute), Interface: "eth0", VRID: 51, Configured: 100, Priority: 105,
					VIPs:    []vrrp.AddressStatus{{Address: netip.MustParsePrefix("192.0.2.100/24"), Device: "eth0", Set: true}},
					History: []vrrp.Change{{Why: "the old reason"}, {Why: "the master was silent"}},
				},
				{
					Name: "VI_2", State: "BACKUP", Interface: "eth1", Group: "G", VRID: 52, Configured: 90, Priority: 90,
					Master: &vrrp.MasterStatus{Address: netip.MustParseAddr("192.0.2.12"), Priority: 120},
					VIPs:   []vrrp.AddressStatus{{Address: netip.MustParsePrefix("192.0.2.101/24"), Device: "eth1"}},
				},
			},
		},
		Checker: &checker.View{
			At: noon, Repaired: 2, Probes: checker.ProbesView{Checks: 2, Running: 1, Late: 0.25},
			Virtuals: []checker.VirtualView{service("192.0.2.100:80", 2)},
		},
	}
}

// service is a virtual server with n real servers that are alive.
func service(name string, n int) checker.VirtualView {
	vs := checker.VirtualView{
		Name: "[" + name + "]:tcp", Service: name, Protocol: "tcp", Scheduler: "wrr", Method: conf.NAT, Up: true, Since: ago(time.Hour), Quorum: 1, Live: int64(n),
		Counters: &ipvs.Counters{Connections: 1000},
	}
	for i := range n {
		at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 80)
		vs.Reals = append(vs.Reals, checker.RealView{
			Name: at.String(), Address: at, Method: conf.NAT, Alive: true, InTable: true, Weight: 1, Configured: 1, Load: &ipvs.Load{Active: 3, Inactive: 1},
			Checks: []checker.CheckView{{Kind: "TCP_CHECK", Up: true, Ran: true, Began: ago(time.Second), Latency: 0.002, Next: noon.Add(time.Second)}},
		})
	}
	return vs
}

// fail takes a server down.
func fail(rs *checker.RealView, why string, since time.Time) {
	rs.Alive, rs.Since = false, since
	rs.Checks[0].Up, rs.Checks[0].Why = false, why
}

// serve serves a page of what look says.
func serve(look func() (*Look, error)) *Page {
	return New(func(context.Context) (*Look, error) { return look() }, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "events") })
}

func fixed(l *Look) *Page { return serve(func() (*Look, error) { return l, nil }) }

// get asks a page for a path.
func get(p http.Handler, path string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	q := httptest.NewRequest(http.MethodGet, path, nil)
	q.Host = "localhost"
	for _, f := range change {
		f(q)
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, q)
	return w
}

// getJSON asks for a path and reads the answer.
func getJSON[T any](t *testing.T, p http.Handler, path string) (v T) {
	t.Helper()
	w := get(p, path)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %d %s\n%s", path, w.Code, w.Header(), w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%s: %v\n%s", path, err, w.Body)
	}
	return v
}

var errGone = errors.New("the daemon stops")
