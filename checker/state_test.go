// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/checker/probe"
	"vipward/conf"
)

func TestStateRoundTrip(t *testing.T) {
	t.Parallel()
	cfg := parseConfig(t, `vs 10.9.0.1:80 sorry=127.0.0.99:80
rs 127.0.0.11:80 checks=2
vs [fd00::1]:80
rs [fd00::11]:80
rs [fd00::12]:80`)
	r, _ := follow(&roster{}, cfg, saved{})
	r.pools[0].servers[0].checks[1].record(probe.Result{Outcome: probe.Failed}, start)
	r.pools[1].servers[0].checks[0].record(probe.Result{Outcome: probe.Failed}, start)
	r.pools[1].servers[1].checks[0].record(probe.Result{Outcome: probe.Passed}, start)
	b, err := r.encode(besides{})
	if err != nil {
		t.Fatal(err)
	}
	known, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	again, m := follow(&roster{}, cfg, known)
	if len(m.lines) != 0 {
		t.Errorf("lines: %q", m.lines)
	}
	if diff := cmp.Diff(r.table().String(), again.table().String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	var got []Track
	for _, p := range again.pools {
		for _, s := range p.servers {
			for _, c := range s.checks {
				got = append(got, c.track)
			}
		}
	}
	want := []Track{KnownTrack(true), KnownTrack(false), KnownTrack(false), KnownTrack(true)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tracks (-want +got):\n%s", diff)
	}
	twice, err := again.encode(besides{})
	if err != nil || string(twice) != string(b) {
		t.Errorf("encoded again (%v):\n%s\nwas\n%s", err, twice, b)
	}
}

// TestStateOfChecks goes on with what checks were about to find.
func TestStateOfChecks(t *testing.T) {
	t.Parallel()
	cfg := parseConfig(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80 checks=3 weight=10")
	checks := cfg.VirtualServers[0].RealServers[0].Checkers
	checks[0].Kind, checks[0].HTTP = "HTTP_GET", &conf.HTTPCheck{URLs: make([]conf.URL, 3)}
	checks[1].Retry = 2
	r, _ := follow(&roster{}, cfg, saved{})
	for i, results := range [][]probe.Result{
		{{Outcome: probe.Passed}, {Outcome: probe.Passed}},
		{{Outcome: probe.Passed}, {Outcome: probe.Failed}},
		{{Outcome: probe.Passed, Weight: probe.Weight{Value: 4, Instead: true}}},
	} {
		for _, result := range results {
			r.pools[0].servers[0].checks[i].record(result, start)
		}
	}
	b, err := r.encode(besides{})
	if err != nil {
		t.Fatal(err)
	}
	known, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := follow(&roster{}, cfg, known)
	s := again.pools[0].servers[0]
	if got := s.checks[0].track.Page; got != 2 {
		t.Errorf("page %d, want 2", got)
	}
	if got := s.checks[1].track.Failures; got != 1 {
		t.Errorf("%d failures, want 1", got)
	}
	if got := s.weight(); got != 4 {
		t.Errorf("weight %d, want 4", got)
	}
	if v, _ := s.checks[1].track.Step(checks[1], probe.Failed, start); v != Retrying {
		t.Errorf("the next failure is %d", v)
	}
	checks[0].HTTP.URLs = checks[0].HTTP.URLs[:1] // a state that nobody should have written
	s.checks[0].restore(savedCheck{Track: Track{Up: true, Pages: Pages{Page: 7}}})
	if got := s.checks[0].track.Page; got != 0 {
		t.Errorf("page %d of 1", got)
	}
}

func TestStateIsSmallWhileAllIsWell(t *testing.T) {
	t.Parallel()
	r, _ := follow(&roster{}, manyServers(t, 1, 1000), saved{})
	b, err := r.encode(besides{})
	if err != nil || len(b) > 200 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

func TestDecodeState(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, err string }{
		{"nothing", "", ""},
		{"no services", `{"Version":3}`, ""},
		{"not JSON", `{`, "decode state: unexpected end of JSON input"},
		{"another version", `{"Version":1}`, "decode state: version 1 is not 3"},
		{"bad address", `{"Version":3,"Services":[{"Services":[{"Addr":"x"}]}]}`, "decode state: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			known, err := decode([]byte(tt.in))
			if (err == nil) != (tt.err == "") || err != nil && !strings.HasPrefix(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
			if len(known.services) != 0 {
				t.Errorf("services: %v", known.services)
			}
		})
	}
}

// Whatever the state holds, a child can start from it.
func FuzzDecodeState(f *testing.F) {
	cfg := parseConfig(&testing.T{}, "vs 10.9.0.1:80 sorry=127.0.0.99:80\nrs 127.0.0.11:80")
	r, _ := follow(&roster{}, cfg, saved{})
	r.pools[0].servers[0].checks[0].record(probe.Result{Outcome: probe.Failed}, start)
	b, err := r.encode(besides{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"Version":3,"Services":[{"Key":"x","Quorum":true,"Leaving":[null],"Servers":[{"Server":"127.0.0.11:80","Pace":{"Now":5000}}]}]}`))
	f.Add([]byte(`{"Version":1,"Services":[{"Key":{"Protocol":6,"Addr":"10.9.0.1","Port":80},"Quorum":true}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		known, err := decode(b)
		if err != nil {
			return
		}
		r, _ := follow(&roster{}, cfg, known)
		p := r.pools[0]
		if live := int64(1 - p.servers[0].failed); p.live != live {
			t.Errorf("weight %d is alive, want %d", p.live, live)
		}
		if p.quorum.Up && p.live == 0 {
			t.Error("quorum without anybody alive")
		}
	})
}
