// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"net/netip"
	"testing"

	"vipward/conf"
	"vipward/ipvs"
)

// TestOpens counts the connections of a server of a group with two ports: behind DR and TUN
// it stands in the table with the ports of the services, and has ended only with both.
func TestOpens(t *testing.T) {
	t.Parallel()
	group := &conf.ServerGroup{Name: "G", Entries: []conf.GroupEntry{
		{First: netip.MustParseAddr("10.9.0.1"), Last: netip.MustParseAddr("10.9.0.1"), Port: 80},
		{First: netip.MustParseAddr("10.9.0.1"), Last: netip.MustParseAddr("10.9.0.1"), Port: 81},
	}}
	at := netip.MustParseAddr("127.0.0.11")
	for _, tt := range []struct {
		name   string
		method conf.Method
		dests  [2]ipvs.DestStats // of port 80, of port 81
		want   uint32
	}{
		{"DR, both", conf.DR, [2]ipvs.DestStats{{Server: netip.AddrPortFrom(at, 80), Load: ipvs.Load{Active: 2}}, {Server: netip.AddrPortFrom(at, 81), Load: ipvs.Load{Active: 3}}}, 5},
		{"DR, the other port", conf.DR, [2]ipvs.DestStats{{Server: netip.AddrPortFrom(at, 80)}, {Server: netip.AddrPortFrom(at, 81), Load: ipvs.Load{Active: 3}}}, 3},
		{"DR, none", conf.DR, [2]ipvs.DestStats{{Server: netip.AddrPortFrom(at, 80)}, {Server: netip.AddrPortFrom(at, 81)}}, 0},
		{"NAT", conf.NAT, [2]ipvs.DestStats{{Server: netip.AddrPortFrom(at, 80), Load: ipvs.Load{Active: 1}}, {Server: netip.AddrPortFrom(at, 80), Load: ipvs.Load{Active: 1}}}, 2},
		{"NAT, its neighbour", conf.NAT, [2]ipvs.DestStats{{Server: netip.AddrPortFrom(at, 80)}, {Server: netip.AddrPortFrom(at, 81), Load: ipvs.Load{Active: 3}}}, 0},
	} {
		rs := &conf.RealServer{Addr: at, Port: 80, ServerSettings: &conf.ServerSettings{Method: tt.method}}
		p := &pool{vs: &conf.VirtualServer{Group: group, Protocol: conf.TCP, RealServers: []*conf.RealServer{rs}}}
		s := &server{pool: p, rs: rs}
		stats := map[ipvs.Key]*ipvs.ServiceStats{}
		for i, svc := range services(p.vs) {
			stats[svc.Key] = &ipvs.ServiceStats{Key: svc.Key, Dests: tt.dests[i : i+1]}
		}
		open := p.opens(stats)
		left := &leaver{Dest: destOf(rs)}
		for who, place := range map[string]netip.AddrPort{"server": s.place(), "leaver": left.place()} {
			if n, ok := open(place); n != tt.want || !ok {
				t.Errorf("%s: %d connections of the %s, %v, want %d", tt.name, n, who, ok, tt.want)
			}
		}
	}
}
