// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"net/netip"
	"slices"
)

// Check judges a received packet against what the instance expects, in keepalived's order.
// Only an accepted packet gives an Advert. It does not allocate.
func (w *Wire) Check(p Packet) (Advert, Verdict) {
	v := w.verdict(p)
	if !v.Accepted() {
		return Advert{}, v
	}
	return Advert{From: p.Src, Priority: p.priority(), Interval: p.interval()}, v
}

func (w *Wire) verdict(p Packet) Verdict {
	for _, rule := range [...]func(*Wire, Packet) Verdict{
		(*Wire).checkHeader,
		(*Wire).checkLength,
		(*Wire).checkTTL,
		(*Wire).checkVersion,
		(*Wire).checkAuth,
		(*Wire).checkInterval,
		(*Wire).checkType,
		(*Wire).checkSum,
		(*Wire).checkDestination,
	} {
		if v := rule(w, p); v != Accept {
			return v
		}
	}
	return w.checkAddrs(p)
}

// checkHeader comes before everything that looks into the body.
func (w *Wire) checkHeader(p Packet) Verdict {
	switch {
	case len(p.Payload) < bodyHeaderLen:
		return DropShort
	case p.VRID() != w.VRID:
		return DropVRID
	}
	return Accept
}

func (w *Wire) checkLength(p Packet) Verdict {
	switch got, want := len(p.Payload), p.bodyLen(); {
	case got < want:
		return DropShort
	case got > want:
		return DropLong
	}
	return Accept
}

// checkTTL is the guard against senders beyond the link (RFC 9568 section 5.1.1.3). Unicast
// peers may be further away.
func (w *Wire) checkTTL(p Packet) Verdict {
	if !w.Unicast && p.TTL != 255 {
		return DropTTL
	}
	return Accept
}

func (w *Wire) checkVersion(p Packet) Verdict {
	if p.version() != w.Version {
		return DropVersion
	}
	return Accept
}

func (w *Wire) checkAuth(p Packet) Verdict {
	switch t := p.authType(); {
	case w.Version != 2:
		return Accept
	case t > authAH:
		return DropAuthType
	case t != w.AuthType:
		return DropAuthMismatch
	case t == authPass && p.authData() != w.AuthData:
		return DropAuthFailed
	}
	return Accept
}

// checkInterval: VRRPv2 routers must agree on it, VRRPv3 backups learn it.
func (w *Wire) checkInterval(p Packet) Verdict {
	if w.Version == 2 && p.interval() != w.AdvertInt {
		return DropInterval
	}
	return Accept
}

func (w *Wire) checkType(p Packet) Verdict {
	if p.kind() != typeAdvert {
		return DropType
	}
	return Accept
}

func (w *Wire) checkSum(p Packet) Verdict {
	if bodyChecksum(p.Payload, w.Version, p.Src, p.Dst) != 0 {
		return DropChecksum
	}
	return Accept
}

func (w *Wire) checkDestination(p Packet) Verdict {
	if w.Unicast == p.Dst.IsMulticast() || !w.Unicast && w.Group.IsValid() && p.Dst != w.Group {
		return DropDestination
	}
	return Accept
}

// checkAddrs finds configurations that differ. That is worth a remark only: as keepalived
// 2.4, the routers go on together, or an addition of one address would make two masters.
func (w *Wire) checkAddrs(p Packet) Verdict {
	if p.count() != len(w.Addrs) {
		return AcceptCount
	}
	if w.sameOrder(p) || !w.missing(p).IsValid() {
		return Accept
	}
	return AcceptAddrs
}

func (w *Wire) sameOrder(p Packet) bool {
	for i, a := range w.Addrs {
		if p.addr(i) != a {
			return false
		}
	}
	return true
}

// missing returns the first of our addresses that the packet does not name.
func (w *Wire) missing(p Packet) netip.Addr {
	i := slices.IndexFunc(w.Addrs, func(a netip.Addr) bool { return !p.names(a) })
	if i < 0 {
		return netip.Addr{}
	}
	return w.Addrs[i]
}

func (p Packet) names(a netip.Addr) bool {
	for i := range p.count() {
		if p.addr(i) == a {
			return true
		}
	}
	return false
}
