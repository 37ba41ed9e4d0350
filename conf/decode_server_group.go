// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// enterGroup reads the whole of a virtual_server_group: its lines are entries.
func enterGroup(d *decoder, _ any, n *Node) any {
	name, ok := d.need(n, 0)
	if !ok {
		return nil
	}
	if extra, more := n.arg(1); more {
		d.c.add(codeExtraArg, extra.Pos, "virtual_server_group takes one name; %q before its '{' is ignored", extra.Text)
	}
	g := &groupDraft{name: name.Text, pos: n.Pos}
	for _, l := range n.Children {
		if l.Block {
			d.c.add(codeBrace, l.Open, "unexpected '{' in the list %s; the block is ignored", n.Key)
			continue
		}
		if e, ok := d.groupEntry(l); ok {
			e.Pos = l.Pos
			g.entries = append(g.entries, e)
		}
	}
	if len(g.entries) == 0 {
		d.c.add(codeDropped, n.Pos, "virtual_server_group %s has no entries; it is ignored", g.name)
		return nil
	}
	d.draft.groups = append(d.draft.groups, g)
	return nil
}

// groupEntry reads fwmark NUMBER [inet|inet6], or addresses with a port.
func (d *decoder) groupEntry(l *Node) (GroupEntry, bool) {
	if l.Key == "fwmark" {
		return d.groupMark(l)
	}
	e, ok := d.groupRange(Arg{Text: l.Key, Pos: l.Pos})
	if p, more := l.arg(0); ok && more {
		e.Port, ok = d.port(p, "virtual_server_group")
	}
	return e, ok
}

func (d *decoder) groupMark(l *Node) (GroupEntry, bool) {
	a, ok := d.need(l, 0)
	if !ok {
		return GroupEntry{}, false
	}
	v, ok := d.integer(a, "virtual_server_group fwmark", 0, math.MaxUint32)
	if !ok {
		return GroupEntry{}, false
	}
	e := GroupEntry{FWMark: uint32(v.(int))}
	f, more := l.arg(1)
	if e.Family = families[f.Text]; more && e.Family == 0 {
		d.c.add(codeValue, f.Pos, "virtual_server_group fwmark: unknown address family %q, not inet or inet6; ignored", f.Text)
		return e, false
	}
	return e, true
}

// groupRange reads ADDR, ADDR/LEN, ADDR-ADDR, or ADDR-N, where N is the last part
// of the last address: decimal for IPv4, hexadecimal for IPv6.
func (d *decoder) groupRange(a Arg) (GroupEntry, bool) {
	first, end, isRange := strings.Cut(a.Text, "-")
	switch {
	case !isRange && strings.Contains(a.Text, "/"):
		return d.groupPrefix(a)
	case !isRange:
		addr, ok := d.groupAddr(a, a.Text)
		return GroupEntry{First: addr, Last: addr}, ok
	}
	from, ok := d.groupAddr(a, first)
	if !ok {
		return GroupEntry{}, false
	}
	if strings.ContainsAny(end, ".:") {
		to, ok := d.groupAddr(a, end)
		return d.groupSpan(a, from, to, ok, 0)
	}
	to, ok := lastPart(from, end)
	if !ok {
		d.c.add(codeValue, a.Pos, "virtual_server_group: %q cannot end a range that begins with %s; ignored", end, first)
	}
	return d.groupSpan(a, from, to, ok, 1)
}

// groupSpan makes the range from first to last, which has at least more addresses
// after the first.
func (d *decoder) groupSpan(a Arg, first, last netip.Addr, ok bool, more int) (GroupEntry, bool) {
	if !ok {
		return GroupEntry{}, false
	}
	if first.Is4() != last.Is4() || last.Compare(first) < more {
		d.c.add(codeValue, a.Pos, "virtual_server_group: the range %s does not end behind its beginning; ignored", a.Text)
		return GroupEntry{}, false
	}
	return GroupEntry{First: first, Last: last}, true
}

// lastPart gives the address that differs from a in its last part alone.
func lastPart(a netip.Addr, part string) (netip.Addr, bool) {
	if a.Is4() {
		n, err := strconv.ParseUint("0"+part, 10, 8)
		b := a.As4()
		b[3] = byte(n)
		return netip.AddrFrom4(b), err == nil
	}
	n, err := strconv.ParseUint("0"+part, 16, 16)
	b := a.As16()
	b[14], b[15] = byte(n>>8), byte(n)
	return netip.AddrFrom16(b), err == nil
}

// groupPrefix gives all addresses of a prefix, the first and the last included.
func (d *decoder) groupPrefix(a Arg) (GroupEntry, bool) {
	p, err := netip.ParsePrefix(a.Text)
	if err != nil || p.Bits() < 1 {
		d.c.addHint(codeAddress, a.Pos, placeholder(a.Text), "virtual_server_group: %q is not a range of addresses; ignored", a.Text)
		return GroupEntry{}, false
	}
	if p != p.Masked() {
		d.c.addHint(codeAddress, a.Pos, "did you mean "+p.Masked().String()+"?",
			"virtual_server_group: %s has bits behind its prefix; ignored", a.Text)
		return GroupEntry{}, false
	}
	return GroupEntry{First: p.Addr(), Last: lastOf(p)}, true
}

// lastOf gives the last address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	last, _ := netip.AddrFromSlice(b)
	return last
}

func (d *decoder) groupAddr(a Arg, text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		d.c.addHint(codeAddress, a.Pos, placeholder(a.Text), "virtual_server_group: %q is not an IP address; ignored", text)
		return addr, false
	}
	return addr, true
}
