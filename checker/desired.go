// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"vipward/conf"
	"vipward/ipvs"
)

// sorryWeight is the weight of every sorry server, as keepalived gives it.
const sorryWeight = 1

// Health is what is known about a virtual server.
type Health struct {
	Quorum bool
	Alive  func(i int) bool // real server by its index in the configuration
	Weight func(i int) int  // of the same; nil: as configured
}

// Desired is the table entry that virtual server vs should have: the real
// servers that are alive in file order, or the sorry server alone when there
// is one and the quorum is lost.
func Desired(vs *conf.VirtualServer, h Health) ipvs.Entry {
	e := ipvs.Entry{Service: service(vs)}
	if vs.Sorry != nil && !h.Quorum {
		s := vs.Sorry
		e.Dests = []ipvs.Dest{{Addr: s.Addr, Port: s.Port, Weight: sorryWeight, Method: methods[s.Method], Tunnel: tunnelOf(s.Tunnel)}}
		return e
	}
	for i, rs := range vs.RealServers {
		if !h.Alive(i) {
			continue
		}
		d := ipvs.Dest{
			Addr: rs.Addr, Port: rs.Port, Weight: rs.Weight, Method: methods[rs.Method], Tunnel: tunnelOf(rs.Tunnel),
			Upper: rs.UThreshold, Lower: rs.LThreshold,
		}
		if h.Weight != nil {
			d.Weight = h.Weight(i)
		}
		e.Dests = append(e.Dests, d)
	}
	return e
}

var methods = map[conf.Method]ipvs.Method{conf.NAT: ipvs.Masq, conf.DR: ipvs.Route, conf.TUN: ipvs.Tunnel}
