// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"strings"
	"testing"
)

func TestAddressLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		vi   Instance
		mtu  int
		want int
	}{
		{"the count field", Instance{Family: IPv4, Version: 2}, 1500, 255},
		{"no MTU", Instance{Family: IPv6, Version: 3}, 0, 255},
		{"IPv6 on Ethernet", Instance{Family: IPv6, Version: 3}, 1500, 90},
		{"IPv6 on jumbo frames", Instance{Family: IPv6, Version: 3}, 9000, 255},
		{"IPv4 v2 on a small link", Instance{Family: IPv4, Version: 2}, 576, 135},
		{"IPv4 v3 on a small link", Instance{Family: IPv4, Version: 3}, 576, 137},
		{"with AH", Instance{Family: IPv4, Version: 2, AuthType: AuthAH}, 576, 129},
		{"nothing fits", Instance{Family: IPv6, Version: 3}, 40, 0},
	} {
		if got := tt.vi.AddressLimit(tt.mtu); got != tt.want {
			t.Errorf("%s: %d addresses, want %d", tt.name, got, tt.want)
		}
	}
}

// TestHostAddressLimit: who is beyond the limit is named at its place.
func TestHostAddressLimit(t *testing.T) {
	t.Parallel()
	var list []string
	for i := range 92 {
		list = append(list, fmt.Sprintf("fd00::%x/64", i+1))
	}
	text := "vrrp_instance VI {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n" + strings.Join(list, "\n") + "\n}\n}\n"
	l := loadText(text)
	for mtu, want := range map[int]int{1500: 1, 9000: 0} {
		host := fakeHost{interfaces: map[string]HostInterface{"eth0": {Multicast: true, MTU: mtu}}}
		got := 0
		for _, d := range CheckHost(l.Config, host) {
			if d.Code != "advert-full" || d.Line != 95 || !strings.Contains(d.Message, "the other 2 are") {
				t.Errorf("MTU %d: %v", mtu, d)
			}
			got++
		}
		if got != want {
			t.Errorf("MTU %d: %d diagnostics, want %d", mtu, got, want)
		}
	}
}
