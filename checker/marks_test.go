// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"vipward/conf"
	"vipward/netif/nft"

	"github.com/google/go-cmp/cmp"
)

// fakeMarks notes what is set, as text.
type fakeMarks struct {
	mu      sync.Mutex // guards the rest
	said    []string
	err     error
	flushed bool
	there   string
}

func (f *fakeMarks) SetMarks(m nft.Marks) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	var words []string
	for _, p := range m.Places {
		at := fmt.Sprintf("%s %s", protocols[p.Protocol], p.First)
		if p.Last != p.First {
			at += "-" + p.Last.String()
		}
		words = append(words, fmt.Sprintf("%s:%d=%d", at, p.Port, p.Mark))
	}
	if text := m.Table + ": " + strings.Join(words, ", "); text != f.there {
		f.said, f.there = append(f.said, text), text
	}
	return nil
}

func (f *fakeMarks) Check() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.flushed {
		f.flushed, f.there = false, ""
	}
	return f.err
}

func (f *fakeMarks) flush() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.flushed = true
}

// take gives what was set since the last time.
func (f *fakeMarks) take() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.said
	f.said = nil
	return l
}

// markConfig is a configuration with nftables_ipvs and these entries of group G, which has
// a virtual server for each of the protocols.
func markConfig(t *testing.T, entries string, protocols ...string) *conf.Config {
	t.Helper()
	text := "global_defs {\nnftables_ipvs ka_ipvs\nnftables_ipvs_start_fwmark 5000\n}\nvirtual_server_group G {\n" + entries + "\n}\n"
	for _, p := range protocols {
		text += "virtual_server group G {\nprotocol " + p + "\nlvs_sched rr\nlvs_method NAT\nreal_server 127.0.0.11 80 {\n}\n}\n"
	}
	return written(t, text)
}

// TestMarks goes through the recordings forms-nftables-plain and -named.
func TestMarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeMarks{}
		b := newBench(t, "")
		b.marks = f
		b.cfg = markConfig(t, "10.9.1.1 80\n10.9.1.5-7 81\n10.9.1.9 80", "TCP", "UDP")
		b.start()
		places := "tcp 10.9.1.1:80=5000, tcp 10.9.1.5-10.9.1.7:81=5000, tcp 10.9.1.9:80=5000"
		whole := "ka_ipvs: " + places + ", " + strings.NewReplacer("tcp", "udp", "=5000", "=5001").Replace(places)
		f.want(t, whole)
		const table = "-A -f 5000 -s rr\n-a -f 5000 -r 127.0.0.11:80 -m -w 1\n-A -f 5001 -s rr\n-a -f 5001 -r 127.0.0.11:80 -m -w 1"
		b.wantTable(table)

		b.kernel.Ops()
		b.switchTo(markConfig(t, "10.9.1.1 80\n10.9.1.5-8 81", "TCP", "UDP"))
		b.wantOps() // the table stays as it is
		f.take()
		f.flush()
		b.wait(auditEvery)
		if l := f.take(); len(l) != 1 {
			t.Errorf("after a flush by another program: %q", l)
		}
		b.wait(auditEvery)
		f.want(t)

		b.crash()
		b.start()
		b.wantTable(table)
		f.take()
		b.stop()
		f.want(t, "ka_ipvs: ")
		b.wantTable("")
	})
}

// want compares what was set since the last time.
func (f *fakeMarks) want(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, f.take()); diff != "" {
		t.Errorf("marks (-want +got):\n%s", diff)
	}
}

// TestMarkNumbers: marks stay with their groups, are not given again, and none is taken that
// the configuration has.
func TestMarkNumbers(t *testing.T) {
	t.Parallel()
	var m marks
	numbers := func(groups ...string) map[string]uint32 {
		cfg := &conf.Config{VirtualServers: []*conf.VirtualServer{{FWMark: 1001}}}
		cfg.Global.Firewall.IPVSTable, cfg.Global.Firewall.IPVSFirstMark = "t", 1000
		for _, g := range groups {
			e := rangeOf("10.9.1.1", "10.9.1.1", 80)
			cfg.VirtualServers = append(cfg.VirtualServers, &conf.VirtualServer{Protocol: conf.TCP, Group: &conf.ServerGroup{Name: g, Entries: []conf.GroupEntry{e}}})
		}
		out, _ := m.take(cfg)
		got := map[string]uint32{}
		for i, vs := range out.VirtualServers {
			if vs.Group != nil {
				got[vs.Group.Name] = vs.Mark
			}
			if cfg.VirtualServers[i].Mark != 0 {
				t.Error("the configuration was changed")
			}
		}
		return got
	}
	for _, tt := range []struct {
		groups []string
		want   map[string]uint32
	}{
		{[]string{"a", "b", "a"}, map[string]uint32{"a": 1000, "b": 1002}},
		{[]string{"b"}, map[string]uint32{"b": 1002}},
		{[]string{"c", "b", "a"}, map[string]uint32{"c": 1003, "b": 1002, "a": 1004}},
	} {
		if got := numbers(tt.groups...); !maps.Equal(got, tt.want) {
			t.Errorf("groups %v: %v, want %v", tt.groups, got, tt.want)
		}
	}
	if cfg, _ := m.take(&conf.Config{}); cfg == nil || m.Next != 0 || m.Of != nil {
		t.Errorf("without nftables_ipvs: %+v", m)
	}
}

func rangeOf(first, last string, port uint16) conf.GroupEntry {
	return conf.GroupEntry{First: netip.MustParseAddr(first), Last: netip.MustParseAddr(last), Port: port}
}

// TestMarksNotForMixedGroups goes through the recording forms-nftables: a group that holds a
// mark is one service for each of its entries.
func TestMarksNotForMixedGroups(t *testing.T) {
	t.Parallel()
	var m marks
	cfg, rules := m.take(markConfig(t, "10.9.1.1 80\nfwmark 5", "TCP"))
	if cfg.VirtualServers[0].Mark != 0 || len(rules.Places) != 0 {
		t.Errorf("mark %d, places %v", cfg.VirtualServers[0].Mark, rules.Places)
	}
}

// TestMarksOfBothFamilies: a group of both families is a service in each.
func TestMarksOfBothFamilies(t *testing.T) {
	t.Parallel()
	g := &conf.ServerGroup{Name: "G", Entries: []conf.GroupEntry{rangeOf("fd00::1", "fd00::1", 80), rangeOf("10.9.1.1", "10.9.1.1", 80)}}
	var got []string
	for _, s := range services(&conf.VirtualServer{Group: g, Mark: 7, Protocol: conf.TCP}) {
		got = append(got, fmt.Sprint(s.Key))
	}
	if want := []string{"-f 7", "-f 7 -6"}; !slices.Equal(got, want) {
		t.Errorf("services %q, want %q", got, want)
	}
}

// TestMarksTrouble: a kernel that refuses the tables is told once and asked again; the table
// of IPVS is not held up. Of two groups with a common place the first one has it.
func TestMarksTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeMarks{err: errors.New("set the marks of nftables_ipvs: not supported")}
		b := newBench(t, "")
		b.marks = f
		b.cfg = written(t, `global_defs {
nftables_ipvs
}
virtual_server_group G {
10.9.1.1-5 80
}
virtual_server_group H {
10.9.1.3 80
10.9.1.7 80
}
virtual_server group G {
protocol TCP
real_server 127.0.0.11 80 {
}
}
virtual_server group H {
protocol TCP
real_server 127.0.0.12 80 {
}
}`)
		b.start()
		b.wait(3 * auditEvery)
		lines := b.log.take()
		for text, n := range map[string]int{
			"error: set the marks of nftables_ipvs: not supported":                                 1,
			"warn: nftables_ipvs: [10.9.1.3]:tcp:80 stands in another group as well, which has it": 1,
		} {
			if got := count(lines, text); got != n {
				t.Errorf("%q is told %d times in %q", text, got, lines)
			}
		}
		f.mu.Lock()
		f.err = nil
		f.mu.Unlock()
		b.wait(auditEvery)
		f.want(t, "keepalived_ipvs: tcp 10.9.1.1-10.9.1.5:80=1000, tcp 10.9.1.7:80=1001")
		b.stop()
	})
}

func count(lines []string, text string) int {
	n := 0
	for _, l := range lines {
		if l == text {
			n++
		}
	}
	return n
}
