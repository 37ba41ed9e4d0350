// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"slices"

	"vipward/conf"
	"vipward/netif"
)

// attach follows the interface of an instance: link state, source address and socket. An
// interface that was deleted and made again has a new index, and so a new socket.
func (l *loop) attach(vi *instance) {
	vi.link, _ = l.links.get(l.links.device(vi.cfg))
	// A master whose source address goes still says with it that it leaves.
	src := l.sourceOf(vi)
	if vi.sourced = src.IsValid(); vi.sourced {
		vi.source, vi.wire.Source = src, src
	}
	key := l.sockKeyOf(vi)
	if vi.sock != nil && vi.sock.key == key {
		return
	}
	l.detach(vi)
	if vi.placed() {
		vi.sock = l.socket(key, l.boundTo(vi).Name)
		vi.join(vi.sock)
	}
}

// sourceOf is the address that adverts come from: the configured one, or the interface's
// first that is not virtual. A configured unicast source must exist, since the answers go
// to it.
func (l *loop) sourceOf(vi *instance) netip.Addr {
	src := vi.cfg.Source
	switch {
	case !src.IsValid():
		if own := l.links.source(vi.cfg); own.IsValid() {
			return own
		}
		return l.picture.Source(l.links.sources(vi.cfg), vi.cfg.Family == conf.IPv6, l.isNobodys)
	case vi.cfg.Unicast() && !l.picture.Local(src):
		return netip.Addr{}
	}
	return src
}

// isVirtual says whether an instance has the address as a virtual one.
func (l *loop) isVirtual(a netip.Addr) bool { return l.virtual[a] }

// isNobodys says whether no instance may send from the address: it is virtual, or one that
// an earlier run has left.
func (l *loop) isNobodys(a netif.AddrChange) bool {
	ip := a.Prefix.Addr()
	return l.isVirtual(ip) || a.Ours && !l.static.has(ip)
}

// noteVirtual collects the virtual addresses of a configuration.
func (l *loop) noteVirtual(cfg *conf.Config) {
	l.virtual = map[netip.Addr]bool{}
	for _, c := range cfg.Instances {
		for _, a := range slices.Concat(c.VIPs, c.ExcludedVIPs) {
			l.virtual[a.Prefix.Addr()] = true
		}
	}
}
