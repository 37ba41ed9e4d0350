// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// wireForm is one form of adverts, by the lines of an instance that ask for it.
type wireForm struct {
	ipv6, unicast bool
	lines         string
}

func wireForms() map[string]wireForm {
	const (
		pass = "version 2\nauthentication {\nauth_type PASS\nauth_pass d0ck3r\n}\n"
		ah   = "version 2\nauthentication {\nauth_type AH\nauth_pass d0ck3r\n}\n"
	)
	return map[string]wireForm{
		"v2 multicast":              {false, false, "version 2\n"},
		"v2 multicast PASS":         {false, false, pass},
		"v2 multicast AH":           {false, false, ah},
		"v2 unicast":                {false, true, "version 2\n"},
		"v2 unicast PASS":           {false, true, pass},
		"v2 unicast AH":             {false, true, ah},
		"v2 unicast TTL":            {false, true, "version 2\nunicast_ttl 17\ncheck_unicast_src\n"},
		"v3 multicast":              {false, false, "version 3\nadvert_int 0.5\n"},
		"v3 another group":          {false, false, "version 3\nmcast_dst_ip 224.0.0.88\n"},
		"v3 unicast":                {false, true, "version 3\nadvert_int 0.5\n"},
		"v3 unicast old checksum":   {false, true, "version 3\nold_unicast_checksum\n"},
		"v3 IPv6 multicast":         {true, false, ""},
		"v3 IPv6 unicast":           {true, true, ""},
		"v3 IPv6 unicast hop limit": {true, true, "unicast_ttl 33\n"},
		"v2 IPv6 multicast":         {true, false, "version 2\n"},
	}
}

var (
	nodeAddr6 = [2]string{"fd00::11", "fd00::12"}
	vips4     = []string{"192.0.2.100/24", "192.0.2.101/32"}
	vips6     = []string{"fe80::100/64", "fd00::100/64"}
)

// config is the configuration of one node. The version comes first, as keepalived has to
// know it before an IPv6 address makes it 3.
func (f wireForm) config(node int) string {
	addrs, vips := nodeAddr, vips4
	if f.ipv6 {
		addrs, vips = nodeAddr6, vips6
	}
	var b strings.Builder
	fmt.Fprintf(&b, "vrrp_instance VI_1 {\n%sinterface eth0\nvirtual_router_id 51\npriority %d\n", f.lines, priorities[node])
	if f.unicast {
		fmt.Fprintf(&b, "unicast_src_ip %s\nunicast_peer {\n%s\n}\n", addrs[node], addrs[1-node])
	}
	fmt.Fprintf(&b, "virtual_ipaddress {\n%s\n}\n}\n", strings.Join(vips, "\n"))
	return b.String()
}

// wireNet is two hosts with addresses of both families. Their MACs, and so their link-local
// addresses, are the same in every net.
func wireNet(t *testing.T) (net *lab.Net, lb [2]*lab.Host) {
	t.Helper()
	net = lab.NewNet(t)
	for i := range lb {
		lb[i] = net.Host(fmt.Sprintf("lb%d", i+1), nodeAddr[i]+"/24")
		for _, change := range []string{"down", "address 02:00:00:00:00:0" + fmt.Sprint(i+1), "up"} {
			lb[i].Run(append([]string{"ip", "link", "set", "dev", "eth0"}, strings.Fields(change)...)...)
		}
		lb[i].Run("ip", "address", "add", nodeAddr6[i]+"/64", "dev", "eth0", "nodad")
	}
	return net, lb
}

// TestWireWithKeepalived: for each form, either daemon as master is heard by the other one as
// backup, says good-bye to it, and is believed when it comes back.
func TestWireWithKeepalived(t *testing.T) {
	t.Parallel()
	masters := map[string][2]lab.Kind{
		"vipward master":    {lab.Vipward, lab.Keepalived},
		"keepalived master": {lab.Keepalived, lab.Vipward},
	}
	for name, form := range wireForms() {
		for master, kinds := range masters {
			t.Run(name+" "+master, func(t *testing.T) {
				t.Parallel()
				net, lb := wireNet(t)
				wire := net.Capture()
				var d [2]*lab.Daemon
				d[0] = lab.StartDaemon(lb[0], kinds[0], form.config(0))
				d[0].WaitLine(`\(VI_1\) Entering MASTER STATE`, patient)
				d[1] = lab.StartDaemon(lb[1], kinds[1], form.config(1))
				d[1].WaitLine(`\(VI_1\) Entering BACKUP STATE \(init\)`, patient)
				listens := time.Now()
				wire.WaitAdvert("one more advert", patient, func(a lab.Advert) bool { return a.Time.After(listens) })
				if code := d[0].Stop(); code != 0 {
					t.Errorf("stopped with exit status %d", code)
				}
				d[1].WaitLine(`\(VI_1\) Backup received priority 0 advertisement`, patient)
				d[1].WaitLine(`\(VI_1\) Entering MASTER STATE`, patient)
				if n := d[1].Count(0, `Entering MASTER`); n != 1 {
					t.Errorf("the backup became master %d times, want once", n)
				}
				d[0].Start()
				d[1].WaitLine(`\(VI_1\) Master received advert from .* with higher priority 150, ours 100`, patient)
				d[1].WaitLine(`\(VI_1\) Entering BACKUP STATE$`, patient)
			})
		}
	}
}

// TestWireAsKeepalived: with one configuration both put the same bytes on the wire.
func TestWireAsKeepalived(t *testing.T) {
	t.Parallel()
	for name, form := range wireForms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent [2][]sentAdvert
			for i, kind := range []lab.Kind{lab.Keepalived, lab.Vipward} {
				sent[i] = form.lifeAndFarewell(t, kind)
			}
			if diff := cmp.Diff(sent[0], sent[1]); diff != "" {
				t.Errorf("adverts (-keepalived +vipward)\n%s", diff)
			}
		})
	}
}

// lifeAndFarewell is what a lone daemon sends at first and at last.
func (f wireForm) lifeAndFarewell(t *testing.T, kind lab.Kind) []sentAdvert {
	t.Helper()
	net, lb := wireNet(t)
	wire := net.Capture()
	d := lab.StartDaemon(lb[0], kind, f.config(0))
	wire.WaitAdvert("advert", patient, func(a lab.Advert) bool { return a.Priority == 150 })
	if code := d.Stop(); code != 0 {
		t.Errorf("stopped with exit status %d", code)
	}
	last := wire.WaitAdvert("farewell", patient, func(a lab.Advert) bool { return a.Priority == 0 })
	var sent []sentAdvert
	for _, a := range []lab.Advert{wire.Adverts()[0], last} {
		b := a.WithoutID()
		if len(a.AH) > 0 && a.Priority == 0 {
			clear(b[len(a.IP)+8 : len(a.IP)+12]) // counts the adverts before it
		}
		sent = append(sent, sentAdvert{Bytes: b, TTL: a.TTL()})
	}
	return sent
}
