// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

func enterServer(d *decoder, _ any, n *Node) any {
	s := &serverDraft{pos: n.Pos, origin: n.origin, reals: d.list[:0]}
	a, ok := n.arg(0)
	switch {
	case ok && a.Text == "fwmark":
		ok = d.serverMark(s, n)
	case ok && a.Text == "group":
		s.isGroup = true
		s.group, ok = d.need(n, 1)
	default:
		var e endpoint
		e, ok = d.endpoint(n)
		s.addr, s.port = e.addr, e.port
		if ok {
			s.family = familyOf(e.addr)
		}
	}
	if !ok {
		return nil
	}
	d.draft.servers = append(d.draft.servers, s)
	return s
}

// families are the words for address families.
var families = map[string]Family{"inet": IPv4, "inet6": IPv6}

// serverMark reads fwmark NUMBER [inet|inet6].
func (d *decoder) serverMark(s *serverDraft, n *Node) bool {
	a, ok := d.need(n, 1)
	if !ok {
		return false
	}
	// Mark 0 is that of every packet that has none.
	v, ok := d.integer(a, "virtual_server fwmark", 1, float64(^uint32(0)))
	if !ok {
		return false
	}
	s.mark = some(uint32(v.(int)))
	if f, more := n.arg(2); more {
		if s.familyWord, s.familyPos = families[f.Text], f.Pos; s.familyWord == 0 {
			d.c.addHint(codeArgLost, f.Pos, "write inet or inet6", "virtual_server fwmark: unknown address family %q; ignored", f.Text)
		}
	}
	return true
}

// leaveServer makes the real servers and decides the family of what none was given for. The word behind a mark
// comes after ip_family and the real servers, as to keepalived it means nothing.
func leaveServer(d *decoder, _, draft any, _ *Node) {
	s := draft.(*serverDraft)
	if s.family == 0 {
		s.family = s.familyWord
	}
	if s.familyWord != 0 && s.familyWord != s.family {
		d.c.add(codeArgLost, s.familyPos, "%s: its address family is that of its real servers, IPv%d", s.title(), s.family)
	}
	if s.family == 0 {
		s.familyOfReals()
	}
	d.list = s.reals
	d.draft.make(s)
	d.reals.reset()
	d.checkers.reset()
}

// familyOfReals takes the family of real servers behind tunnels.
func (s *serverDraft) familyOfReals() {
	for _, r := range s.reals {
		switch f := familyOf(r.addr); {
		case s.family == 0:
			s.family = f
		case s.family != f:
			// Behind tunnels both may serve; the service itself is IPv4.
			s.family = IPv4
			return
		}
	}
}

func serverFamily(d *decoder, s *serverDraft, word string, n *Node) {
	f := families[word]
	if s.family != 0 && s.family != f {
		d.c.add(codeFamily, n.Args[0].Pos, "ip_family %s is not the address family of %s; ignored", word, s.title())
		return
	}
	s.family = f
}

func serverGranularity(d *decoder, s *serverDraft, word string, n *Node) {
	family := s.family
	if family == 0 && strings.Contains(word, ".") {
		family = IPv4
	}
	mask, ok := uint32(0), false
	if family == IPv4 {
		mask, ok = netmask(word)
	} else {
		mask, ok = prefixLength(word)
	}
	if !ok {
		d.c.addHint(codeValue, n.Args[0].Pos, "write a netmask such as 255.255.255.0 for IPv4, a prefix length from 1 to 128 for IPv6",
			"persistence_granularity: %q is not a mask of %s; ignored", word, s.title())
		return
	}
	if s.mask = mask; s.family == 0 && family == IPv4 {
		s.family = IPv4
	} else if s.family == 0 {
		s.family = IPv6
	}
}

// netmask reads an IPv4 netmask: four numbers, or one for all of it.
func netmask(word string) (uint32, bool) {
	if n, err := strconv.ParseUint(word, 10, 32); err == nil {
		return uint32(n), true
	}
	a, err := netip.ParseAddr(word)
	if err != nil || !a.Is4() {
		return 0, false
	}
	b := a.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]), true
}

func prefixLength(word string) (uint32, bool) {
	n, err := strconv.ParseUint(word, 10, 8)
	return uint32(n), err == nil && n >= 1 && n <= 128
}

// flagFits says whether a flag belongs to the scheduler that was given before it. The
// two that hash mean the same by their flags and take each other's.
func (d *decoder) flagFits(s *serverDraft, scheduler string, n *Node) bool {
	if have := s.scheduler.or(""); scheduler == "" || have == "sh" || have == "mh" {
		return true
	}
	d.c.addHint(codeConflict, n.Pos, "put it behind lvs_sched "+scheduler, "%s only applies to the scheduler %s; ignored", n.Key, scheduler)
	return false
}

func serverHashed(d *decoder, s *serverDraft, _ bool, n *Node) {
	if d.flagFits(s, "sh", n) && d.c.first("no effect "+n.Key) {
		d.c.add(codeNoEffect, n.Pos, "hashed has no effect: the scheduler sh always hashes")
	}
}

// hook takes a script; the first one stands.
func (d *decoder) hook(into **Command, c Command, n *Node) {
	if *into != nil {
		d.c.add(codeDuplicate, n.Pos, "%s is already given on line %d; ignored", n.Key, (*into).Pos.Line)
		return
	}
	*into = &c
}

// behindSorry says whether the server that an option belongs to is there.
func (d *decoder) behindSorry(s *serverDraft, n *Node) bool {
	if s.sorry == nil {
		d.c.addHint(codeConflict, n.Pos, "put it behind sorry_server", "%s without a sorry_server before it; ignored", n.Key)
	}
	return s.sorry != nil
}

func enterReal(d *decoder, parent any, n *Node) any {
	if n.known != nil {
		return d.knownReal(n)
	}
	e, ok := d.endpoint(n)
	if !ok {
		return nil
	}
	// The method is that which stands before the real server.
	r := d.reals.next()
	r.origin, r.said = n.origin, d.c.calls
	r.pos, r.addrPos, r.endpoint, r.forward = n.Pos, n.Args[0].Pos, e, parent.(*serverDraft).forward
	return r
}

// knownReal is the draft of a real server that was read before.
func (d *decoder) knownReal(n *Node) *realDraft {
	r := d.reals.next()
	r.known = n.known
	if d.moves {
		n.known.Pos = n.Pos
	}
	r.pos, r.addrPos = n.Pos, n.Pos
	r.endpoint = endpoint{n.known.Addr, n.known.written}
	r.forward = some(forward{Method: n.known.Method, Tunnel: n.known.Tunnel})
	return r
}

// leaveReal adds a real server if its family fits: what is not behind a tunnel
// must have that of the virtual server.
func leaveReal(d *decoder, parent, draft any, _ *Node) {
	s, r := parent.(*serverDraft), draft.(*realDraft)
	if d.c.calls != r.said {
		r.origin = 0 // there is something to say of it, at each reading
	}
	if r.forward.val.Method != TUN {
		f := familyOf(r.addr)
		if s.family == 0 {
			s.family = f
		}
		if s.family != f {
			d.c.add(codeFamily, r.addrPos, "real_server %s is not of the address family of %s; ignored", r.addr, s.title())
			return
		}
	}
	s.reals = append(s.reals, r)
}

// title names a virtual server in diagnostics.
func (s *serverDraft) title() string {
	switch {
	case s.isGroup:
		return "virtual server group " + s.group.Text
	case s.mark.ok:
		return fmt.Sprintf("virtual server fwmark %d", s.mark.val)
	default:
		return fmt.Sprintf("virtual server %s", endpoint{s.addr, s.port})
	}
}
