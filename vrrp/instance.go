// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"slices"
	"time"

	"vipward/conf"
	"vipward/netif"
	"vipward/vrrp/election"
	"vipward/vrrp/packet"
)

// instance is one vrrp_instance at work: its machine and what the machine's actions need.
type instance struct {
	loop  *loop
	cfg   *conf.Instance
	key   string
	m     *election.Machine
	wire  *packet.Wire
	alarm *alarm
	group *group // nil: in none
	place int    // in the group

	was     savedInstance // before it began
	delay   time.Duration // of its start
	waiting bool          // for links that are made for it; it has not begun

	sock    *socket
	link    netif.Link // that it runs on; zero: none, or not there
	down    string     // the interface that keeps the instance in Fault
	source  netip.Addr // the last that was valid
	sourced bool       // it is valid now
	hops    int        // of IPv6 adverts, as datagram.hops

	fault    election.Fault
	sendErr  error         // the last advert's, logged once
	left     bool          // the last advert was sent, and said priority 0
	changed  time.Time     // last transition
	mastered uint64        // times that it became master
	released uint64        // and that it was one no longer
	interval time.Duration // the master's, as saved
	evidence evidence
	record   record
}

func (l *loop) newInstance(key string, c *conf.Instance) *instance {
	vi := &instance{loop: l, key: key, wire: &packet.Wire{}}
	vi.m = election.NewMachine(params(c))
	vi.alarm = newAlarm(vi)
	vi.configure(c)
	return vi
}

// configure takes over the part of the configuration that is not the machine's.
func (vi *instance) configure(c *conf.Instance) {
	vi.cfg = c
	vi.wire.Configure(wireOf(c, vi.loop.keys))
	vi.hops = hopsOf(c)
}

// Deadline implements sleeper.
func (vi *instance) Deadline() time.Time { return vi.m.Deadline() }

func (vi *instance) wake(now time.Time) { vi.loop.step(vi, now, election.Wake{}) }

// usable says whether the interface of the instance is up. One without an interface sends
// by the routing table, so none can keep it down.
func (vi *instance) usable() bool { return vi.cfg.Interface == "" || vi.link.Up }

// virtual lists the addresses that move with the instance, advertised ones first.
func (vi *instance) virtual() []conf.Address { return virtualAddresses(vi.cfg) }

// ours says whether p is one of the instance's virtual addresses.
func (vi *instance) ours(p netip.Prefix) bool {
	return slices.ContainsFunc(vi.virtual(), func(a conf.Address) bool { return a.Prefix == p })
}
