// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"vipward/conf"
)

// grouped is a configuration of n instances, VI_1 with VRID 51 and 10.0.0.101/24 and so on,
// the first members of them in the group G1.
func grouped(n, members int) *conf.Config {
	cfg := &conf.Config{}
	g := &conf.SyncGroup{Name: "G1"}
	for i := range n {
		vi := testInstance(100)
		vi.Name, vi.VRID = fmt.Sprintf("VI_%d", i+1), uint8(51+i)
		vi.VIPs = []conf.Address{{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(101 + i)}), 24)}}
		cfg.Instances = append(cfg.Instances, vi)
		if i < members {
			g.Members = append(g.Members, vi.Name)
		}
	}
	if members > 0 {
		cfg.SyncGroups = []*conf.SyncGroup{g}
	}
	return cfg
}

// transitions are the lines about states so far.
func (c *child) transitions() []string {
	var out []string
	for _, m := range regexp.MustCompile(`msg="(.*(?:Entering|entering|Syncing).*?)"\n`).FindAllStringSubmatch(c.log.String(), -1) {
		out = append(out, m[1])
	}
	return out
}

// holdsAll says whether all addresses of the first n instances are there, holdsNone that none is.
func (c *child) holdsAll(n int) func() bool {
	return func() bool {
		for i := range n {
			if !c.holds(fmt.Sprintf("10.0.0.%d/24", 101+i))() {
				return false
			}
		}
		return true
	}
}

func (c *child) holdsNone() bool { return !c.holds("10.0.0.10")() }

func TestChildGroupMovesTogether(t *testing.T) {
	t.Parallel()
	c := startChild(t, grouped(2, 2), &memStore{})
	c.eventually("both VIPs", c.holdsAll(2))
	c.port.deliver(advertFor(t, grouped(1, 0).Instances[0], 200))
	c.eventually("no VIP", c.holdsNone)
	want := []string{
		"(VI_1) Entering BACKUP STATE (init)",
		"(VI_2) Entering BACKUP STATE (init)",
		"(VI_2) Entering MASTER STATE",
		"VRRP_Group(G1) Syncing instances to MASTER state",
		"(VI_1) Entering MASTER STATE",
		"(VI_1) Entering BACKUP STATE",
		"VRRP_Group(G1) Syncing instances to BACKUP state",
		"(VI_2) Entering BACKUP STATE",
	}
	c.eventually("the lines", func() bool { return len(c.transitions()) >= len(want) })
	got := c.transitions()[:len(want)]
	if strings.HasPrefix(got[2], "(VI_1)") { // whose deadline came last is a matter of nanoseconds
		want[2], want[4] = want[4], want[2]
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// advertFor is an advert of 10.0.0.2 for an instance, with its IPv4 header.
func advertFor(t *testing.T, c *conf.Instance, priority uint8) []byte {
	t.Helper()
	return advertTo(c, "10.0.0.2", "224.0.0.18", priority)
}

// TestChildGroupReload: a member more, a member less, no group: the masters stay.
func TestChildGroupReload(t *testing.T) {
	t.Parallel()
	c := startChild(t, grouped(2, 2), &memStore{})
	c.eventually("both VIPs", c.holdsAll(2))
	c.doReload(grouped(3, 3))
	c.eventually("the third VIP", c.holdsAll(3))
	c.doReload(grouped(3, 1))
	c.doReload(grouped(3, 0))
	c.doReload(grouped(3, 2))
	if !c.holdsAll(3)() {
		t.Errorf("addresses after the reloads: %v", c.kernel)
	}
	got := c.transitions()
	for _, line := range got[2:] { // after both (init)
		if strings.Contains(line, "BACKUP") && !strings.Contains(line, "(VI_3)") {
			t.Errorf("somebody left the mastership:\n%s", strings.Join(got, "\n"))
		}
	}
	c.port.deliver(advertFor(t, grouped(2, 0).Instances[1], 200))
	c.eventually("the members without their VIPs", func() bool { return !c.holds("10.0.0.101")() && !c.holds("10.0.0.102")() })
	if !c.holds("10.0.0.103/24")() {
		t.Errorf("who is no member any more followed: %v", c.kernel)
	}
}

// TestChildGroupSuccessor: after a crash nothing is reported.
func TestChildGroupSuccessor(t *testing.T) {
	t.Parallel()
	store := &memStore{}
	first := startChild(t, grouped(2, 2), store)
	first.eventually("both VIPs", first.holdsAll(2))
	first.eventually("the state of both", func() bool { return strings.Count(string(store.Load()), `"state":2`) == 2 })
	c := startChild(t, grouped(2, 2), &memStore{b: store.Load()})
	c.eventually("adverts of both", func() bool { return len(c.port.adverts()) > 3 })
	if got := c.transitions(); len(got) > 0 {
		t.Errorf("transitions were reported: %q", got)
	}
}
