// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Attributes that x/sys lacks.
const (
	lwtID    = 1 // LWTUNNEL_IP_ID and LWTUNNEL_IP6_ID, and so on
	lwtDst   = 2
	lwtSrc   = 3
	lwtTTL   = 4
	lwtTOS   = 5
	lwtFlags = 6

	mplsDst    = 1 // MPLS_IPTUNNEL_DST
	ilaLocator = 1 // ILA_ATTR_LOCATOR

	sizeofRtNexthop = 8
)

// routeRequest appends an rtmsg. A deletion names all that the kernel compares, so that of
// several equal routes ours is found; the metrics it changes on the way in are left out.
func (e *encoder) routeRequest(op Op, seq uint32) {
	r := op.Route
	typ, flags := uint16(unix.RTM_DELROUTE), uint16(flagsAny)
	if op.Add {
		typ, flags = unix.RTM_NEWROUTE, flagsAdd|createFlags(r.Create)
	}
	at := e.begin(typ, flags, seq)
	e.rtmsg(r)
	if r.Dst.Bits() > 0 {
		e.addr(unix.RTA_DST, r.Dst.Masked().Addr())
	}
	if r.From.Bits() > 0 {
		e.addr(unix.RTA_SRC, r.From.Masked().Addr())
	}
	e.u32(unix.RTA_TABLE, r.Table)
	if r.Metric != 0 {
		e.u32(unix.RTA_PRIORITY, r.Metric)
	}
	e.addr(unix.RTA_PREFSRC, r.Src)
	e.hops(r)
	if op.Add {
		e.routeAttrs(r)
	}
	e.end(at)
}

func createFlags(c Create) uint16 {
	switch c {
	case Append:
		return unix.NLM_F_APPEND
	case AddOnly:
		return unix.NLM_F_EXCL
	case Prepend:
		// That is what the kernel does when it is told nothing.
	}
	return 0
}

func (e *encoder) rtmsg(r *Route) {
	table := uint8(unix.RT_TABLE_UNSPEC)
	if r.Table <= 0xff {
		table = uint8(r.Table)
	}
	var flags uint32
	if len(r.Hops) == 1 && r.Hops[0].OnLink {
		flags = unix.RTNH_F_ONLINK
	}
	from := max(r.From.Bits(), 0) // of no prefix it is -1
	e.fixed(family(is4(r.Dst)), uint8(r.Dst.Bits()), uint8(from), r.TOS, table, r.Protocol, r.Scope, r.Type)
	e.fixed32(flags)
}

// routeAttrs appends what only a new route has.
func (e *encoder) routeAttrs(r *Route) {
	if len(r.Metrics) > 0 || r.CongCtl != "" {
		e.nest(unix.RTA_METRICS, func() { e.metrics(r) })
	}
	if r.Expires != 0 {
		e.u32(unix.RTA_EXPIRES, r.Expires)
	}
	if r.Pref != nil {
		e.u8(unix.RTA_PREF, *r.Pref)
	}
	if r.TTLPropagate != nil {
		var v uint8
		if *r.TTLPropagate {
			v = 1
		}
		e.u8(unix.RTA_TTL_PROPAGATE, v)
	}
}

func (e *encoder) metrics(r *Route) {
	var locks uint32
	for _, m := range r.Metrics {
		e.u32(m.ID, m.Value)
		if m.Lock {
			locks |= 1 << m.ID
		}
	}
	if r.CongCtl != "" {
		e.text(unix.RTAX_CC_ALGO, r.CongCtl)
		if r.CongLock {
			locks |= 1 << unix.RTAX_CC_ALGO
		}
	}
	if locks != 0 {
		e.u32(unix.RTAX_LOCK, locks)
	}
}

// hops appends where the route leads to.
func (e *encoder) hops(r *Route) {
	switch len(r.Hops) {
	case 0:
	case 1:
		if r.Hops[0].Index != 0 {
			e.u32(unix.RTA_OIF, uint32(r.Hops[0].Index))
		}
		e.hop(r, &r.Hops[0])
	default:
		e.nest(unix.RTA_MULTIPATH, func() {
			for i := range r.Hops {
				e.nexthop(r, &r.Hops[i])
			}
		})
	}
}

// nexthop appends an rtnexthop.
func (e *encoder) nexthop(r *Route, h *NextHop) {
	at := len(e.b)
	e.b = append(e.b, make([]byte, sizeofRtNexthop)...)
	if h.OnLink {
		e.b[at+2] = unix.RTNH_F_ONLINK
	}
	e.b[at+3] = uint8(max(h.Weight, 1) - 1)
	binary.NativeEndian.PutUint32(e.b[at+4:], uint32(h.Index))
	e.hop(r, h)
	binary.NativeEndian.PutUint16(e.b[at:], uint16(len(e.b)-at))
}

// hop appends the attributes of one way.
func (e *encoder) hop(r *Route, h *NextHop) {
	switch {
	case !h.Via.IsValid():
	case h.Via.Is4() == is4(r.Dst):
		e.addr(unix.RTA_GATEWAY, h.Via)
	default:
		via := binary.NativeEndian.AppendUint16(nil, uint16(family(h.Via.Is4())))
		e.attr(unix.RTA_VIA, append(via, h.Via.AsSlice()...))
	}
	if h.Realms != 0 {
		e.u32(unix.RTA_FLOW, h.Realms)
	}
	if h.Encap != nil {
		e.u16(unix.RTA_ENCAP_TYPE, h.Encap.Type)
		e.nest(unix.RTA_ENCAP, func() { e.encap(h.Encap) })
	}
}

func (e *encoder) encap(t *Encap) {
	switch t.Type {
	case unix.LWTUNNEL_ENCAP_MPLS:
		e.attr(mplsDst, labelStack(t.Labels))
	case unix.LWTUNNEL_ENCAP_ILA:
		e.be64(ilaLocator, t.Locator)
	default:
		e.encapIP(t)
	}
}

// encapIP appends what encap ip and ip6 share.
func (e *encoder) encapIP(t *Encap) {
	if t.ID != 0 {
		e.be64(lwtID, t.ID)
	}
	e.addr(lwtDst, t.Dst)
	e.addr(lwtSrc, t.Src)
	if t.TTL != 0 {
		e.u8(lwtTTL, t.TTL)
	}
	if t.TOS != 0 {
		e.u8(lwtTOS, t.TOS)
	}
	if t.Flags != 0 {
		e.attr(lwtFlags, binary.BigEndian.AppendUint16(nil, t.Flags))
	}
}

// labelStack encodes labels as RFC 3032 section 2.1: label, class, bottom of stack, TTL.
func labelStack(labels []uint32) []byte {
	var b []byte
	for i, l := range labels {
		entry := l << 12
		if i == len(labels)-1 {
			entry |= 1 << 8
		}
		b = binary.BigEndian.AppendUint32(b, entry)
	}
	return b
}
