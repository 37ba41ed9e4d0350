// SPDX-License-Identifier: Apache-2.0

package netif

import "golang.org/x/sys/unix"

const (
	flagsAny = unix.NLM_F_REQUEST | unix.NLM_F_ACK
	flagsAdd = flagsAny | unix.NLM_F_CREATE

	ifaProto = 11 // IFA_PROTO, not in x/sys

	forever = ^uint32(0)
)

// request appends one operation.
func (e *encoder) request(op Op, seq uint32) {
	switch {
	case op.Route != nil:
		e.routeRequest(op, seq)
	case op.Rule != nil:
		e.ruleRequest(op, seq)
	default:
		e.addrRequest(op, seq)
	}
}

func family(is4 bool) uint8 {
	if is4 {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// addrRequest appends an ifaddrmsg. A peer has to be named in a deletion as well, or the
// kernel finds no such address.
func (e *encoder) addrRequest(op Op, seq uint32) {
	a := op.Addr
	typ, flags, scope := uint16(unix.RTM_DELADDR), uint16(flagsAny), uint8(0)
	if op.Add {
		typ, flags, scope = unix.RTM_NEWADDR, flagsAdd|unix.NLM_F_EXCL, uint8(a.Scope)
	}
	at := e.begin(typ, flags, seq)
	e.fixed(family(is4(a.Prefix)), uint8(a.Prefix.Bits()), 0, scope)
	e.fixed32(uint32(a.Index))
	local := a.Prefix.Addr()
	e.addr(unix.IFA_LOCAL, local)
	if a.Peer.IsValid() {
		local = a.Peer
	}
	e.addr(unix.IFA_ADDRESS, local)
	if op.Add {
		e.addrAttrs(*a)
	}
	e.end(at)
}

// addrAttrs appends what only a new address has. A kernel older than 5.18 skips the origin.
func (e *encoder) addrAttrs(a Addr) {
	e.u8(ifaProto, Protocol)
	if flags := addrFlags(a); flags != 0 {
		e.u32(unix.IFA_FLAGS, flags)
	}
	if is4(a.Prefix) {
		e.addr(unix.IFA_BROADCAST, a.Broadcast)
		if a.Label != "" {
			e.text(unix.IFA_LABEL, a.Label)
		}
		return
	}
	if a.Deprecated || a.Preferred != 0 {
		e.cacheInfo(a.Preferred)
	}
}

// cacheInfo appends an ifa_cacheinfo: the address is valid forever, but not preferred.
func (e *encoder) cacheInfo(preferred uint32) {
	e.nest(unix.IFA_CACHEINFO, func() {
		for _, v := range []uint32{preferred, forever, 0, 0} {
			e.fixed32(v)
		}
	})
}

func addrFlags(a Addr) uint32 {
	var flags uint32
	six := !is4(a.Prefix)
	for _, f := range []struct {
		set bool
		bit uint32
	}{
		// A virtual address was in use a moment ago: duplicate address detection would keep
		// it from serving, and could find the old master.
		{six && !a.DAD, unix.IFA_F_NODAD},
		{six && a.Home, unix.IFA_F_HOMEADDRESS},
		{six && a.MngTmpAddr, unix.IFA_F_MANAGETEMPADDR},
		{a.NoPrefixRoute, unix.IFA_F_NOPREFIXROUTE},
		{a.AutoJoin, unix.IFA_F_MCAUTOJOIN},
	} {
		if f.set {
			flags |= f.bit
		}
	}
	return flags
}
