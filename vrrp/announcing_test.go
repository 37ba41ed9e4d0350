// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/netif"
)

// announcements lists what the log says about announcements, in order.
func (c *child) announcements() []string {
	var lines []string
	for _, m := range regexp.MustCompile(`msg="(.*(?:ARP|Advert)s? on .*)"`).FindAllStringSubmatch(c.log.String(), -1) {
		lines = append(lines, m[1])
	}
	return lines
}

// calmInstance is testInstance with adverts so rare that none is late on a busy machine,
// which would be announced as well.
func calmInstance() *conf.Instance {
	vi := testInstance(100)
	vi.AdvertInt = 150 * time.Millisecond
	return vi
}

func addresses(list ...string) []conf.Address {
	var out []conf.Address
	for _, s := range list {
		prefix, dev, _ := strings.Cut(s, " ")
		out = append(out, conf.Address{Prefix: netip.MustParsePrefix(prefix), Dev: dev})
	}
	return out
}

// TestAnnouncementLines: a set is logged as keepalived logs it (case wire-v3-ipv6).
func TestAnnouncementLines(t *testing.T) {
	t.Parallel()
	vi := calmInstance()
	vi.VIPs = addresses("10.0.0.100/24", "10.0.0.101/24")
	vi.ExcludedVIPs = addresses("fd00::5/64")
	c := startChild(t, oneInstance(vi), &memStore{})
	c.eventually("two rounds", func() bool { return len(c.announcements()) >= 9 })
	want := []string{
		"(VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.100",
		"Sending gratuitous ARP on eth0 for 10.0.0.100",
		"(VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.101",
		"Sending gratuitous ARP on eth0 for 10.0.0.101",
		"(VI_1) Sending/queueing Unsolicited Neighbour Adverts on eth0 for fd00::5",
		"Sending unsolicited Neighbour Advert on eth0 for fd00::5",
		"Sending gratuitous ARP on eth0 for 10.0.0.100",
		"Sending gratuitous ARP on eth0 for 10.0.0.101",
		"Sending unsolicited Neighbour Advert on eth0 for fd00::5",
	}
	if diff := cmp.Diff(want, c.announcements()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestAnnouncementsSpaced: with vrrp_garp_interval the first goes at once, the others wait
// for their turn (case garp-interval of 2.4.3); neighbour advertisements do not.
func TestAnnouncementsSpaced(t *testing.T) {
	t.Parallel()
	vi := calmInstance()
	vi.VIPs = addresses("10.0.0.100/24", "10.0.0.101/24")
	vi.ExcludedVIPs = addresses("fd00::5/64")
	cfg := oneInstance(vi)
	cfg.Global.VRRP.GARPSpacing = 20 * time.Millisecond
	c := startChild(t, cfg, &memStore{})
	c.eventually("all rounds", func() bool { return len(c.announcements()) >= 9 })
	want := []string{
		"(VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.100",
		"Sending gratuitous ARP on eth0 for 10.0.0.100",
		"(VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.101",
		"(VI_1) Sending/queueing Unsolicited Neighbour Adverts on eth0 for fd00::5",
		"Sending unsolicited Neighbour Advert on eth0 for fd00::5",
		"Sending unsolicited Neighbour Advert on eth0 for fd00::5",
		"Sending gratuitous ARP on eth0 for 10.0.0.101",
		"Sending gratuitous ARP on eth0 for 10.0.0.100",
		"Sending gratuitous ARP on eth0 for 10.0.0.101",
	}
	if diff := cmp.Diff(want, c.announcements()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestSpacedAnnouncementsEndWithMastership: what still waits is not sent for addresses that
// are no longer held.
func TestSpacedAnnouncementsEndWithMastership(t *testing.T) {
	t.Parallel()
	vi := calmInstance()
	vi.VIPs = addresses("10.0.0.100/24", "10.0.0.101/24")
	cfg := oneInstance(vi)
	cfg.Global.VRRP.GARPSpacing = 15 * time.Millisecond
	c := startChild(t, cfg, &memStore{})
	c.eventually("MASTER", c.logged("Sending gratuitous ARP on"))
	c.port.deliver(peerAdvert(t, 200))
	c.eventually("BACKUP", c.logged("Entering BACKUP STATE\""))
	c.eventually("MASTER again", func() bool { return strings.Count(c.log.String(), "Entering MASTER") == 2 })
	_, backup, _ := strings.Cut(c.log.String(), "Entering BACKUP STATE\"")
	backup, _, _ = strings.Cut(backup, "Entering MASTER")
	if strings.Contains(backup, "Sending") {
		t.Errorf("a backup announces:\n%s", backup)
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	l := &loop{cfg: &conf.Config{}}
	l.cfg.Global.VRRP.GARPSpacing, l.cfg.Global.VRRP.NASpacing = time.Second, 2*time.Second
	l.announcing = newAnnouncing(l)
	l.announcing.configure(&conf.Config{GARPGroups: []*conf.GARPGroup{
		{Interfaces: []string{"eth1", "eth2"}, GARPSpacing: 3 * time.Second},
	}})
	l.picture.Apply(netif.Resync{Links: []netif.Link{
		{Name: "eth0", Index: 2},
		{Name: "eth1", Index: 3},
		{Name: "eth2", Index: 4},
		{Name: "vrrp.51", Index: 5, Parent: 2, Kind: netif.KindMACVLAN},
		{Name: "vrrp1.51", Index: 6, Parent: 4, Kind: netif.KindMACVLAN},
		{Name: "eth0.7", Index: 7, Parent: 2, Kind: "vlan"},
	}})
	four, six := netip.MustParseAddr("10.0.0.100"), netip.MustParseAddr("fd00::5")
	for _, c := range []struct {
		target netif.Target
		want   netif.Pace
	}{
		{netif.Target{Index: 2, IP: four}, netif.Pace{Line: "eth0", Every: time.Second}},
		{netif.Target{Index: 2, IP: six}, netif.Pace{Line: "eth0", Every: 2 * time.Second}},
		{netif.Target{Index: 5, IP: four}, netif.Pace{Line: "eth0", Every: time.Second}}, // seen on 2.2.7
		{netif.Target{Index: 7, IP: four}, netif.Pace{Line: "eth0.7", Every: time.Second}},
		{netif.Target{Index: 3, IP: four}, netif.Pace{Line: "group of eth1", Every: 3 * time.Second}},
		{netif.Target{Index: 6, IP: four}, netif.Pace{Line: "group of eth1", Every: 3 * time.Second}},
		{netif.Target{Index: 4, IP: six}, netif.Pace{Line: "group of eth1"}},
	} {
		if diff := cmp.Diff(c.want, l.announcing.pace(c.target)); diff != "" {
			t.Errorf("%v (-want +got)\n%s", c.target, diff)
		}
	}
}

// TestExtraAnnouncements: garp_extra_if names the first address of each further interface,
// as seen on 2.2.7.
func TestExtraAnnouncements(t *testing.T) {
	t.Parallel()
	links := netif.Resync{
		Links: []netif.Link{
			eth0,
			{Name: "eth1", Index: 3, Up: true},
			{Name: "vrrp1.51", Index: 4, Parent: 3, Up: true, Kind: netif.KindMACVLAN},
		},
		Addrs: []netif.AddrChange{{Index: 2, Prefix: hostAddr.Prefix, Added: true}},
	}
	for _, c := range []struct {
		name string
		all  bool
		want []string
	}{
		{"VMACs", false, []string{
			"(VI_1) Sending/queueing gratuitous ARPs on vrrp1.51 for 10.2.0.1",
			"Sending gratuitous ARP on vrrp1.51 for 10.2.0.1",
		}},
		{"all", true, []string{
			"(VI_1) Sending/queueing gratuitous ARPs on eth1 for 10.1.0.1",
			"Sending gratuitous ARP on eth1 for 10.1.0.1",
			"(VI_1) Sending/queueing gratuitous ARPs on vrrp1.51 for 10.2.0.1",
			"Sending gratuitous ARP on vrrp1.51 for 10.2.0.1",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			vi := calmInstance()
			vi.VIPs = addresses("10.0.0.100/24", "10.1.0.1/24 eth1", "10.1.0.2/24 eth1")
			vi.ExcludedVIPs = addresses("10.2.0.1/24 vrrp1.51", "10.2.0.2/24 vrrp1.51", "fd00::5/64 eth1")
			vi.GARP = conf.GARP{MasterRepeat: 1, Extra: 20 * time.Millisecond, ExtraAll: c.all}
			ch := startChild(t, oneInstance(vi), &memStore{}, links)
			set := 2 * len(vi.VIPs) * 2
			n := set + 2*len(c.want)
			ch.eventually("two extra sets", func() bool { return len(ch.announcements()) >= n })
			if diff := cmp.Diff(append(c.want, c.want...), ch.announcements()[set:n]); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			ch.port.deliver(peerAdvert(t, 200))
			ch.eventually("BACKUP", ch.logged("Entering BACKUP STATE\""))
			ch.eventually("MASTER again", func() bool { return strings.Count(ch.log.String(), "Entering MASTER") == 2 })
			_, backup, _ := strings.Cut(ch.log.String(), "Entering BACKUP STATE\"")
			backup, _, _ = strings.Cut(backup, "Entering MASTER")
			if strings.Contains(backup, "Sending") {
				t.Errorf("a backup announces:\n%s", backup)
			}
		})
	}
}

// TestSourceAnnouncedAfterFault: a unicast instance that leaves FAULT says where its own
// address is, as seen on 2.2.7; its peers may have an old entry for it.
func TestSourceAnnouncedAfterFault(t *testing.T) {
	t.Parallel()
	vi := calmInstance()
	vi.Multicast, vi.Peers = netip.Addr{}, []netip.Addr{netip.MustParseAddr("10.0.0.2")}
	c := startChild(t, oneInstance(vi), &memStore{})
	c.eventually("MASTER", c.logged("Entering MASTER"))
	down := eth0
	down.Up = false
	c.tell(netif.LinkChange{Link: down})
	c.eventually("FAULT", c.logged("Entering FAULT STATE"))
	c.kernel.Said()
	c.tell(netif.LinkChange{Link: eth0})
	c.eventually("the announcement", c.logged("Sending gratuitous ARP on eth0 for 10.0.0.1\""))
	_, after, _ := strings.Cut(c.log.String(), "Entering BACKUP STATE\"\n")
	if lines := strings.Split(after, "\n"); !strings.Contains(lines[0], `msg="VI_1: sending gratuitous ARP for 10.0.0.1"`) ||
		!strings.Contains(lines[1], `msg="Sending gratuitous ARP on eth0 for 10.0.0.1"`) {
		t.Errorf("after BACKUP the log goes on with\n%s", after)
	}
	c.eventually("the frame", func() bool {
		return strings.Contains(strings.Join(c.kernel.Said(), "\n"), "arping -U 10.0.0.1 dev if2")
	})
}

// TestNothingAnnouncedWithoutARP: as in the case u-vlan-dummy.
func TestNothingAnnouncedWithoutARP(t *testing.T) {
	t.Parallel()
	link := eth0
	link.NoARP = true
	c := startChild(t, oneInstance(calmInstance()), &memStore{}, netif.Resync{
		Links: []netif.Link{link}, Addrs: []netif.AddrChange{{Index: 2, Prefix: hostAddr.Prefix, Added: true}},
	})
	c.eventually("the VIP", c.holds("10.0.0.100"))
	c.eventually("adverts", func() bool { return len(c.port.adverts()) > 2 })
	if !c.logged("(VI_1) disabling ARP since interface does not support it")() {
		t.Errorf("no line in\n%s", c.log)
	}
	if got := c.announcements(); got != nil {
		t.Errorf("announced: %v", got)
	}
}
