// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vipward/conf"
	"vipward/ipvs"

	"github.com/google/go-cmp/cmp"
)

// ask gives the child's view.
func (b *bench) ask(audit bool) View {
	b.t.Helper()
	reply := make(chan View, 1)
	b.asks <- Ask{Audit: audit, Reply: reply}
	v := <-reply
	synctest.Wait()
	return v
}

// TestView shows the JSON of a virtual server with a failed server and counters. The fake
// kernel counts a connection for each unit of weight.
func TestView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "vs 10.9.0.1:80 sorry=127.0.0.99:80\nrs 127.0.0.11:80 weight=3 retry=1\nrs 127.0.0.12:80")
		b.farm.kill("127.0.0.12")
		b.start()
		b.wait(3 * time.Second)
		raw, err := json.Marshal(b.ask(false))
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := json.Indent(&got, raw, "", "  "); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile("testdata/view.golden", got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile("testdata/view.golden")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("view (-want +got):\n%s", diff)
		}
		b.stop()
	})
}

// TestViewOfGroup: the counters of a group are those of all its services, whose ports a
// server behind another method than NAT has.
func TestViewOfGroup(t *testing.T) {
	t.Parallel()
	addr := netip.MustParseAddr
	vs := &conf.VirtualServer{Protocol: conf.TCP, Group: &conf.ServerGroup{Name: "G", Entries: []conf.GroupEntry{
		{First: addr("10.9.0.1"), Last: addr("10.9.0.2"), Port: 80},
		{First: addr("10.9.0.1"), Last: addr("10.9.0.1"), Port: 443},
	}}}
	direct, nat := addr("127.0.0.11"), netip.MustParseAddrPort("127.0.0.12:81")
	p := &pool{vs: vs}
	p.servers = []*server{
		{pool: p, rs: &conf.RealServer{Addr: direct, Port: 80, ServerSettings: &conf.ServerSettings{Method: conf.DR}}},
		{pool: p, rs: &conf.RealServer{Addr: nat.Addr(), Port: nat.Port(), ServerSettings: &conf.ServerSettings{Method: conf.NAT}}},
	}
	var stats []ipvs.ServiceStats
	for i, s := range services(vs) {
		st := ipvs.ServiceStats{Key: s.Key, Counters: ipvs.Counters{InPackets: 100}}
		for _, at := range []netip.AddrPort{netip.AddrPortFrom(direct, s.Port), nat, netip.MustParseAddrPort("127.0.0.99:80")} {
			d := ipvs.DestStats{Server: at, Load: ipvs.Load{Active: 1, Inactive: 2, Persistent: 3}}
			d.InPackets = uint64(i + 1)
			st.Dests = append(st.Dests, d)
		}
		stats = append(stats, st)
	}
	v := p.view(countersOf(stats))
	if v.Counters.InPackets != 300 {
		t.Errorf("counters of the group: %+v", v.Counters)
	}
	for _, r := range v.Reals {
		if r.Counters == nil || r.Counters.InPackets != 1+2+3 || *r.Load != (ipvs.Load{Active: 3, Inactive: 6, Persistent: 9}) {
			t.Errorf("%s: counters %+v, load %+v", r.Name, r.Counters, r.Load)
		}
	}
}

// TestViewWithoutKernel: what the child knows is told without counters.
func TestViewWithoutKernel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80")
		b.absent.Store(true)
		b.start()
		v := b.ask(false)
		if !strings.Contains(v.Trouble, ipvs.ErrNoIPVS.Error()) || v.CountersError != "" || v.Virtuals[0].Counters != nil {
			t.Errorf("view without IPVS: %+v", v)
		}
		b.stop()

		b.absent.Store(false)
		b.start()
		b.kernel.Break(errors.New("no memory"))
		if v := b.ask(false); v.CountersError != "no memory" || len(v.Virtuals[0].Reals) != 1 {
			t.Errorf("view with a broken kernel: %+v", v)
		}
		b.kernel.Break(nil)
		b.stop()
	})
}

// TestAuditOnDemand: what others changed is repaired at once, and counted.
func TestAuditOnDemand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.start()
		whole := b.kernel.String()
		table, _ := b.kernel.Table()
		b.kernel.Apply([]ipvs.Op{{Verb: ipvs.DelDest, Service: &table[0].Service, Dest: &table[0].Dests[1]}})
		b.log.take()
		if v := b.ask(false); v.Repaired != 0 {
			t.Errorf("a look repaired %d", v.Repaired)
		}
		if v := b.ask(true); v.Repaired != 1 {
			t.Errorf("the audit repaired %d, want 1", v.Repaired)
		}
		b.wantTable(whole)
		want := []string{"debug: IPVS: 1 operation: -a -t 10.9.0.1:80 -r 127.0.0.12:80 -m -w 3", "warn: " + lineDrift(1)}
		if diff := cmp.Diff(want, b.log.take()); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
		if v := b.ask(true); v.Repaired != 1 {
			t.Errorf("the second audit repaired %d in all, want 1", v.Repaired)
		}
		b.stop()
	})
}

// TestAskAfterItsEnd: a closed channel is no question.
func TestAskAfterItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.start()
		close(b.asks)
		b.wait(5 * time.Second)
		b.stop()
	})
}
