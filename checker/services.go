// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"fmt"
	"net/netip"
	"slices"

	"vipward/conf"
	"vipward/ipvs"
)

// serverKey tells virtual servers apart, over reloads and restarts. Those of a
// group may have services in common, so no key of the kernel's is one.
type serverKey string

func keyOf(vs *conf.VirtualServer) serverKey {
	if vs.Group != nil {
		return serverKey(fmt.Sprintf("group %s %s #%d", vs.Group.Name, protocols[uint8(vs.Protocol)], vs.ProtocolIndex))
	}
	return serverKey(service(vs).String())
}

// service is what the kernel is told about vs, whose only service it is unless
// vs is a group: then it has no key yet.
func service(vs *conf.VirtualServer) ipvs.Service {
	s := ipvs.Service{
		Scheduler: vs.Scheduler,
		Timeout:   vs.Persistence,
		Flags:     uint32(vs.Flags),
		Engine:    vs.PersistenceEngine,
	}
	if vs.OnePacket {
		s.Flags |= ipvs.OnePacket
	}
	switch {
	case vs.Group != nil:
	case vs.FWMark != 0:
		s.Key = markKey(vs.FWMark, vs.Family)
	default:
		s.Key = ipvs.Key{Protocol: uint8(vs.Protocol), Addr: vs.Addr, Port: vs.Port}
	}
	s.Netmask = netmask(vs, s.Addr)
	return s
}

func markKey(mark uint32, family conf.Family) ipvs.Key {
	if family == conf.IPv6 {
		return ipvs.Key{FWMark: mark, Addr: netip.IPv6Unspecified()}
	}
	return ipvs.Key{FWMark: mark, Addr: netip.IPv4Unspecified()}
}

// netmask is the persistence mask for a service at addr. A mask of the other
// family, which only a group of both can have, does not apply.
func netmask(vs *conf.VirtualServer, addr netip.Addr) uint32 {
	prefixLength := vs.PersistenceMask <= 128
	if vs.PersistenceMask == 0 || prefixLength == addr.Is4() {
		return ipvs.FullMask(addr)
	}
	return vs.PersistenceMask
}

// services are all services of vs.
func services(vs *conf.VirtualServer) []ipvs.Service {
	s := service(vs)
	if vs.Group == nil {
		return []ipvs.Service{s}
	}
	var all []ipvs.Service
	for _, k := range groupKeys(vs) {
		s.Key, s.Netmask = k, netmask(vs, k.Addr)
		all = append(all, s)
	}
	return all
}

// groupKeys gives the keys of all entries of a group, each once.
func groupKeys(vs *conf.VirtualServer) []ipvs.Key {
	var keys []ipvs.Key
	seen := map[ipvs.Key]bool{}
	add := func(k ipvs.Key) {
		if !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	if vs.Mark != 0 {
		for _, family := range marked(vs.Group) {
			add(markKey(vs.Mark, family))
		}
		return keys
	}
	for _, e := range vs.Group.Entries {
		if e.Mark() {
			family := e.Family
			if family == 0 {
				family = vs.Family
			}
			add(markKey(e.FWMark, family))
			continue
		}
		for a := e.First; a.IsValid() && !e.Last.Less(a); a = a.Next() {
			add(ipvs.Key{Protocol: uint8(vs.Protocol), Addr: a, Port: e.Port})
		}
	}
	return keys
}

// expand multiplies the entry that a virtual server should have over its
// services.
func expand(vs *conf.VirtualServer, e ipvs.Entry) ipvs.Table {
	if vs.Group == nil {
		return ipvs.Table{e}
	}
	var t ipvs.Table
	for _, s := range services(vs) {
		t = append(t, ipvs.Entry{Service: s, Dests: destsAt(s, e.Dests)})
	}
	return t
}

// destsAt gives the destinations for one service of a group: only NAT can
// change the port, so the others get that of the service.
func destsAt(s ipvs.Service, dests []ipvs.Dest) []ipvs.Dest {
	out := make([]ipvs.Dest, 0, len(dests))
	for _, d := range dests {
		if d.Method != ipvs.Masq {
			d.Port = s.Port
		}
		out = append(out, d)
	}
	return distinct(out)
}

// distinct leaves out what names a destination again.
func distinct(dests []ipvs.Dest) []ipvs.Dest {
	seen := make(map[netip.AddrPort]bool, len(dests))
	return slices.DeleteFunc(dests, func(d ipvs.Dest) bool {
		again := seen[d.Server()]
		seen[d.Server()] = true
		return again
	})
}

var tunnels = map[string]ipvs.TunnelType{"gue": ipvs.GUE, "gre": ipvs.GRE}

// tunnelOf is how packets are wrapped: nil means plain IP.
func tunnelOf(t *conf.Tunnel) ipvs.TunnelOptions {
	if t == nil {
		return ipvs.TunnelOptions{}
	}
	out := ipvs.TunnelOptions{Type: tunnels[t.Type], Port: t.Port}
	switch t.Checksum {
	case "csum":
		out.Flags = ipvs.TunnelChecksum
	case "remcsum":
		out.Flags = ipvs.TunnelRemoteChecksum
	}
	return out
}
