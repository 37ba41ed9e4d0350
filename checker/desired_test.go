// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"net/netip"
	"testing"
	"time"

	"vipward/conf"
	"vipward/ipvs"

	"github.com/google/go-cmp/cmp"
)

func TestDesired(t *testing.T) {
	t.Parallel()
	addr := netip.MustParseAddr
	vs := &conf.VirtualServer{
		Addr: addr("10.9.0.1"), Port: 80, Protocol: conf.TCP, Scheduler: "wlc", Method: conf.NAT,
		Persistence: 600 * time.Second, Quorum: 1,
		RealServers: []*conf.RealServer{
			{Addr: addr("127.0.0.12"), Port: 80, Weight: 100, ServerSettings: &conf.ServerSettings{Method: conf.NAT}},
			{Addr: addr("127.0.0.11"), Port: 81, Weight: 0, ServerSettings: &conf.ServerSettings{Method: conf.DR}},
			{Addr: addr("127.0.0.13"), Port: 80, Weight: 2147483647, ServerSettings: &conf.ServerSettings{Method: conf.TUN}},
		},
	}
	sorry := *vs
	sorry.Sorry = &conf.SorryServer{Addr: addr("127.0.0.12"), Port: 80, Method: conf.DR}
	six := &conf.VirtualServer{
		Addr: addr("fd00::1"), Port: 53, Protocol: conf.UDP, Scheduler: "rr",
		RealServers: []*conf.RealServer{{Addr: addr("fd00::2"), Port: 53, Weight: 1, ServerSettings: &conf.ServerSettings{Method: conf.NAT}}},
	}
	all := func(int) bool { return true }
	none := func(int) bool { return false }

	const head = "-A -t 10.9.0.1:80 -s wlc -p 600\n"
	tests := []struct {
		name   string
		vs     *conf.VirtualServer
		health Health
		want   string
	}{
		{
			"all alive, in file order", vs,
			Health{Quorum: true, Alive: all},
			head + "-a -t 10.9.0.1:80 -r 127.0.0.12:80 -m -w 100\n-a -t 10.9.0.1:80 -r 127.0.0.11:81 -g -w 0\n" +
				"-a -t 10.9.0.1:80 -r 127.0.0.13:80 -i -w 2147483647 --tun-type ipip\n",
		},
		{
			"one alive", vs,
			Health{Quorum: true, Alive: func(i int) bool { return i == 1 }},
			head + "-a -t 10.9.0.1:80 -r 127.0.0.11:81 -g -w 0\n",
		},
		{
			"without a sorry server the quorum does not matter", vs,
			Health{Quorum: false, Alive: func(i int) bool { return i == 1 }},
			head + "-a -t 10.9.0.1:80 -r 127.0.0.11:81 -g -w 0\n",
		},
		{"nothing alive", vs, Health{Quorum: false, Alive: none}, head},
		{
			"the sorry server alone, with weight 1 and its own method", &sorry,
			Health{Quorum: false, Alive: all},
			head + "-a -t 10.9.0.1:80 -r 127.0.0.12:80 -g -w 1\n",
		},
		{
			"no sorry server while the quorum is there", &sorry,
			Health{Quorum: true, Alive: func(i int) bool { return i == 0 }},
			head + "-a -t 10.9.0.1:80 -r 127.0.0.12:80 -m -w 100\n",
		},
		{"IPv6", six, Health{Quorum: true, Alive: all}, "-A -u [fd00::1]:53 -s rr\n-a -u [fd00::1]:53 -r [fd00::2]:53 -m -w 1\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := Desired(tt.vs, tt.health)
			if diff := cmp.Diff(tt.want, ipvs.Table{e}.String()); diff != "" {
				t.Errorf("entry (-want +got):\n%s", diff)
			}
			if want := ipvs.FullMask(tt.vs.Addr); e.Service.Netmask != want {
				t.Errorf("netmask %#x, want %#x", e.Service.Netmask, want)
			}
		})
	}
}
