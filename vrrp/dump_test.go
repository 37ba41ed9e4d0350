// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"vipward/conf"
)

// data asks a child for its whole state.
func (c *child) data() string {
	reply := make(chan string, 1)
	c.ask <- Question{Reply: reply}
	return <-reply
}

// TestChildDump: the lines that programs read, in their order, and no password.
func TestChildDump(t *testing.T) {
	t.Parallel()
	pass := testInstance(100)
	pass.AuthType, pass.AuthPass, pass.Version, pass.AdvertInt = conf.AuthPass, "topsecret", 2, time.Second
	tests := []struct {
		name   string
		cfg    *conf.Config
		want   []string
		secret string
	}{
		{
			name: "plain", cfg: oneInstance(pass), secret: "topsecret",
			want: []string{
				"------< VRRP Topology >------\n VRRP Instance = VI_1\n   VRRP Version = 2\n",
				"   State = BACKUP\n", "   Number of config faults = 0\n", "   Flags of interface faults - (none)\n", "   Number of track scripts init = 0\n", "   Master down timer = ",
				"   Interface = eth0\n   Using src_ip = 10.0.0.1\n   Multicast address 224.0.0.18\n",
				"   Gratuitous ARP repeat = 2\n", "   Virtual Router ID = 51\n   Priority = 100\n   Effective priority = 100\n   Total priority = 100\n   Advert interval = 1 sec\n",
				"   Authentication type = SIMPLE_PASSWORD\n   Password = ********\n",
				"   Virtual IP (1):\n     10.0.0.100/24 dev eth0 scope global\n",
				"   Notify deleted = Fault\n",
				"------< VRRP Sockpool >------\n", "   Family = IPv4\n   Protocol = VRRP\n   Type = Multicast\n", "     VI_1 vrid 51\n",
				"------< VRRP Loop >------\n Timers served = ",
			},
		},
		{
			name: "group", cfg: grouped(2, 2),
			want: []string{
				"   Sync group = G1\n", " VRRP Instance = VI_2\n", "------< VRRP Sync groups >------\n VRRP Sync Group = G1, ",
				"   VRRP member instances :\n     VI_1\n     VI_2\n",
			},
		},
		{
			name: "unicast", cfg: twins(),
			want: []string{
				"   Flags:\n     Using unicast\n", "   Using src_ip = 10.0.0.1 (from configuration)\n",
				"   Unicast Peer :\n     10.0.0.2 min_ttl 0 max_ttl 255\n", "   Type = Unicast\n   Address = 10.0.0.1\n",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := startChild(t, tt.cfg, &memStore{}).data()
			at := 0
			for _, want := range tt.want {
				i := strings.Index(got[at:], want)
				if i < 0 {
					t.Fatalf("no %q, or not behind the one before it, in\n%s", want, got)
				}
				at += i
			}
			if tt.secret != "" && strings.Contains(got, tt.secret) {
				t.Errorf("the password is shown:\n%s", got)
			}
		})
	}
}

// TestChildDumpsFault: why an instance cannot run is shown.
func TestChildDumpsFault(t *testing.T) {
	t.Parallel()
	vi := testInstance(100)
	vi.Source, vi.Multicast = netip.MustParseAddr("10.0.0.77"), netip.Addr{}
	vi.Peers = []netip.Addr{netip.MustParseAddr("10.0.0.2")}
	got := startChild(t, oneInstance(vi), &memStore{}).data()
	for _, want := range []string{"   State = FAULT\n", "   Flags of interface faults:\n     no source address\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
