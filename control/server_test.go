// SPDX-License-Identifier: Apache-2.0

package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vipward/checker"
	"vipward/watchdog"
)

// What the children say comes out of the client as it went in.
func TestState(t *testing.T) {
	t.Parallel()
	d := example()
	r := start(t, d)
	st, err := r.State(t.Context())
	must(t, err)
	addr := cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
	addrPort := cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })
	ip := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	if diff := cmp.Diff(d.vrrp, st.VRRP, addr, addrPort, ip, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("vrrp (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(d.checker, st.Checker, addr, addrPort, ip, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("checker (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(d.status, st.Daemon); diff != "" {
		t.Errorf("daemon (-want +got):\n%s", diff)
	}
	if st.Version != "v1" || st.Config.Path != "/k.conf" || st.Config.Findings != 1 || len(st.Problems) != 0 {
		t.Errorf("state %+v", st)
	}
}

// A process that should run and does not is a problem; one that is not needed is none.
func TestStateOfMissingProcesses(t *testing.T) {
	t.Parallel()
	d := example()
	d.vrrp, d.checker = nil, nil
	d.status.Processes = d.status.Processes[1:] // no checker
	st, err := start(t, d).State(t.Context())
	must(t, err)
	if st.VRRP != nil || st.Checker != nil {
		t.Errorf("state of processes that do not run: %+v, %+v", st.VRRP, st.Checker)
	}
	if diff := cmp.Diff([]string{"the vrrp process does not run"}, st.Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestReads(t *testing.T) {
	t.Parallel()
	r := start(t, example())
	tests := []struct {
		path string
		code int
		want string // in the body
	}{
		{"/v1", 200, `"path":"/v1/instances/{name}"`},
		{"/v1/instances", 200, `"groups":[{"name":"G"`},
		{"/v1/instances/VI_2", 200, `"faults":["interface eth2 is down or missing"]`},
		{"/v1/instances/VI_3", 404, `{"error":"there is no instance \"VI_3\""}`},
		{"/v1/trackers", 200, `"kind":"script","name":"chk","state":"GOOD"`},
		{"/v1/virtual-servers", 200, `"service":"192.0.2.100:80"`},
		{"/v1/checks", 200, `"server":"[192.0.2.12]:tcp:80","kind":"TCP_CHECK"`},
		{"/v1/checks", 200, `"why":"Connection refused"`},
		{"/v1/diagnostics", 200, `"message":"odd"`},
		{"/v1/configuration", 200, "secret"},
		{"/v1/events?since=x", 400, "not the id of an event"},
		{"/v1/nothing", 404, `{"error":"there is no such path; GET /v1 lists them"}`},
		{"/v2/status", 404, `{"error":"there is no such path; GET /v1 lists them"}`},
		{"/v1/reload", 405, `{"error":"/v1/reload is for POST only"}`},
		{"//v1/status", 200, `"host":`},
		{"/metrics", 200, "keepalived_up 1\n"},
	}
	for _, tt := range tests {
		if code, body := r.do("GET", tt.path, ""); code != tt.code || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d %s\nwant %d with %s", tt.path, code, body, tt.code, tt.want)
		}
	}
}

// Without a process its lists are empty, and not missing.
func TestReadsOfMissingProcesses(t *testing.T) {
	t.Parallel()
	r := start(t, &daemon{})
	for path, want := range map[string]string{
		"/v1/instances": `{"instances":[],"groups":[]}`, "/v1/trackers": "[]", "/v1/virtual-servers": "[]", "/v1/checks": "[]",
	} {
		if code, body := r.do("GET", path, ""); code != 200 || strings.TrimSpace(body) != want {
			t.Errorf("%s: %d %s, want %s", path, code, body, want)
		}
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path, body string
		refuse                   error
		code                     int
		want                     string // in the answer
		order                    string // that the child gets; empty: none
	}{
		{
			name: "maintenance on", method: "PUT", path: "/v1/instances/VI_1/maintenance", body: `{"on":true}`, code: 200, want: "maintenance VI_1 on",
			order: `vrrp {"instance":"VI_1","rest":true,"yield":false}`,
		},
		{
			name: "maintenance off", method: "PUT", path: "/v1/instances/VI_1/maintenance", body: `{"on":false}`, code: 200, want: "maintenance VI_1 off",
			order: `vrrp {"instance":"VI_1","rest":false,"yield":false}`,
		},
		{
			name: "odd name", method: "PUT", path: "/v1/instances/a%2Fb%0A/maintenance", body: `{}`, code: 200, want: "off",
			order: `vrrp {"instance":"a/b\n","rest":false,"yield":false}`,
		},
		{
			name: "refused by the child", method: "PUT", path: "/v1/instances/X/maintenance", refuse: errors.New("no such instance"), code: 409, want: "no such instance",
			order: `vrrp {"instance":"X","rest":false,"yield":false}`,
		},
		{
			name: "child is gone", method: "PUT", path: "/v1/instances/X/maintenance", refuse: watchdog.ErrNotRunning, code: 503, want: "not running",
			order: `vrrp {"instance":"X","rest":false,"yield":false}`,
		},
		{name: "not an object", method: "PUT", path: "/v1/instances/VI_1/maintenance", body: `7`, code: 400, want: "read the body"},
		{name: "unknown field", method: "PUT", path: "/v1/instances/VI_1/maintenance", body: `{"onn":true}`, code: 400, want: "onn"},
		{name: "drain", method: "PUT", path: "/v1/real-servers", body: `{"server":"192.0.2.11:80","hold":"drain"}`, code: 200, want: "drain 192.0.2.11:80"},
		{name: "no server", method: "PUT", path: "/v1/real-servers", body: `{"hold":"drain"}`, code: 400, want: "which server"},
		{name: "bad server", method: "PUT", path: "/v1/real-servers", body: `{"server":"web","hold":"drain"}`, code: 400, want: "read the body"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := example()
			d.obey = func(watchdog.Role, string) error { return tt.refuse }
			r := start(t, d)
			code, body := r.do(tt.method, tt.path, tt.body)
			if code != tt.code || !strings.Contains(body, tt.want) {
				t.Errorf("%d %s, want %d with %s", code, body, tt.code, tt.want)
			}
			if tt.order != "" {
				if diff := cmp.Diff([]string{tt.order}, d.heard()); diff != "" {
					t.Errorf("orders (-want +got):\n%s", diff)
				}
			}
			if code == 400 && len(d.heard()) > 0 {
				t.Errorf("a bad request became the order %q", d.heard())
			}
		})
	}
}

// An action is in the log with who asked for it, and so is its failure.
func TestActionsAreLogged(t *testing.T) {
	t.Parallel()
	d := example()
	r := start(t, d)
	must(t, r.Order(t.Context(), checker.Order{Server: netip.MustParseAddrPort("192.0.2.11:80"), Service: "192.0.2.100:80", Hold: checker.HoldWeight, Weight: 7}))
	d.change(func(d *daemon) { d.obey = func(watchdog.Role, string) error { return errors.New("no such server") } })
	err := r.Order(t.Context(), checker.Order{Server: netip.MustParseAddrPort("192.0.2.19:80"), Hold: checker.HoldDrain})
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Code != http.StatusConflict || refused.Text != "no such server" {
		t.Errorf("the client got %v", err)
	}
	me := fmt.Sprintf("uid %d (pid %d, control.test)", os.Getuid(), os.Getpid())
	for _, want := range []string{
		"Local API: " + me + " asks: weight 192.0.2.11:80 of 192.0.2.100:80 7",
		"Local API: " + me + " asks: drain 192.0.2.19:80",
		"Local API: drain 192.0.2.19:80: no such server",
	} {
		if !strings.Contains(r.log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, r.log)
		}
	}
	var order checker.Order
	must(t, json.Unmarshal([]byte(strings.TrimPrefix(d.heard()[0], "checker ")), &order))
	if order.By != me || order.At.IsZero() {
		t.Errorf("the child is told %+v, want who and when", order)
	}
}

func TestReloadResult(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		result watchdog.ReloadResult
		code   int
	}{
		{"done", watchdog.ReloadResult{}, 200},
		{"in part", watchdog.ReloadResult{Problems: []string{"vrrp: no"}}, 200},
		{"refused", watchdog.ReloadResult{Refused: "k.conf:1:1: no"}, 409},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := example()
			d.reload = tt.result
			r := start(t, d)
			if code, body := r.do("POST", "/v1/reload", ""); code != tt.code {
				t.Errorf("%d %s, want %d", code, body, tt.code)
			}
			got, err := r.Reload(t.Context())
			must(t, err)
			if diff := cmp.Diff(tt.result, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// docs/openapi.yaml describes every route, and nothing else.
func TestRoutesAreDocumented(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../docs/openapi.yaml")
	must(t, err)
	paths, _, ok := strings.Cut(string(b), "\ncomponents:\n")
	if !ok {
		t.Fatal("docs/openapi.yaml has no components")
	}
	var documented []string
	path := ""
	for line := range strings.Lines(paths) {
		if m := regexp.MustCompile(`^  (/\S*):\n$`).FindStringSubmatch(line); m != nil {
			path = m[1]
		} else if m := regexp.MustCompile(`^    (get|put|post|delete):\n$`).FindStringSubmatch(line); m != nil {
			documented = append(documented, strings.ToUpper(m[1])+" "+path)
		}
	}
	var served []string
	for _, r := range Routes() {
		served = append(served, r.Method+" "+r.Path)
	}
	if diff := cmp.Diff(served, documented, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("routes (-served +documented):\n%s", diff)
	}
}

// Every field that is sent is described in docs/openapi.yaml under its name.
func TestFieldsAreDocumented(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../docs/openapi.yaml")
	must(t, err)
	r := start(t, example())
	_, body := r.do("GET", "/v1/status", "")
	var v map[string]any
	must(t, json.Unmarshal([]byte(body), &v))
	for _, name := range fieldsOf(v, map[string]bool{"statistics": true, "probes": true, "load": true, "sorry_server": true, "dropped": true}) {
		if !strings.Contains(string(b), "\n        "+name+": {") {
			t.Errorf("docs/openapi.yaml does not describe %s", name)
		}
	}
}

// fieldsOf lists the names in a JSON value. What is opaque is not looked into.
func fieldsOf(v any, opaque map[string]bool) []string {
	var out []string
	switch v := v.(type) {
	case map[string]any:
		for name, below := range v {
			out = append(out, name)
			if !opaque[name] {
				out = append(out, fieldsOf(below, opaque)...)
			}
		}
	case []any:
		for _, below := range v {
			out = append(out, fieldsOf(below, opaque)...)
		}
	}
	return out
}
