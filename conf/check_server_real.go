// SPDX-License-Identifier: Apache-2.0

package conf

import "math"

// make makes the real servers and their checks at the end of the block. There may be
// a great many, and their drafts are larger than what comes of them. All of a virtual server are
// made in one piece: what lives long leaves no holes then where drafts were.
func (d *draft) make(s *serverDraft) {
	s.made = make([]madeReal, 0, len(s.reals))
	fresh, n := s.fresh()
	reals, checks := make([]RealServer, fresh), make([]Checker, n)
	pointers := make([]*Checker, len(checks))
	for _, r := range s.reals {
		if r.known != nil {
			s.made = append(s.made, madeReal{out: r.known, known: true})
			continue
		}
		out := &reals[0]
		reals = reals[1:]
		*out = d.realServer(s, r)
		n := len(r.checkers)
		for k, c := range r.checkers {
			checks[k] = d.checker(s, r, c, out)
			pointers[k] = &checks[k]
		}
		if n > 0 {
			out.Checkers = pointers[:n:n]
		}
		checks, pointers = checks[n:], pointers[n:]
		out.settle(r)
		s.made = append(s.made, madeReal{out: out, smtp: r.smtp})
	}
	s.reals = nil
}

// settle notes what a later reading can know the server by. What depends on anything that may
// change without its lines, or is found by its place in memory, is read again each time.
func (r *RealServer) settle(d *realDraft) {
	r.written, r.origin = d.port, d.origin
	for _, c := range r.Checkers {
		secure := c.HTTP != nil && c.HTTP.TLS || c.GRPC != nil && c.GRPC.TLS
		if secure || c.Misc != nil || c.File != nil || c.BFD != nil {
			r.origin = 0
		}
	}
}

// fresh counts the real servers that are not known, and their checks.
func (s *serverDraft) fresh() (reals, checks int) {
	for _, r := range s.reals {
		if r.known == nil {
			reals++
			checks += len(r.checkers)
		}
	}
	return reals, checks
}

// realServer fills in what a real server inherits.
func (d *draft) realServer(s *serverDraft, r *realDraft) RealServer {
	fw := r.forward.or(forward{Method: NAT})
	return RealServer{
		Pos: r.pos, Addr: r.addr, Port: s.servicePort(r.endpoint, fw.Method), Weight: r.weight.orElse(s.weight).or(1),
		Inhibit: r.inhibit.orElse(s.inhibit).or(false), Alpha: r.alpha.orElse(s.alpha).or(false),
		ServerSettings: common(d.settings, ServerSettings{
			Method: fw.Method, Tunnel: fw.Tunnel, UThreshold: r.upper, LThreshold: r.lower,
			SlowStart: r.pace.slowStart.orElse(s.pace.slowStart).or(0), Drain: r.pace.drain.orElse(s.pace.drain).or(0),
			NotifyUp: r.hooks.up, NotifyDown: r.hooks.down, VirtualHost: r.vhost, SNMPName: r.snmp,
		}),
	}
}

// common gives the one copy of what many have alike.
func common[T comparable](all map[T]*T, x T) *T {
	if one, ok := all[x]; ok {
		return one
	}
	first := x
	all[x] = &first
	return &first
}

// reals takes over the real servers; a second one of the same address and port goes.
func (f *finisher) reals(s *serverDraft, out *VirtualServer) {
	// Written alike, and alike once a port that was left out is filled in: only the
	// first is a mistake to keepalived.
	const written, used = 1, 2
	seen := f.seen
	clear(seen)
	out.RealServers = make([]*RealServer, 0, len(s.made))
	for _, r := range s.made {
		rs, at := r.out, endpoint{r.out.Addr, r.out.written}
		if seen[at]&written != 0 {
			f.c.add(codeDuplicate, rs.Pos, "%s: real server %s is listed twice; ignored", s.title(), at)
			continue
		}
		seen[at] |= written
		f.portChanged(s, out, rs.Pos, "real server", at, rs.Method)
		e := endpoint{rs.Addr, rs.Port}
		if seen[e]&used != 0 {
			f.c.add(codeSameReal, rs.Pos, "%s: real server %s is listed twice; ignored", s.title(), e)
			continue
		}
		seen[e] |= used
		if !r.known { // others may be reading it
			rs.SMTPAlert = r.smtp.orElse(f.alertDefault()).or(true)
		}
		out.RealServers = append(out.RealServers, rs)
	}
}

// quorum keeps quorum and hysteresis within the weight that there is. Computed
// from the facts: a service whose servers all have weight 0 needs none.
func (f *finisher) quorum(s *serverDraft, out *VirtualServer) {
	total := 0
	for _, r := range out.RealServers {
		total = min(total+r.Weight, math.MaxInt64/2)
	}
	out.Quorum = s.quorum.or(1)
	if out.Quorum > total {
		pos := s.quorumPos
		if !s.quorum.ok {
			pos = s.pos
		}
		f.c.add(codeAdjusted, pos, "%s: quorum %d is more than the weight of all real servers together; %d is used", s.title(), out.Quorum, total)
		out.Quorum = total
	}
	out.Hysteresis = s.hysteresis.or(0)
	if limit := max(out.Quorum-1, 0); out.Hysteresis > limit {
		f.c.add(codeAdjusted, s.hystPos, "%s: hysteresis %d must be less than the quorum %d; %d is used", s.title(), out.Hysteresis, out.Quorum, limit)
		out.Hysteresis = limit
	}
}

// servicePort gives the port that traffic is sent to: only NAT can change it. Of a
// group the port of each entry is used.
func (s *serverDraft) servicePort(e endpoint, m Method) uint16 {
	if !s.isGroup && (m != NAT || e.port == 0) {
		return s.port
	}
	return e.port
}

// portChanged warns of a port that is not used as it is written.
func (f *finisher) portChanged(s *serverDraft, out *VirtualServer, pos Pos, what string, e endpoint, m Method) {
	switch {
	case m == NAT || e.port == 0:
	case out.Group != nil:
		f.groupPort(s, out, pos, what, e, m)
	case s.mark.ok:
		f.c.add(codeAdjusted, pos, "%s: %s cannot change the port, so %s %s is used without its port", s.title(), m, what, e)
	case e.port != s.port:
		f.c.add(codeAdjusted, pos, "%s: %s cannot change the port, so %s %s is used with port %d", s.title(), m, what, e, s.port)
	}
}

// groupPort warns of a port that not all entries of a group have. It stays: the
// port of each entry is used.
func (f *finisher) groupPort(s *serverDraft, out *VirtualServer, pos Pos, what string, e endpoint, m Method) {
	for _, g := range out.Group.Entries {
		if g.Mark() || g.Port != e.port || what != "real server" {
			f.c.add(codeAdjusted, pos, "%s: %s cannot change the port, so %s %s is used with the port of each entry", s.title(), m, what, e)
			break
		}
	}
}

// sorry makes the sorry server; one of another family goes unless it is behind a
// tunnel.
func (f *finisher) sorry(s *serverDraft, out *VirtualServer) {
	if s.sorry == nil {
		return
	}
	fw := s.sorry.forward.or(forward{Method: out.Method, Tunnel: out.Tunnel})
	if fw.Method != TUN && familyOf(s.sorry.addr) != s.family {
		f.c.add(codeFamily, s.sorry.addrPos, "sorry_server %s is not of the address family of %s; ignored", s.sorry.addr, s.title())
		return
	}
	out.Sorry = &SorryServer{Pos: s.sorry.pos, Addr: s.sorry.addr, Method: fw.Method, Tunnel: fw.Tunnel, Inhibit: s.sorry.inhibit}
	out.Sorry.Port = s.servicePort(s.sorry.endpoint, fw.Method)
	f.portChanged(s, out, s.sorry.pos, "sorry server", s.sorry.endpoint, fw.Method)
	f.sorryIsReal(s, out)
}

// sorryIsReal keeps a sorry server that is a real server as well from being
// treated in two ways.
func (f *finisher) sorryIsReal(s *serverDraft, out *VirtualServer) {
	for _, r := range out.RealServers {
		if r.Addr != out.Sorry.Addr || r.Port != out.Sorry.Port || r.Inhibit == out.Sorry.Inhibit {
			continue
		}
		f.c.add(codeAdjusted, out.Sorry.Pos, "%s: the sorry server is a real server as well; its inhibit is turned %s, as there", s.title(), onOff(r.Inhibit))
		out.Sorry.Inhibit = r.Inhibit
	}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
