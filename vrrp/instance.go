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
)

// maxTTL is the hop count that every advert is sent with (RFC 9568 section 5.1.1.3).
const maxTTL = 255

// instance is one vrrp_instance at work: its machine and what the machine's actions need.
type instance struct {
	cfg  *conf.Instance
	key  string
	m    *Machine
	wire Wire

	sock   *socket
	link   netif.Link
	source netip.Addr
	ipID   uint16
	out    []byte

	slot int // in the dueQueue; -1: not there
	due  time.Time

	fault    Fault
	sent     uint64
	received uint64
	verdicts [verdictCount]uint64
	logged   map[Verdict]bool // kinds of bad packets logged since the last transition
	sendErr  error            // the last advert's, logged once
	changed  time.Time        // last transition
}

func newInstance(c *conf.Instance) *instance {
	vi := &instance{key: instanceKey(c), slot: -1, ipID: 0, logged: map[Verdict]bool{}}
	vi.m = NewMachine(params(c))
	vi.configure(c)
	return vi
}

// configure takes over the part of the configuration that is not the machine's.
func (vi *instance) configure(c *conf.Instance) {
	vi.cfg = c
	vi.wire = Wire{
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

// params is the part of the configuration that decides the election.
func params(c *conf.Instance) Params {
	return Params{
		Name: c.Name, VRID: c.VRID, Version: c.Version, Priority: c.Priority,
		AdvertInt: c.AdvertInt, NoPreempt: c.NoPreempt, PreemptDelay: c.PreemptDelay,
		DownTimerAdverts: c.DownTimerAdverts,
		Announce: AnnounceParams{
			Delay: c.GARP.MasterDelay, Repeat: c.GARP.MasterRepeat,
			Refresh: c.GARP.MasterRefresh, RefreshRepeat: c.GARP.MasterRefreshRepeat,
			LowerDelay: c.GARP.LowerPrioDelay, LowerRepeat: c.GARP.LowerPrioRepeat,
		},
	}
}

// sendAdvert sends one advert to the group or to every peer.
func (vi *instance) sendAdvert(priority uint8) error {
	if vi.sock == nil || !vi.source.IsValid() {
		return nil // the Fault state says why
	}
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

// accepts says whether a packet that came to a shared socket can be for this instance.
func (vi *instance) accepts(p Packet) bool {
	if !vi.cfg.Unicast() || len(vi.cfg.Peers) == 0 {
		return true
	}
	return p.Dst == vi.source
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

// ours says whether addr is one of the instance's virtual addresses.
func (vi *instance) ours(addr netip.Addr) bool {
	return slices.ContainsFunc(vi.virtual(), func(a conf.Address) bool { return a.Prefix.Addr() == addr })
}
