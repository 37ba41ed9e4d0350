// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"vipward/conf"
	"vipward/vrrp/packet"
)

// maxTTL is the hop count that every multicast advert is sent with (RFC 9568 section 5.1.1.3).
const maxTTL = 255

// wireOf is what the instance's adverts look like.
func wireOf(c *conf.Instance, keys hmacKeys) packet.Config {
	w := packet.Config{
		Version: c.Version, IPv6: c.Family == conf.IPv6, VRID: c.VRID, AdvertInt: c.AdvertInt,
		Auth: packet.AuthType(c.AuthType), HMAC: hmacOf(c.HMAC, keys),
		TTL: maxTTL, OnlyPeers: c.CheckUnicastSrc, IgnoreAll: c.Owner() && c.OwnerIgnoreAdverts,
		SumAsV2: c.V3ChecksumAsV2, OldSum: oldSumOf(c.OldUnicastChecksum), SkipAddrs: c.SkipCheckAdvAddr,
	}
	copy(w.Password[:], c.AuthPass)
	for _, a := range c.VIPs {
		w.Addrs = append(w.Addrs, a.Prefix.Addr())
	}
	if !c.Unicast() {
		w.Group = c.Multicast
		return w
	}
	if c.UnicastTTL != nil {
		w.TTL = *c.UnicastTTL
	}
	for i, a := range c.Peers {
		peer := packet.Peer{Addr: a, MaxTTL: maxTTL}
		if i < len(c.PeerTTLs) {
			peer.MinTTL, peer.MaxTTL = c.PeerTTLs[i].Min, c.PeerTTLs[i].Max
		}
		w.Peers = append(w.Peers, peer)
	}
	return w
}

func oldSumOf(c conf.Checksum) packet.OldSum {
	switch c {
	case conf.ChecksumOld:
		return packet.OldSumOn
	case conf.ChecksumNever:
		return packet.OldSumNever
	case conf.ChecksumAuto:
	}
	return packet.OldSumAuto
}

// hopsOf is the hop limit of the instance's IPv6 adverts; -1: the kernel's default.
func hopsOf(c *conf.Instance) int {
	switch {
	case !c.Unicast():
		return maxTTL
	case c.UnicastTTL == nil:
		return -1
	}
	return int(*c.UnicastTTL)
}
