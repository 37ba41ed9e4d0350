// SPDX-License-Identifier: Apache-2.0

package control

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/vrrp"
	"vipward/watchdog"
)

const (
	rest  = `vrrp {"instance":"VI_1","rest":true,"yield":false}`
	yield = `vrrp {"instance":"VI_1","rest":true,"yield":true}`
	back  = `vrrp {"instance":"VI_1","rest":false,"yield":false}`
)

// becomes makes the daemon's first instance lose its mastership on an order.
func becomes(d *daemon, on string) func(watchdog.Role, string) error {
	return func(_ watchdog.Role, order string) error {
		if "vrrp "+order == on {
			vi := &d.vrrp.Instances[0]
			vi.State, vi.Master = "BACKUP", &vrrp.MasterStatus{Address: netip.MustParseAddr("192.0.2.12"), Priority: 90}
		}
		return nil
	}
}

func TestFailover(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		instance string
		prepare  func(*daemon)
		force    bool
		code     int    // 200: none
		want     string // of the error
		result   FailoverResult
		orders   []string
	}{
		{
			name: "a backup takes over", instance: "VI_1", prepare: func(d *daemon) { d.obey = becomes(d, rest) },
			code: 200, result: FailoverResult{Instance: "VI_1", Master: "192.0.2.12"}, orders: []string{rest},
		},
		{
			name: "none does: all is as before", instance: "VI_1",
			code: 409, want: "no other router took over VI_1", orders: []string{rest, back},
		},
		{
			name: "none does, by force", instance: "VI_1", force: true, prepare: func(d *daemon) { d.obey = becomes(d, yield) },
			code: 200, result: FailoverResult{Instance: "VI_1", Master: "192.0.2.12", Forced: true}, orders: []string{rest, yield},
		},
		{
			name: "by force, and nobody is heard", instance: "VI_1", force: true, prepare: func(d *daemon) {
				d.obey = func(_ watchdog.Role, order string) error {
					if "vrrp "+order == yield {
						d.vrrp.Instances[0].State = "BACKUP"
					}
					return nil
				}
			},
			code: 200, result: FailoverResult{Instance: "VI_1", Forced: true}, orders: []string{rest, yield},
		},
		{
			name: "none does, not even by force", instance: "VI_1", force: true,
			code: 409, want: "stays master", orders: []string{rest, yield, back},
		},
		{
			name: "force is not needed", instance: "VI_1", force: true, prepare: func(d *daemon) { d.obey = becomes(d, rest) },
			code: 200, result: FailoverResult{Instance: "VI_1", Master: "192.0.2.12"}, orders: []string{rest},
		},
		{
			name: "none does: what rested before goes on", instance: "VI_1", prepare: func(d *daemon) { d.vrrp.Instances[0].Resting = true },
			code: 409, want: "no other router took over VI_1", orders: []string{rest},
		},
		{
			name: "a group of two, of which one rested", instance: "G", prepare: func(d *daemon) {
				d.vrrp.Instances[0].Group, d.vrrp.Instances[0].Resting, d.vrrp.Instances[1].State = "G", true, "MASTER"
			},
			code: 409, want: "no other router took over G", orders: []string{
				`vrrp {"instance":"G","rest":true,"yield":false}`, `vrrp {"instance":"VI_2","rest":false,"yield":false}`,
			},
		},
		{name: "an instance goes before a group of its name", instance: "VI_2", prepare: func(d *daemon) {
			d.vrrp.Instances[0].Group = "VI_2"
		}, code: 409, want: "VI_2 is not master here"},
		{name: "it is not known whether the order was heard", instance: "VI_1", prepare: func(d *daemon) {
			d.obey = func(_ watchdog.Role, order string) error {
				if "vrrp "+order == rest {
					return watchdog.ErrNotRunning
				}
				return nil
			}
		}, code: 503, want: "not running", orders: []string{rest, back}},
		{name: "not master", instance: "VI_2", code: 409, want: "VI_2 is not master here"},
		{name: "group of no master", instance: "G", code: 409, want: "G is not master here"},
		{name: "unknown", instance: "VI_9", code: 404, want: `no instance or sync group "VI_9"`},
		{
			name: "the rest cannot be kept", instance: "VI_1", prepare: func(d *daemon) {
				takeOver := becomes(d, rest)
				d.obey = func(r watchdog.Role, order string) error {
					d.vrrp.Instances[0].Resting = true
					return errors.Join(takeOver(r, order), errors.New("not kept: disk full"))
				}
			},
			code: 200, result: FailoverResult{Instance: "VI_1", Master: "192.0.2.12", Problem: "not kept: disk full"}, orders: []string{rest},
		},
		{
			name: "none does, and that the rest ended cannot be kept", instance: "VI_1", prepare: func(d *daemon) {
				d.obey = func(_ watchdog.Role, order string) error {
					d.vrrp.Instances[0].Resting = "vrrp "+order == rest
					return errors.New("not kept: disk full")
				}
			},
			code: 409, want: "as before (a backup with nopreempt waits for silence; with force this one steps down in any case); its priority is back, which a restart does not know: not kept: disk full", orders: []string{rest, back},
		},
		{
			name: "none does, and the rest does not end", instance: "VI_1", prepare: func(d *daemon) {
				d.obey = func(_ watchdog.Role, order string) error {
					d.vrrp.Instances[0].Resting = true
					return errors.New("no room")
				}
			},
			code: 409, want: "VI_1 keeps priority 1: no room", orders: []string{rest, back},
		},
		{name: "the child refuses", instance: "VI_1", prepare: func(d *daemon) {
			d.obey = func(watchdog.Role, string) error { return errors.New("VI_1 owns its addresses") }
		}, code: 409, want: "owns its addresses", orders: []string{rest}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := example()
			if tt.prepare != nil {
				tt.prepare(d)
			}
			r := start(t, d)
			got, err := r.Failover(t.Context(), tt.instance, tt.force)
			var refused *RefusedError
			switch {
			case tt.code == http.StatusOK && err == nil:
				got.Seconds = 0
				if diff := cmp.Diff(tt.result, got); diff != "" {
					t.Errorf("result (-want +got):\n%s", diff)
				}
			case tt.code == http.StatusOK || !errors.As(err, &refused) || refused.Code != tt.code || !strings.Contains(refused.Text, tt.want):
				t.Errorf("%v, want %d %s", err, tt.code, tt.want)
			}
			if diff := cmp.Diff(tt.orders, d.heard()); diff != "" {
				t.Errorf("orders (-want +got):\n%s", diff)
			}
		})
	}
}

// A client that goes away in the middle leaves no master with priority 1 behind, and nobody
// is forced any more.
func TestFailoverOfImpatientClient(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]string{
		"no body":        "POST /v1/instances/VI_1/failover HTTP/1.1\r\nHost: x\r\n\r\n",
		"force":          "POST /v1/instances/VI_1/failover HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\n{\"force\":true}",
		"body in pieces": "POST /v1/instances/VI_1/failover HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\ne\r\n{\"force\":true}\r\n0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := example()
			d.vrrp.Instances[0].Interval = 1000 // nothing but the client's end ends it
			r := start(t, d)
			c := r.dial()
			_, err := c.Write([]byte(request))
			must(t, err)
			eventually(t, func() error {
				if len(d.heard()) == 0 {
					return errors.New("no order")
				}
				return nil
			})
			must(t, c.Close())
			eventually(t, func() error {
				if diff := cmp.Diff([]string{rest, back}, d.heard()); diff != "" {
					return errors.New(diff)
				}
				return nil
			})
		})
	}
}

// A failover may take longer than a request and an answer otherwise may.
func TestFailoverThatTakesLong(t *testing.T) {
	t.Parallel()
	d := example()
	d.vrrp.Instances[0].Interval = 1000
	r := start(t, d, func(s *Server) { s.limits.body, s.limits.write = time.Second, time.Second })
	went := time.AfterFunc(2*time.Second, func() { d.change(func(d *daemon) { d.vrrp.Instances[0].State = "BACKUP" }) })
	defer went.Stop()
	if _, err := r.Failover(t.Context(), "VI_1", false); err != nil {
		t.Errorf("%v, want the answer", err)
	}
	if diff := cmp.Diff([]string{rest}, d.heard()); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
}
