// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/netif"
	"vipward/netif/netiffake"
)

// itemConfig has static items, and an instance with a route and a rule.
func itemConfig() *conf.Config {
	vi := testInstance(100)
	vi.Routes = []conf.Route{{Family: conf.IPv4, Dst: netip.MustParsePrefix("203.0.113.0/28"), Dev: "eth0", Protocol: conf.Named{ID: 18}}}
	vi.Rules = []conf.Rule{{Family: conf.IPv4, Preference: 1000, Action: "table", Table: conf.Named{ID: 100}, Protocol: conf.Named{ID: 18}}}
	cfg := oneInstance(vi)
	cfg.Global.Daemon.DefaultInterface = "eth0"
	cfg.StaticAddresses = []conf.Address{{Prefix: netip.MustParsePrefix("192.0.2.1/24")}, {Prefix: netip.MustParsePrefix("192.0.2.9/24"), NoTrack: true}}
	cfg.StaticRoutes = []conf.Route{{Family: conf.IPv4, Dst: netip.MustParsePrefix("198.51.100.0/24"), Dev: "eth0", Protocol: conf.Named{ID: 18}}}
	cfg.StaticRules = []conf.Rule{{Family: conf.IPv4, Preference: 500, Action: "blackhole", Protocol: conf.Named{ID: 18}}}
	return cfg
}

// items lists what is in the kernel but for the host's own address.
func (c *child) items() []string {
	lines := strings.Split(c.kernel.String(), "\n")
	return slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "10.0.0.1/") })
}

func (c *child) has(want ...string) func() bool {
	slices.Sort(want)
	return func() bool { return slices.Equal(want, c.items()) }
}

const (
	hasVIP    = "10.0.0.100/24 dev if2"
	hasRoute  = "route unicast 203.0.113.0/28 proto 18 dev if2"
	hasRule   = "rule pref 1000 from all lookup 100 proto 18"
	hasAddr   = "192.0.2.1/24 dev if2"
	hasAddr9  = "192.0.2.9/24 dev if2"
	hasStatic = "route unicast 198.51.100.0/24 proto 18 dev if2"
	hasRule5  = "rule pref 500 from all blackhole proto 18"
)

// TestChildItems: static items are there from the start, those of an instance while it is
// master, and none after the stop.
func TestChildItems(t *testing.T) {
	t.Parallel()
	c := startChild(t, itemConfig(), &memStore{})
	c.eventually("all", c.has(hasVIP, hasRoute, hasRule, hasAddr, hasAddr9, hasStatic, hasRule5))
	for _, text := range []string{"(VI_1) setting Virtual Routes", "(VI_1) setting Virtual Rules"} {
		if !c.logged(text)() {
			t.Errorf("%q is not logged", text)
		}
	}
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{}, c.items()); diff != "" {
		t.Errorf("after the stop (-want +got)\n%s", diff)
	}
	log := c.log.String()
	rules, routes, vips := strings.LastIndex(log, "removing Virtual Rules"), strings.LastIndex(log, "removing Virtual Routes"), strings.LastIndex(log, "removing VIPs.")
	if rules < 0 || rules > routes || routes > vips {
		t.Errorf("wrong order:\n%s", log)
	}
}

// TestChildPutsItemsBack: what somebody else deletes is there again, and the log says what was
// missing.
func TestChildPutsItemsBack(t *testing.T) {
	t.Parallel()
	r := netif.Resolver{Link: func(string) (netif.Link, bool) { return eth0, true }}
	cfg := itemConfig()
	route, err := r.Route(cfg.Instances[0].Routes[0])
	must(t, err)
	static, err := r.Route(cfg.StaticRoutes[0])
	must(t, err)
	rule, err := r.Rule(cfg.Instances[0].Rules[0])
	must(t, err)
	addr := netif.NewAddr(cfg.StaticAddresses[0], 2)
	tests := []struct {
		name   string
		del    netif.Op
		report netif.Event
		line   string
	}{
		{"route", netif.Op{Route: &route}, netif.RouteGone{ID: route.ID()}, "(VI_1) somebody else deleted route unicast 203.0.113.0/28 proto 18 dev eth0: put back"},
		{"rule", netif.Op{Rule: &rule}, netif.RuleGone{ID: rule.ID()}, "(VI_1) somebody else deleted rule pref 1000 from all lookup 100 proto 18: put back"},
		{"static route", netif.Op{Route: &static}, netif.RouteGone{ID: static.ID()}, "Restoring deleted static route unicast 198.51.100.0/24 proto 18 dev eth0"},
		{"static address", netif.Op{Addr: &addr}, netif.AddrChange{Index: 2, Prefix: addr.Prefix}, "Restoring deleted static address 192.0.2.1/24 dev eth0 scope global set"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := startChild(t, itemConfig(), &memStore{}, func(k *netiffake.Kernel) { k.PromoteSecondaries = true })
			all := c.has(hasVIP, hasRoute, hasRule, hasAddr, hasAddr9, hasStatic, hasRule5)
			c.eventually("all", all)
			c.kernel.Apply([]netif.Op{tt.del})
			c.tell(tt.report)
			c.eventually("the line", c.logged(tt.line))
			c.eventually("all again", all)
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestChildReloadsItems: a reload changes what differs and nothing else.
func TestChildReloadsItems(t *testing.T) {
	t.Parallel()
	c := startChild(t, itemConfig(), &memStore{})
	c.eventually("all", c.has(hasVIP, hasRoute, hasRule, hasAddr, hasAddr9, hasStatic, hasRule5))
	next := itemConfig()
	next.StaticAddresses = next.StaticAddresses[1:]
	next.StaticRules = nil
	next.Instances[0].Routes[0].Metric = ptr[uint32](7)
	next.Instances[0].Rules = nil
	c.kernel.Said()
	c.doReload(next)
	c.eventually("the new ones", c.has(hasVIP, "route unicast 203.0.113.0/28 proto 18 metric 7 dev if2", hasAddr9, hasStatic))
	for _, done := range c.kernel.Said() {
		if strings.Contains(done, "10.0.0.100") || strings.Contains(done, "add 198.51.100.0") {
			t.Errorf("done for nothing: %s", done)
		}
	}
}

// TestChildLeavesOutWhatHasNoLink: the rest is there, and the item as soon as its link is.
func TestChildLeavesOutWhatHasNoLink(t *testing.T) {
	t.Parallel()
	cfg := itemConfig()
	cfg.StaticRoutes[0].Dev = "late0"
	c := startChild(t, cfg, &memStore{})
	c.eventually("the rest", c.has(hasVIP, hasRoute, hasRule, hasAddr, hasAddr9, hasRule5))
	c.eventually("the line", c.logged("Static item left out: route 198.51.100.0/24: dev late0: there is no such interface"))
	c.tell(netif.LinkChange{Link: netif.Link{Name: "late0", Index: 7, Up: true}})
	c.eventually("the route", c.has(hasVIP, hasRoute, hasRule, hasAddr, hasAddr9, "route unicast 198.51.100.0/24 proto 18 dev if7", hasRule5))
}

// TestChildSuccessorKeepsStaticItems: a successor takes over what its predecessor put there,
// and what was there before it stays after the stop.
func TestChildSuccessorKeepsStaticItems(t *testing.T) {
	t.Parallel()
	store := &memStore{}
	foreign := netif.Addr{Prefix: netip.MustParsePrefix("192.0.2.9/24"), Index: 2}
	before := func(k *netiffake.Kernel) { k.Apply([]netif.Op{{Add: true, Addr: &foreign}}) }
	first := startChild(t, itemConfig(), store, before)
	first.eventually("all", first.has(hasVIP, hasRoute, hasRule, hasAddr, hasAddr9, hasStatic, hasRule5))
	first.eventually("the state without the other's address", func() bool {
		held := Held(store.Load(), true)
		return len(held.Addrs) == 2 && len(held.Routes) == 2 && len(held.Rules) == 2
	})
	state := &memStore{b: store.Load()}
	second := startChild(t, itemConfig(), state, func(k *netiffake.Kernel) {
		h := first.kernel.Has()
		k.Apply(netif.Plan(netif.Holdings{}, h))
	})
	second.eventually("it goes on", second.logged("goes on in MASTER STATE"))
	if err := second.finish(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{hasAddr9}, second.items()); diff != "" {
		t.Errorf("after the stop (-want +got)\n%s", diff)
	}
}

// TestStaticGroups: a lost item is a fault of the instances in its track_group.
func TestStaticGroups(t *testing.T) {
	t.Parallel()
	var p netif.Picture
	p.Apply(netif.LinkChange{Link: eth0})
	cfg := itemConfig()
	cfg.TrackGroups = []*conf.TrackGroup{{Name: "g", Members: []string{"VI_1"}}}
	cfg.StaticRoutes[0].TrackGroup = "g"
	s := &static{keeper: newBench(t).keeper, picture: &p}
	if errs := s.set(cfg); errs != nil {
		t.Fatal(errs)
	}
	route, err := s.resolver().Route(cfg.StaticRoutes[0])
	must(t, err)
	addr := netif.NewAddr(cfg.StaticAddresses[0], 2)
	for _, step := range []struct {
		item       netif.Key
		lost       bool
		news, fail bool
	}{
		{addr.Key(), true, true, false},
		{route.Key(), true, true, true},
		{route.Key(), true, false, true},
		{route.Key(), false, true, false},
	} {
		if news := s.noteLost(step.item, step.lost); news != step.news {
			t.Errorf("%+v: news %v", step, news)
		}
		if fails := s.fails("VI_1"); fails != step.fail {
			t.Errorf("%+v: fails %v", step, fails)
		}
		if s.fails("VI_2") {
			t.Errorf("%+v: another instance fails", step)
		}
	}
}

// TestStaticNames: a name is looked up once for each configuration, known or not.
func TestStaticNames(t *testing.T) {
	t.Parallel()
	asked := 0
	s := &static{lookUp: func(_, name string) (int64, bool) { asked++; return int64(asked), name == "known" }}
	for round := range 2 {
		s.note(&conf.Config{})
		for range 3 {
			r := s.resolver()
			if id, ok := r.Name("table", "known"); !ok || id != int64(2*round+1) {
				t.Errorf("round %d: known: %d, %v", round, id, ok)
			}
			if _, ok := r.Name("table", "other"); ok {
				t.Error("other is known")
			}
		}
	}
	if asked != 4 {
		t.Errorf("asked %d times", asked)
	}
}
