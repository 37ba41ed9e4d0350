// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/checker/probe"
	"vipward/conf"
)

// modern is a server of examples/checks: a page by HTTP/2 and the health of gRPC.
type modern struct {
	*httptest.Server
	pages, asked atomic.Int64
	sick         atomic.Bool // says gRPC
}

func newModern(t *testing.T) *modern {
	m := &modern{}
	m.Server = httptest.NewUnstartedServer(m)
	m.EnableHTTP2 = true
	m.StartTLS()
	t.Cleanup(m.Close)
	return m
}

// ServeHTTP implements http.Handler.
func (m *modern) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/health" && r.ProtoMajor == 2 {
		m.pages.Add(1)
		_, _ = io.WriteString(w, "ok")
		return
	}
	m.asked.Add(1)
	state := byte(1)
	if m.sick.Load() {
		state = 2
	}
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status")
	_, _ = w.Write([]byte{0, 0, 0, 0, 2, 8, state})
	w.Header().Set("Grpc-Status", "0")
}

// exampleChecks is examples/checks with its servers here, checked ten times a second.
func exampleChecks(t *testing.T, dir string, servers map[string]*modern) *conf.Config {
	t.Helper()
	text, err := os.ReadFile("../examples/checks/lb.conf")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "lb.conf")
	here := strings.NewReplacer("/etc/keepalived", dir, "www.example.net", "example.com", "delay_loop 5", "delay_loop 0.1")
	if err := os.WriteFile(file, []byte(here.Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	l := conf.Load(file)
	if l.Fatal() {
		t.Fatal(l.Diagnostics)
	}
	for _, vs := range l.Config.VirtualServers {
		for _, rs := range vs.RealServers {
			at := netip.MustParseAddrPort(servers[rs.Addr.String()].Listener.Addr().String())
			for _, c := range rs.Checkers {
				c.ConnectIP, c.ConnectPort = at.Addr(), at.Port()
			}
		}
	}
	return l.Config
}

// TestExampleChecks runs examples/checks with real probes, files and servers.
func TestExampleChecks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	web1, web2 := newModern(t), newModern(t)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web1.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), ca, 0o600); err != nil {
		t.Fatal(err)
	}
	b := newBench(t, "")
	b.cfg = exampleChecks(t, dir, map[string]*modern{"192.0.2.51": web1, "192.0.2.52": web2})
	b.diskOf, b.probeOf = &hostDisk, probe.New
	b.startOutside()
	const www, http3, api = "-t 192.0.2.100:443 ", "-u 192.0.2.100:443 ", "-t 192.0.2.101:443 "
	one := func(services ...string) []string {
		var out []string
		for _, s := range services {
			out = append(out, "-a "+s+"-r 192.0.2.51:443 -g -w 1")
		}
		return out
	}
	both := func(services ...string) []string {
		out := one(services...)
		for _, s := range services {
			out = append(out, "-a "+s+"-r 192.0.2.52:443 -g -w 1")
		}
		return out
	}
	await := func(what string, want []string) {
		t.Helper()
		want = append(want, "-A "+www+"-s wlc", "-A "+http3+"-s wlc", "-A "+api+"-s wlc")
		slices.Sort(want)
		var diff string
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if diff = cmp.Diff(want, sortedLines(strings.Split(b.kernel.String(), "\n"))); diff == "" {
				return
			}
		}
		t.Fatalf("%s (-want +got):\n%s\n%s", what, diff, strings.Join(b.said(), "\n"))
	}
	probed := func(n *atomic.Int64) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); n.Load() == 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("a server was not asked")
			}
		}
	}
	probed(&web1.pages)
	probed(&web1.asked)
	await("all is well", both(www, http3, api))
	out := filepath.Join(dir, "web1.out")
	if err := os.WriteFile(out, []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	await("web1 is taken out by its file", append(both(api), "-a "+www+"-r 192.0.2.52:443 -g -w 1", "-a "+http3+"-r 192.0.2.52:443 -g -w 1"))
	if err := os.Remove(out); err != nil {
		t.Fatal(err)
	}
	await("web1 is back", both(www, http3, api))
	web2.sick.Store(true)
	await("web2 is sick", append(both(www, http3), one(api)...))
	web2.Close()
	await("web2 is gone", one(www, http3, api))
	b.stop()
}
