// SPDX-License-Identifier: Apache-2.0

package conf

// groups makes the virtual_server_groups. Of two with one name both are kept, and
// the first is found.
func (f *finisher) groups() []*ServerGroup {
	var out []*ServerGroup
	for _, g := range f.d.groups {
		out = append(out, &ServerGroup{Name: g.name, Pos: g.pos, Entries: g.entries})
	}
	return out
}

// servers makes the virtual_servers.
func (f *finisher) servers(groups []*ServerGroup) []*VirtualServer {
	byName := map[string]*ServerGroup{}
	for _, g := range groups {
		if byName[g.Name] == nil {
			byName[g.Name] = g
		}
	}
	var out []*VirtualServer
	seen := map[serverKey]Pos{}
	used, alike := map[*ServerGroup]int{}, map[memberKey]int{}
	for _, s := range f.d.servers {
		vs := f.server(s, byName)
		if vs == nil {
			continue
		}
		f.sameServer(s, vs, seen)
		if vs.Group != nil {
			vs.GroupIndex = used[vs.Group]
			used[vs.Group]++
			k := memberKey{vs.Group, vs.Protocol}
			vs.ProtocolIndex = alike[k]
			alike[k]++
		}
		out = append(out, vs)
	}
	return out
}

// memberKey is what tells the virtual servers of groups apart, wherever they stand in the file.
type memberKey struct {
	group *ServerGroup
	proto Protocol
}

// serverKey is what the kernel tells services apart by.
type serverKey struct {
	at     endpoint
	mark   uint32
	family Family
	proto  Protocol
}

// sameServer reports a service that is there already. Services of one group may be
// several, as keepalived numbers them.
func (f *finisher) sameServer(s *serverDraft, vs *VirtualServer, seen map[serverKey]Pos) {
	if vs.Group != nil {
		return
	}
	k := serverKey{endpoint{vs.Addr, vs.Port}, vs.FWMark, vs.Family, vs.Protocol}
	if first, ok := seen[k]; ok {
		f.c.addHint(codeSameKey, s.pos, "put all real servers into one block", "%s is already defined on line %d: the kernel has one service for both", s.title(), first.Line)
		return
	}
	seen[k] = s.pos
}

// server makes a virtual_server; nil if it serves nothing. The order is
// keepalived's.
func (f *finisher) server(s *serverDraft, groups map[string]*ServerGroup) *VirtualServer {
	if len(s.made) == 0 {
		f.c.add(codeDropped, s.pos, "%s has no real servers; it is ignored", s.title())
		return nil
	}
	fw := s.forward.or(forward{Method: NAT})
	out := &VirtualServer{
		origin: s.origin,
		Pos:    s.pos, Addr: s.addr, Port: s.port, FWMark: s.mark.or(0), Family: s.family,
		Protocol: s.protocol.or(0), Scheduler: s.scheduler.or("wlc"), Flags: s.flags, OnePacket: s.ops.ok,
		Method: fw.Method, Tunnel: fw.Tunnel,
		Persistence: s.persistence.or(0), PersistenceMask: s.mask, PersistenceEngine: s.engine,
		QuorumUp: s.hooks.up, QuorumDown: s.hooks.down, HASuspend: s.haPos.ok, Omega: s.omega, WeightBy: s.weightBy,
		SMTPAlert: s.smtp.orElse(f.alertDefault()).or(false), VirtualHost: s.vhost, SNMPName: s.snmp,
	}
	if s.isGroup && !f.joinGroup(s, out, groups) {
		return nil
	}
	f.serverDefaults(s, out)
	f.reals(s, out)
	f.quorum(s, out)
	f.sorry(s, out)
	return out
}

// joinGroup finds the group of a server and says whether their families fit.
func (f *finisher) joinGroup(s *serverDraft, out *VirtualServer, groups map[string]*ServerGroup) bool {
	if out.Group = groups[s.group.Text]; out.Group == nil {
		f.c.add(codeNoGroup, s.group.Pos, "virtual_server_group %s is not defined; the virtual server is ignored", s.group.Text)
		return false
	}
	have := map[Family]bool{}
	for _, e := range out.Group.Entries {
		switch {
		case !e.Mark():
			have[familyOf(e.First)] = true
		case e.Family != 0:
			have[e.Family] = true
		}
	}
	switch {
	case allTunnelled(s):
		if len(have) > 1 {
			out.Family = 0
		}
		return true
	case len(have) > 1:
		f.c.add(codeGroupFamily, s.group.Pos, "virtual_server_group %s has IPv4 and IPv6, which only real servers behind TUN can serve; the virtual server is ignored", s.group.Text)
		return false
	case len(have) == 1 && !have[s.family]:
		f.c.add(codeGroupFamily, s.group.Pos, "virtual_server_group %s is not of the address family of its real servers; the virtual server is ignored", s.group.Text)
		return false
	}
	return true
}

func allTunnelled(s *serverDraft) bool {
	for _, r := range s.made {
		if r.out.Method != TUN {
			return false
		}
	}
	return true
}

// standsFor tells what a server stands for: addresses, marks, entries without a port.
func standsFor(s *serverDraft, out *VirtualServer) (addresses, marks, noPort bool) {
	if out.Group == nil {
		return !s.mark.ok, s.mark.ok, !s.mark.ok && s.port == 0
	}
	for _, e := range out.Group.Entries {
		addresses = addresses || !e.Mark()
		marks = marks || e.Mark()
		noPort = noPort || !e.Mark() && e.Port == 0
	}
	return addresses, marks, noPort
}

func (f *finisher) serverDefaults(s *serverDraft, out *VirtualServer) {
	addresses, marks, noPort := standsFor(s, out)
	if marks && out.HASuspend {
		f.c.add(codeAdjusted, s.haPos.val, "%s: ha_suspend needs an address and is turned off for a firewall mark", s.title())
		out.HASuspend = false
	}
	if s.mask != 0 && out.Persistence == 0 {
		out.Persistence = defaultPersistence
	}
	if addresses {
		f.serviceDefaults(s, out, noPort)
	} else if s.protocol.ok {
		f.c.add(codeProtocol, s.protocolPos, "%s: the protocol of a firewall mark is that of its packets; the protocol is ignored", s.title())
		out.Protocol = 0
	}
	if !s.scheduler.ok {
		f.c.add(codeDefault, s.pos, "%s: no lvs_sched set; wlc is used", s.title())
	}
	if !s.forward.ok {
		f.c.add(codeDefault, s.pos, "%s: no lvs_method set; NAT is used", s.title())
	}
}

// serviceDefaults are the rules of services with an address.
func (f *finisher) serviceDefaults(s *serverDraft, out *VirtualServer, noPort bool) {
	if !s.protocol.ok {
		out.Protocol = UDP
		f.c.addHint(codeDefault, s.pos, "write protocol TCP or protocol UDP", "%s: no protocol set; UDP is used", s.title())
	}
	if out.OnePacket && out.Protocol != UDP {
		f.c.add(codeAdjusted, s.ops.val, "%s: ops is for protocol UDP only and is turned off", s.title())
		out.OnePacket = false
	}
	if noPort && out.Persistence == 0 {
		out.Persistence = defaultPersistence
		f.c.add(codeDefault, s.pos, "%s: a service on all ports must be persistent; persistence_timeout 360 is used", s.title())
	}
}
