// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"net/netip"
	"slices"
	"testing"
	"time"
)

func TestNames(t *testing.T) {
	t.Parallel()
	n := NewNet(t)
	server, client := n.Host("web1", "10.0.0.5/24", "fd00::5/64"), n.Host("client", "10.0.0.9/24", "10.0.0.10/24", "fd00::9/64")
	server.Names(80)
	tests := []struct {
		name, from, to string
		n              int
	}{
		{"IPv4", "", "10.0.0.5:80", 3},
		{"another source", "10.0.0.10", "10.0.0.5:80", 1},
		{"IPv6", "fd00::9", "[fd00::5]:80", 2},
		{"more than are kept", "", "10.0.0.5:80", 600},
		{"and again", "", "10.0.0.5:80", 600},
	}
	for _, tt := range tests { // one after the other: the last ones fill what is kept
		var from netip.Addr
		if tt.from != "" {
			from = netip.MustParseAddr(tt.from)
		}
		got, err := client.Ask(from, netip.MustParseAddrPort(tt.to), tt.n)
		if err != nil || !slices.Equal(got, slices.Repeat([]string{"web1"}, tt.n)) {
			t.Errorf("%s: %d answers, %v: %.60q", tt.name, len(got), err, got)
		}
	}
	if got, err := client.Ask(netip.Addr{}, netip.MustParseAddrPort("10.0.0.5:81"), 2); err == nil || len(got) != 0 {
		t.Errorf("at a port where nobody listens: %q, %v", got, err)
	}
	if got, err := client.AskUDP(netip.MustParseAddrPort("10.0.0.5:80"), 5*time.Second); err != nil || got != "web1" {
		t.Errorf("by UDP: %q, %v", got, err)
	}
}
