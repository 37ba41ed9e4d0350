// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"vipward/vrrp/packet"
)

// TestSocketTentativeSource: an advert leaves from an address that is still being tested for
// duplicates, to the group and to a peer.
func TestSocketTentativeSource(t *testing.T) {
	a, b := wires(t)
	sysctl(t, "ipv6/conf/a/accept_dad=1")
	sysctl(t, "ipv6/conf/a/dad_transmits=1000")
	ip(t, "address add fe80::a/64 dev a")
	ip(t, "address add fd00::a/64 dev a")
	ip(t, "neighbour replace fd00::2 lladdr 02:00:00:00:00:0b dev a nud permanent")
	for src, dst := range map[string]string{"fe80::a": "ff02::12", "fd00::a": "fd00::2"} {
		src, dst := netip.MustParseAddr(src), netip.MustParseAddr(dst)
		key := sockKey{index: a, addr: src}
		c := packet.Config{Version: 3, VRID: 51, AdvertInt: time.Second, IPv6: true, Addrs: []netip.Addr{netip.MustParseAddr("fe80::100")}}
		if dst.IsMulticast() {
			key.addr, c.Group = dst, dst
		} else {
			c.Peers = []packet.Peer{{Addr: dst, MaxTTL: 255}}
		}
		from, to := opened(t, key, "a"), opened(t, sockKey{index: b, addr: dst}, "b")
		wire := packet.NewWire(c)
		wire.Source = src
		wire.Begin(255, time.Now())
		if err := from.send(datagram{wire.To(dst), src, dst, 255}); err != nil {
			t.Errorf("from %s to %s: %v", src, dst, err)
		}
		var in batch
		soon(t, "an advert from "+src.String(), func() bool { return to.receive(&in) == 1 })
		if got := ip(t, "-6 -o address show dev a tentative"); !strings.Contains(got, src.String()+"/") {
			t.Fatalf("%s is not tentative any more:\n%s", src, got)
		}
	}
}
