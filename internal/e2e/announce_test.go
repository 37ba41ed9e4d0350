// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
	"vipward/netif"
)

// announceCase is a configuration whose announcements are compared with the real
// keepalived's, byte by byte and in their order on each interface.
type announceCase struct {
	name   string
	body   string         // of global_defs and one instance, which owns its addresses
	frames map[string]int // how many to compare, by interface
	during func(*testing.T, *lab.Host, *lab.Daemon)
}

func announceCases() []announceCase {
	instance := func(rest string, vips ...string) string {
		return fmt.Sprintf("vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 51\n  priority 255\n  garp_master_delay 1\n  %s\n  virtual_ipaddress {\n    %s\n  }\n}\n",
			rest, strings.Join(vips, "\n    "))
	}
	excluded := "virtual_ipaddress_excluded {\n %s\n }"
	return []announceCase{
		{name: "two sets of five rounds", body: instance("", "10.0.0.100/24", "10.0.0.101/24"), frames: map[string]int{"eth0": 20}},
		{name: "repeat", body: instance("garp_master_repeat 2", "10.0.0.100/24"), frames: map[string]int{"eth0": 4}},
		{name: "refresh", body: instance("garp_master_delay 0\n garp_master_repeat 1\n garp_master_refresh 1\n garp_master_refresh_repeat 2", "10.0.0.100/24"), frames: map[string]int{"eth0": 5}},
		{name: "vrrp_min_garp", body: "global_defs {\n vrrp_min_garp\n}\n" + strings.Replace(instance("", "10.0.0.100/24"), "garp_master_delay 1", "", 1), frames: map[string]int{"eth0": 1}},
		{name: "IPv6", body: instance("", "fe80::100/64", "fd00::100/64"), frames: map[string]int{"eth0": 20}},
		{name: "both families", body: instance(fmt.Sprintf(excluded, "fd00::9/64\n 10.0.0.9/24"), "10.0.0.100/24"), frames: map[string]int{"eth0": 30}},
		{name: "several interfaces", body: instance("", "10.0.0.100/24", "10.1.0.100/24 dev eth1"), frames: map[string]int{"eth0": 10, "eth1": 10}},
		{name: "VMAC", body: instance("use_vmac", "10.0.0.100/24", "10.1.0.100/24 dev eth1"), frames: map[string]int{"eth0": 10, "eth1": 10}},
		{name: "VMAC IPv6", body: instance("use_vmac", "fe80::100/64"), frames: map[string]int{"eth0": 10}},
		{name: "VMACs of addresses", body: instance("use_vmac_addr", "10.0.0.100/24", "10.1.0.100/24 dev eth1"), frames: map[string]int{"eth0": 10, "eth1": 10}},
		{name: "garp_extra_if", body: instance("garp_master_delay 0\n garp_master_repeat 1\n garp_extra_if all 1", "10.0.0.100/24", "10.1.0.100/24 dev eth1", "10.1.0.101/24 dev eth1"), frames: map[string]int{"eth0": 1, "eth1": 4}},
		{name: "garp_extra_if on VMACs", body: instance("garp_master_delay 0\n garp_master_repeat 1\n use_vmac_addr\n garp_extra_if 1", "10.0.0.100/24", "10.1.0.100/24 dev eth1", "10.1.0.101/24 dev eth1"), frames: map[string]int{"eth0": 1, "eth1": 4}},
		{
			name: "unicast after a fault", body: instance("garp_master_delay 0\n garp_master_repeat 1\n unicast_src_ip 10.0.0.1\n unicast_peer {\n 10.0.0.2\n }", "10.0.0.100/24"),
			frames: map[string]int{"eth0": 3},
			during: func(t *testing.T, h *lab.Host, d *lab.Daemon) {
				h.LinkDown("eth0")
				d.WaitLine("Entering FAULT STATE", patient)
				h.LinkUp("eth0")
			},
		},
	}
}

// run gives the announcements of a daemon.
func (c announceCase) run(t *testing.T, kind lab.Kind) map[string][]string {
	t.Helper()
	h := linkHost(t)
	captures := map[string]*lab.Capture{}
	for dev := range c.frames {
		captures[dev] = h.Capture(dev)
	}
	d := lab.StartDaemon(h, kind, c.body)
	d.WaitLine("Entering MASTER STATE", patient)
	if c.during != nil {
		waitAnnouncements(t, captures["eth0"], 1)
		c.during(t, h, d)
	}
	got := map[string][]string{}
	for dev, n := range c.frames {
		got[dev] = waitAnnouncements(t, captures[dev], n)
	}
	d.Stop()
	return got
}

// waitAnnouncements gives the first n announcements.
func waitAnnouncements(t *testing.T, c *lab.Capture, n int) []string {
	t.Helper()
	var got []string
	lab.Wait(t, patient, "announcements", func() error {
		if got = announcements(c); len(got) < n {
			return fmt.Errorf("%d of %d", len(got), n)
		}
		return nil
	})
	return got[:n]
}

// announcements are the gratuitous ARP packets and unsolicited neighbour advertisements that
// the host sent.
func announcements(c *lab.Capture) []string {
	var list []string
	for _, f := range c.Frames() {
		if f.Out && unasked(f.Data) {
			list = append(list, hex.EncodeToString(f.Data))
		}
	}
	return list
}

func unasked(b []byte) bool {
	if len(b) < 42 {
		return false
	}
	switch binary.BigEndian.Uint16(b[12:]) {
	case 0x0806:
		return string(b[28:32]) == string(b[38:42])
	case 0x86dd:
		return len(b) > 54 && b[20] == 58 && b[54] == 136 && netip.AddrFrom16([16]byte(b[38:54])) == netip.MustParseAddr("ff02::1")
	}
	return false
}

func TestAnnouncementsAsKeepalived(t *testing.T) {
	t.Parallel()
	for _, c := range announceCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.run(t, lab.Keepalived), c.run(t, lab.Vipward)); diff != "" {
				t.Errorf("(-keepalived +vipward)\n%s", diff)
			}
		})
	}
}

// TestAnnouncementsSpaced: vrrp_garp_interval on the wire. Both daemons keep the spacing; in
// all rounds as 2.4 does it, while 2.2.7 leaves out of the second what still waits.
func TestAnnouncementsSpaced(t *testing.T) {
	t.Parallel()
	h := linkHost(t)
	seen := h.Capture("eth0")
	lab.StartDaemon(h, lab.Vipward, `global_defs {
  vrrp_garp_interval 0.1
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 255
  garp_master_repeat 2
  garp_master_delay 0
  virtual_ipaddress {
    10.0.0.100/24
    10.0.0.101/24
  }
}
vrrp_instance VI_2 {
  interface eth0
  virtual_router_id 52
  priority 255
  garp_master_repeat 1
  garp_master_delay 0
  virtual_ipaddress {
    10.0.0.102/24
  }
}
`)
	var got []lab.Frame
	lab.Wait(t, patient, "5 announcements", func() error {
		got = slices.DeleteFunc(seen.Frames(), func(f lab.Frame) bool { return !f.Out || !unasked(f.Data) })
		if len(got) < 5 {
			return fmt.Errorf("%d", len(got))
		}
		return nil
	})
	var order []byte
	for i, f := range got {
		order = append(order, f.Data[31])
		if i == 0 {
			continue
		}
		// The kernel's time stamps may lie a little closer together than what was meant.
		if gap := f.Time.Sub(got[i-1].Time); gap < 95*time.Millisecond {
			t.Errorf("frame %d follows after %v", i, gap)
		}
	}
	if diff := cmp.Diff([]byte{100, 101, 102, 100, 101}, order); diff != "" {
		t.Errorf("last bytes of the addresses (-want +got)\n%s", diff)
	}
}

// TestMasterAnswersForeignARP: another host claims the address without an advert; the master
// says whose it is.
func TestMasterAnswersForeignARP(t *testing.T) {
	t.Parallel()
	network := lab.NewNet(t)
	lb, rogue := network.Host("lb", "10.0.0.1/24"), network.Host("rogue", "10.0.0.2/24")
	d := lab.StartDaemon(lb, lab.Vipward, `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 255
  garp_master_delay 0
  garp_master_repeat 1
  garp_lower_prio_repeat 1
  virtual_ipaddress {
    10.0.0.100/24
  }
}
`)
	d.WaitLine("Sending gratuitous ARP on eth0 for 10.0.0.100", patient)
	seen := rogue.Capture("eth0")
	ours, theirs := lb.MAC("eth0"), rogue.MAC("eth0")
	if err := rogue.Do(func() error { return claim("eth0", "10.0.0.100") }); err != nil {
		t.Fatal(err)
	}
	seen.WaitARP("an answer of the master", patient, func(a lab.ARP) bool {
		return a.Gratuitous() && a.SenderMAC.String() == ours
	})
	d.WaitLine(`\(VI_1\) ARP for 10\.0\.0\.100 from `+theirs, patient)
}

// claim announces an address on an interface of the thread's network namespace.
func claim(dev, ip string) (err error) {
	ifi, err := net.InterfaceByName(dev)
	if err != nil {
		return err
	}
	a := netif.NewAnnouncer()
	defer func() { err = errors.Join(err, a.Close()) }()
	return a.Announce([]netif.Target{{Index: ifi.Index, IP: netip.MustParseAddr(ip)}}, 1)
}
