// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"time"
)

// Built-in values of checkers.
const (
	defaultDelayLoop      = 60 * time.Second
	defaultConnectTimeout = 5 * time.Second
	defaultRetry          = 1
	defaultRetryDelay     = time.Second
)

// server makes a virtual_server; nil if it serves nothing. The order is
// keepalived's.
func (f *finisher) server(s *serverDraft) *VirtualServer {
	if len(s.reals) == 0 {
		f.c.add(codeDropped, s.pos, "%s has no real servers; it is ignored", s.title())
		return nil
	}
	out := &VirtualServer{
		Pos: s.pos, Addr: s.addr, Port: s.port,
		Protocol: s.protocol.or(UDP), Scheduler: s.scheduler.or("wlc"), Method: s.method.or(NAT),
		Persistence: s.persistence.or(0),
	}
	f.serverDefaults(s, out)
	f.reals(s, out)
	f.quorum(s, out)
	f.sorry(s, out)
	return out
}

func (f *finisher) serverDefaults(s *serverDraft, out *VirtualServer) {
	if !s.protocol.ok {
		f.c.addHint(codeDefault, s.pos, "write protocol TCP or protocol UDP", "%s: no protocol set; UDP is used", s.title())
	}
	if out.Port == 0 && out.Persistence == 0 {
		out.Persistence = defaultPersistence
		f.c.add(codeDefault, s.pos, "%s: a service on all ports must be persistent; persistence_timeout 360 is used", s.title())
	}
	if !s.scheduler.ok {
		f.c.add(codeDefault, s.pos, "%s: no lvs_sched set; wlc is used", s.title())
	}
	if !s.method.ok {
		f.c.add(codeDefault, s.pos, "%s: no lvs_method set; NAT is used", s.title())
	}
}

// reals makes the real servers; a second one of the same address and port goes.
func (f *finisher) reals(s *serverDraft, out *VirtualServer) {
	seen := map[endpoint]bool{}
	for _, r := range s.reals {
		rs := &RealServer{
			Pos: r.pos, Addr: r.addr, Port: r.port, Method: r.method.or(out.Method),
			Weight: r.weight.orElse(s.weight).or(1),
		}
		rs.Port = f.servicePort(s, r.pos, "real server", endpoint{r.addr, r.port}, rs.Method)
		if e := (endpoint{rs.Addr, rs.Port}); seen[e] {
			f.c.add(codeDuplicate, r.pos, "%s: real server %s is listed twice; ignored", s.title(), e)
			continue
		} else {
			seen[e] = true
		}
		for _, c := range r.checkers {
			rs.Checkers = append(rs.Checkers, f.checker(s, r, c, rs))
		}
		out.RealServers = append(out.RealServers, rs)
	}
}

// servicePort gives the port that traffic is sent to: only NAT can change it.
func (f *finisher) servicePort(s *serverDraft, pos Pos, what string, e endpoint, m Method) uint16 {
	switch {
	case e.port == 0:
		return s.port
	case m != NAT && e.port != s.port:
		f.c.add(codeAdjusted, pos, "%s: %s cannot change the port, so %s %s is used with port %d", s.title(), m, what, e, s.port)
		return s.port
	default:
		return e.port
	}
}

// checker fills in what a check inherits: from the real server, the virtual
// server, and the built-in values.
func (f *finisher) checker(s *serverDraft, r *realDraft, c *checkerDraft, rs *RealServer) *Checker {
	t := c.inherit(r.timing).inherit(s.timing)
	loop := t.delayLoop.or(defaultDelayLoop)
	out := &Checker{
		Pos: c.pos, Kind: c.kind, ConnectIP: rs.Addr, ConnectPort: uint16(c.port.or(int(rs.Port))),
		ConnectTimeout: t.connectTimeout.or(defaultConnectTimeout), DelayLoop: loop,
		Warmup: t.warmup.or(loop), Retry: t.retry.or(defaultRetry), RetryDelay: t.retryDelay.or(defaultRetryDelay),
	}
	if c.ip.IsValid() {
		out.ConnectIP = c.ip
	}
	if out.BindIP = c.bind; c.bind.IsValid() && c.bind.Is4() != out.ConnectIP.Is4() {
		f.c.add(codeFamily, c.pos, "%s: bindto %s is not of the address family of %s; ignored", c.kind, c.bind, out.ConnectIP)
		out.BindIP = netip.Addr{}
	}
	return out
}

// quorum keeps quorum and hysteresis within the weight that there is. Computed
// from the facts: a service whose servers all have weight 0 needs none.
func (f *finisher) quorum(s *serverDraft, out *VirtualServer) {
	total := 0
	for _, r := range out.RealServers {
		total += r.Weight
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

func (f *finisher) sorry(s *serverDraft, out *VirtualServer) {
	if s.sorry == nil {
		return
	}
	e := *s.sorry
	if e.Method == "" {
		e.Method = out.Method
	}
	e.Method = s.sorryMethod.or(e.Method)
	e.Port = f.servicePort(s, e.Pos, "sorry server", endpoint{e.Addr, e.Port}, e.Method)
	out.Sorry = &e
}
