// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"encoding/hex"
	"net/netip"
	"testing"
	"time"
)

const orderConfig = `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        10.0.0.100/24
    }
}
vrrp_instance VI_2 {
    interface eth1
    virtual_router_id 52
    version 3
    advert_int 0.5
    virtual_ipaddress {
        10.1.0.100/24
    }
}
`

func TestReadOrder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want func(order) bool
	}{
		{"3 adverts prio 200", func(o order) bool {
			return o.count == 3 && o.priority == 200 && o.vrid == 51 && o.gap == time.Second && o.version == 2
		}},
		{"2 adverts prio 50, 2.5 s apart", func(o order) bool { return o.gap == 2500*time.Millisecond }},
		{"3 adverts prio 200 on eth1", func(o order) bool {
			return o.vrid == 52 && o.ifname == "eth1" && o.from == netip.MustParseAddr("10.1.0.2")
		}},
		{"v3 interval 2 s (prio 200)", func(o order) bool { return o.version == 3 && o.interval == 2*time.Second }},
		{"ttl 254 (prio 200)", func(o order) bool { return o.ttl == 254 }},
		{"type 2 (prio 200)", func(o order) bool { return o.kind == 2 }},
		{"2 adverts vrid 99", func(o order) bool { return o.vrid == 99 }},
		{"unicast from the peer, ttl 64", func(o order) bool { return o.ttl == 64 && !o.to.IsMulticast() }},
		{"2 adverts prio 100 with our own address 10.0.0.9 as source", func(o order) bool { return o.from == netip.MustParseAddr("10.0.0.9") }},
	}
	for _, tt := range tests {
		if o := readOrder(tt.text, orderConfig); !tt.want(o) {
			t.Errorf("%s: %+v", tt.text, o)
		}
	}
}

// The recorded advert of a real daemon, made again by hand.
func TestOrderFrame(t *testing.T) {
	t.Parallel()
	o := readOrder("one advert prio 100", orderConfig)
	o.from = netip.MustParseAddr("10.0.0.1")
	want, _ := frameKeyHex("eth0", advertHex)
	got, ok := frameKeyHex("eth0", hex.EncodeToString(o.frame()))
	// Only the source's MAC address is another one.
	const mac = len("eth0 VRRP ") + 2*6
	if !ok || got[:mac] != want[:mac] || got[mac+12:] != want[mac+12:] {
		t.Errorf("frame\n got %s\nwant %s", got, want)
	}
}
