// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"vipward/conf"
	"vipward/netif"
	"vipward/vrrp/election"
	"vipward/vrrp/packet"
)

// maxTTL is the hop count that every advert is sent with (RFC 9568 section 5.1.1.3).
const maxTTL = 255

// instance is one vrrp_instance at work: its machine and what the machine's actions need.
type instance struct {
	cfg  *conf.Instance
	key  string
	m    *election.Machine
	wire packet.Wire

	sock    *socket
	link    netif.Link
	down    string     // the interface that keeps the instance in Fault
	source  netip.Addr // the last that was valid
	sourced bool       // it is valid now
	ipID    uint16
	out     []byte

	slot int // in the dueQueue; -1: not there
	due  time.Time

	fault    election.Fault
	sent     uint64
	received uint64
	verdicts [packet.Verdicts]uint64
	logged   map[packet.Verdict]bool // kinds of bad packets logged since the last transition
	sendErr  error                   // the last advert's, logged once
	left     bool                    // the last advert was sent, and said priority 0
	changed  time.Time               // last transition
	interval time.Duration           // the master's, as saved
	deleted  bool                    // a reload takes it away
}

func newInstance(key string, c *conf.Instance) *instance {
	vi := &instance{key: key, slot: -1, logged: map[packet.Verdict]bool{}}
	vi.m = election.NewMachine(params(c))
	vi.configure(c)
	return vi
}

// configure takes over the part of the configuration that is not the machine's.
func (vi *instance) configure(c *conf.Instance) {
	vi.cfg = c
	vi.wire = packet.Wire{
		Version: c.Version, VRID: c.VRID, AdvertInt: c.AdvertInt,
		AuthType: uint8(c.AuthType), Unicast: c.Unicast(), Group: c.Multicast,
	}
	copy(vi.wire.AuthData[:], c.AuthPass)
	for _, a := range c.VIPs {
		vi.wire.Addrs = append(vi.wire.Addrs, a.Prefix.Addr())
	}
}

// instanceKey is what identifies an instance over a reload, as keepalived matches them:
// not by name, but by what it is on the wire.
func instanceKey(c *conf.Instance) string {
	mode := c.Multicast.String()
	if c.Unicast() {
		mode = "unicast " + c.Source.String()
	}
	return fmt.Sprintf("%s %d %s", c.Interface, c.VRID, mode)
}

// instanceKeys gives the key of each instance of a configuration. Unicast instances that
// differ only in their peers are told apart by their order.
func instanceKeys(cfg *conf.Config) []string {
	seen := map[string]int{}
	keys := make([]string, 0, len(cfg.Instances))
	for _, c := range cfg.Instances {
		key := instanceKey(c)
		if seen[key]++; seen[key] > 1 {
			key = fmt.Sprintf("%s #%d", key, seen[key])
		}
		keys = append(keys, key)
	}
	return keys
}

// params is the part of the configuration that decides the election.
func params(c *conf.Instance) election.Params {
	return election.Params{
		Name: c.Name, VRID: c.VRID, Version: c.Version, Priority: c.Priority,
		AdvertInt: c.AdvertInt, NoPreempt: c.NoPreempt, PreemptDelay: c.PreemptDelay,
		DownTimerAdverts: c.DownTimerAdverts,
		Announce: election.AnnounceParams{
			Delay: c.GARP.MasterDelay, Repeat: c.GARP.MasterRepeat,
			Refresh: c.GARP.MasterRefresh, RefreshRepeat: c.GARP.MasterRefreshRepeat,
			LowerDelay: c.GARP.LowerPrioDelay, LowerRepeat: c.GARP.LowerPrioRepeat,
		},
	}
}

// sendAdvert sends one advert to the group or to every peer.
func (vi *instance) sendAdvert(priority uint8) (err error) {
	vi.left = false
	if vi.sock == nil || !vi.source.IsValid() || !vi.link.Up {
		return nil // the Fault state says why
	}
	defer func() { vi.left = priority == 0 && err == nil }()
	if vi.ipID++; vi.ipID == 0 {
		vi.ipID = 1 // the kernel would choose an id for 0
	}
	vi.sent++
	if !vi.cfg.Unicast() {
		return vi.sendTo(vi.cfg.Multicast, priority)
	}
	var errs []error
	for _, peer := range vi.cfg.Peers {
		errs = append(errs, vi.sendTo(peer, priority))
	}
	return errors.Join(errs...)
}

func (vi *instance) sendTo(dst netip.Addr, priority uint8) error {
	const room = 20
	vi.out = append(vi.out[:0], make([]byte, room)...)
	vi.out = vi.wire.Append(vi.out, vi.source, dst, priority)
	h, err := header(vi.source, dst, vi.ipID, maxTTL, len(vi.out)-room)
	if err != nil {
		return err
	}
	copy(vi.out, h)
	if err := vi.sock.send(vi.out, dst); err != nil {
		return fmt.Errorf("send advert to %s: %w", dst, err)
	}
	return nil
}

// accepts says whether a packet that came to a shared socket is for this instance. Unicast
// instances may share a VRID when their peers differ; alone, one hears any sender.
func (vi *instance) accepts(p packet.Packet, alone bool) bool {
	switch {
	case !vi.cfg.Unicast():
		return true
	case p.Dst != vi.source:
		return false
	}
	return alone || slices.Contains(vi.cfg.Peers, p.Src)
}

// virtual lists the addresses that move with the instance, advertised ones first.
func (vi *instance) virtual() []conf.Address { return slices.Concat(vi.cfg.VIPs, vi.cfg.ExcludedVIPs) }

// device names the interface of one virtual address.
func (vi *instance) device(a conf.Address) string {
	if a.Dev != "" {
		return a.Dev
	}
	return vi.cfg.Interface
}

// ours says whether p is one of the instance's virtual addresses.
func (vi *instance) ours(p netip.Prefix) bool {
	return slices.ContainsFunc(vi.virtual(), func(a conf.Address) bool { return a.Prefix == p })
}
