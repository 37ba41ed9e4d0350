// SPDX-License-Identifier: Apache-2.0

package control

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"vipward/watchdog"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata")

func exampleMetrics(t *testing.T) string {
	t.Helper()
	s := NewServer(Options{Daemon: example(), Version: "v1", Log: discard()})
	return string(s.metrics(t.Context()))
}

func TestMetricsGolden(t *testing.T) {
	t.Parallel()
	got := exampleMetrics(t)
	const file = "testdata/metrics.golden"
	if *update {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// promtool has nothing to say of our metrics.
func TestMetricsLint(t *testing.T) {
	t.Parallel()
	problems, err := promlint.New(strings.NewReader(exampleMetrics(t))).Lint()
	must(t, err)
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// The names and labels of keepalived-exporter are there, exactly.
func TestMetricsOfTheExporter(t *testing.T) {
	t.Parallel()
	counters := strings.Fields(`gratuitous_arp_delay advertisements_received advertisements_sent become_master release_master
		packet_length_errors advertisements_interval_errors ip_ttl_errors invalid_type_received address_list_errors
		authentication_invalid authentication_mismatch authentication_failure priority_zero_received priority_zero_sent`)
	want := []string{
		"keepalived_up ", "keepalived_exporter_build_info version",
		"keepalived_vrrp_state iname,intf,vrid,ip_address", "keepalived_vrrp_excluded_state iname,intf,vrid,ip_address",
		"keepalived_script_status name", "keepalived_script_state name",
	}
	for _, c := range counters {
		want = append(want, "keepalived_"+c+"_total iname,intf,vrid")
	}
	var got []string
	label := regexp.MustCompile(`(\w+)="`)
	for line := range strings.Lines(exampleMetrics(t)) {
		name, rest, _ := strings.Cut(line, " ")
		name, _, _ = strings.Cut(name, "{")
		if !strings.HasPrefix(name, "keepalived_") {
			continue
		}
		var labels []string
		for _, m := range label.FindAllStringSubmatch(line, -1) {
			labels = append(labels, m[1])
		}
		_ = rest
		if entry := name + " " + strings.Join(labels, ","); !slices.Contains(got, entry) {
			got = append(got, entry)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A process that should run and does not answer takes keepalived_up away, not the rest.
func TestMetricsWithoutChild(t *testing.T) {
	t.Parallel()
	d := example()
	d.obey = nil
	s := NewServer(Options{Daemon: &half{d}, Version: "v1", Log: discard()})
	text := string(s.metrics(t.Context()))
	for want, is := range map[string]bool{
		"keepalived_up 0\n": true, "vipward_process_up{process=\"vrrp\"} 1\n": true, "keepalived_vrrp_state": false, "vipward_real_server_up": true,
	} {
		if strings.Contains(text, want) != is {
			t.Errorf("%q in it: %v, want %v\n%s", want, !is, is, text)
		}
	}
}

// half is a daemon whose vrrp child has too much to do.
type half struct{ *daemon }

func (h *half) Ask(ctx context.Context, r watchdog.Role, q []byte) ([]byte, error) {
	if r == watchdog.VRRP {
		return nil, watchdog.ErrBusy
	}
	return h.daemon.Ask(ctx, r, q)
}

// A hostile name is a value of a label and nothing else.
func TestMetricsEscape(t *testing.T) {
	t.Parallel()
	d := example()
	const evil = "x\"} 1\nkeepalived_up 0 # \\ \xff"
	d.vrrp.Instances[0].Name = evil
	s := NewServer(Options{Daemon: d, Version: "v1", Log: discard()})
	text := s.metrics(t.Context())
	if bytes.Contains(text, []byte("\nkeepalived_up 0")) {
		t.Errorf("the name became a sample:\n%s", text)
	}
	if _, err := promlint.New(bytes.NewReader(text)).Lint(); err != nil {
		t.Errorf("a name makes the text unreadable: %v", err)
	}
}

// The listener for metrics serves metrics to everybody, and nothing of the API.
func TestMetricsListener(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s := NewServer(Options{Daemon: example(), Version: "v1", Log: discard(), Group: Nobody})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, Listeners{Metrics: l}) }()
	c := &http.Client{Transport: &http.Transport{}}
	for path, want := range map[string]int{"/metrics": 200, "/v1/status": 404, "/v1/configuration": 404, "/": 404, "/debug/pprof/": 404} {
		resp, err := c.Get(fmt.Sprintf("http://%s%s", l.Addr(), path))
		must(t, err)
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
	}
	resp, err := c.Post(fmt.Sprintf("http://%s/metrics", l.Addr()), "", nil)
	must(t, err)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST /metrics: %d", resp.StatusCode)
	}
	c.CloseIdleConnections()
	cancel()
	must(t, <-done)
}

func TestFormatted(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0: "0", 1 << 40: "1099511627776", 0.0021: "0.0021", 1e300: "1e+300", -3: "-3", 1795384545.25: "1.79538454525e+09"} {
		if got := formatted(v); got != want {
			t.Errorf("%g: %s, want %s", v, got, want)
		}
	}
}
