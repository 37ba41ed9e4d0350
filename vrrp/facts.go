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
	return election.Facts{Source: vi.source, Faults: vi.fault, Undecided: tracked.undecided, Delta: tracked.delta}
}

// linkFault says why the interface cannot carry the instance; 0 when it can.
func (l *loop) linkFault(vi *instance) election.Fault {
	var fault election.Fault
	if vi.down = l.downDevice(vi); vi.down != "" {
		fault |= election.FaultLink
	}
	if !vi.sourced {
		fault |= election.FaultSource
	}
	if (vi.link.Index != 0 || vi.cfg.Interface == "") && vi.sock == nil {
		fault |= election.FaultConfig
	}
	return fault
}

// downDevice names the first interface of the instance that is down or not there: its own,
// or one that carries a virtual address. Empty: all are up.
func (l *loop) downDevice(vi *instance) string {
	if !vi.usable() {
		return l.links.device(vi.cfg)
	}
	for _, a := range vi.virtual() {
		if a.Dev == "" {
			continue
		}
		if link, ok := l.links.get(l.links.deviceOf(vi.cfg, a)); !ok || !link.Up {
			return a.Dev
		}
	}
	return ""
}
