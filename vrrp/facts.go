// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"vipward/vrrp/election"
)

// facts computes what an instance must know of the world, always from the whole picture
// and never by counting changes, so that a lost or repeated event cannot make it drift.
func (l *loop) facts(vi *instance) election.Facts {
	tracked := l.tracking.weigh(vi.cfg)
	vi.fault = l.linkFault(vi) | tracked.faults
	if l.static.fails(vi.cfg.Name) {
		vi.fault |= election.FaultScript
	}
	if l.resting[vi.cfg.Name] {
		tracked.Delta = restingDelta
	}
	return election.Facts{Source: vi.source, Faults: vi.fault, Undecided: tracked.Undecided, Delta: tracked.Delta}
}

// linkFault says why the interface cannot carry the instance; 0 when it can.
func (l *loop) linkFault(vi *instance) election.Fault {
	var fault election.Fault
	var ok bool
	if vi.down, ok = l.links.down(vi.cfg); !ok {
		fault |= election.FaultLink
	}
	if !vi.sourced {
		fault |= election.FaultSource
	}
	if vi.placed() && vi.sock == nil || l.refusal(vi) != "" {
		fault |= election.FaultConfig
	}
	return fault
}

// refusal says why the instance can never work as it is configured; empty: it can.
func (l *loop) refusal(vi *instance) string {
	c := vi.cfg
	switch {
	case len(c.Peers) == 0 && c.FaultNoPeer:
		return noPeerLine(c.Name)
	case !c.Unicast() && vi.link.Index != 0 && !vi.link.Multicast:
		return noMulticastLine(c.Name, c.Interface)
	}
	if lacksKey(c.HMAC, l.keys) {
		return noKeyLine(c.Name, c.HMAC.Active)
	}
	return l.links.refusal(c)
}
