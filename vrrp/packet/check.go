// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"time"
)

// Check judges a received packet against what the instance expects, in keepalived's order,
// and counts what it finds. Only an accepted packet gives an Advert. It does not allocate.
func (w *Wire) Check(p Packet, now time.Time) (Advert, Findings) {
	f := w.judge(p, now)
	if !f.Accepted() {
		w.Counters.add(f, 1)
		return Advert{}, f
	}
	w.Counters.add(f, p.priority())
	return Advert{From: p.Src, Priority: p.priority(), Interval: p.interval()}, f
}

// judge makes the checks until one of them drops the packet.
func (w *Wire) judge(p Packet, now time.Time) (f Findings) {
	for _, rule := range [...]func(*Wire, Packet, time.Time) Findings{
		(*Wire).checkForm,
		(*Wire).checkLength,
		(*Wire).checkTTL,
		(*Wire).checkVersion,
		(*Wire).checkSignature,
		(*Wire).checkAuth,
		(*Wire).checkInterval,
		(*Wire).checkType,
		(*Wire).checkSum,
		(*Wire).checkDestination,
		(*Wire).checkAddrs,
		(*Wire).checkSender,
	} {
		if f |= rule(w, p, now); !f.Accepted() {
			return f
		}
	}
	return f
}

// checkForm comes before everything that looks into the message.
func (w *Wire) checkForm(p Packet, _ time.Time) Findings {
	switch {
	case p.short() != Accept:
		return of(DropShort)
	case p.VRID() != w.config.VRID:
		return of(DropVRID)
	case p.ipv6() != w.config.IPv6, (p.AH != nil) != (w.config.Auth == AuthAH):
		return of(DropForm)
	}
	return 0
}

// checkLength allows for a trailer where there may be one. What an Ethernet card adds to a
// short frame is gone by now: the kernel keeps to the IP header's length.
func (w *Wire) checkLength(p Packet, _ time.Time) Findings {
	switch extra := len(p.Message) - p.messageLen(); {
	case extra < 0:
		return of(DropShort)
	case extra == trailerLen && w.config.HMAC != nil:
		return 0
	case extra > 0:
		return of(DropLong)
	}
	return 0
}

// checkTTL is the guard against senders beyond the link (RFC 9568 section 5.1.1.3). Unicast
// peers may be further away.
func (w *Wire) checkTTL(p Packet, _ time.Time) Findings {
	if !w.config.Unicast() && p.TTL != maxTTL {
		return of(DropTTL)
	}
	return 0
}

func (w *Wire) checkVersion(p Packet, _ time.Time) Findings {
	if p.version() != w.config.Version {
		return of(DropVersion)
	}
	return 0
}

// checkInterval: VRRPv2 routers must agree on it, VRRPv3 backups learn it.
func (w *Wire) checkInterval(p Packet, _ time.Time) Findings {
	switch {
	case p.interval() == w.config.AdvertInt:
		return 0
	case w.config.Version == 2:
		return of(DropInterval)
	}
	return of(AcceptInterval)
}

func (w *Wire) checkType(p Packet, _ time.Time) Findings {
	if p.kind() != typeAdvert {
		return of(DropType)
	}
	return 0
}

func (w *Wire) checkSum(p Packet, _ time.Time) Findings {
	c := &w.config
	switch {
	case c.IPv6:
		if checksum(p.Message, p.Src, p.Dst) != 0 {
			return of(DropChecksum)
		}
		return 0
	case c.Version == 2:
		if checksum(p.message(), p.Src, noPseudoHeader) != 0 {
			return of(DropChecksum)
		}
		return 0
	case c.SumAsV2:
		return 0 // as keepalived: whatever the others send is right
	case checksum(p.message(), p.Src, p.Dst) == 0:
		return w.learnSum(p.Src, false)
	case c.Unicast() && c.OldSum != OldSumNever && checksum(p.message(), p.Src, oldGroup) == 0:
		return w.learnSum(p.Src, true)
	}
	return of(DropChecksum)
}

func (w *Wire) checkDestination(p Packet, _ time.Time) Findings {
	switch {
	case w.config.Unicast() && p.Dst.IsMulticast(), !w.config.Unicast() && p.Dst != w.config.Group:
		return of(DropDestination)
	case w.config.IgnoreAll:
		return of(DropIgnored)
	}
	return 0
}

// checkSender drops our own adverts, which some switch may send back, and what is not from
// a peer where only peers are wanted.
func (w *Wire) checkSender(p Packet, _ time.Time) Findings {
	if p.Src == w.Source {
		return of(DropOwn)
	}
	if !w.config.Unicast() || !w.config.OnlyPeers {
		return 0
	}
	peer := w.peer(p.Src)
	switch {
	case peer == nil:
		return of(DropPeer)
	case p.TTL < peer.MinTTL || p.TTL > peer.MaxTTL:
		return of(DropPeerTTL)
	}
	return 0
}
