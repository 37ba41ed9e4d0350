// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"time"

	"vipward/netif"
	"vipward/notify"
	"vipward/vrrp/election"
	"vipward/vrrp/packet"
)

// savedState is what a successor of a crashed child needs to go on without a transition.
type savedState struct {
	Instances map[string]savedInstance `json:"instances"` // by instanceKey
	Static    netif.Holdings           `json:"static,omitzero"`
	Tracking  savedTracking            `json:"tracking"`
	Links     netif.LinkMemory         `json:"links"`
	FIFOs     []notify.MadeFIFO        `json:"fifos"`            // to remove at the stop
	Tables    string                   `json:"tables,omitempty"` // the name of those of the firewall
	Sync      bool                     `json:"sync,omitempty"`   // a sync daemon of IPVS runs
	Resting   []string                 `json:"resting,omitempty"`
}

// savedInstance is the part of one instance.
type savedInstance struct {
	State    election.State `json:"state"`
	Interval time.Duration  `json:"interval"` // the master's, as learned (v3)
	Holds    netif.Holdings `json:"holds"`    // of a master: what is to be in the kernel
	Wire     packet.Memory  `json:"wire"`
	Peers    []netip.Addr   `json:"peers,omitempty"`
}

// loadState reads what an earlier process of this child left.
func loadState(store Store, log *slog.Logger) savedState {
	b := store.Load()
	if b == nil {
		return savedState{}
	}
	var s savedState
	if err := json.Unmarshal(b, &s); err != nil {
		log.Error(fmt.Sprintf("The state of the earlier vrrp process cannot be read, starting afresh: %v", err))
		return savedState{}
	}
	return s
}

// Held lists what a vrrp child had put into the kernel when it saved its state: for its
// instances, and with static for the host.
func Held(state []byte, static bool) netif.Holdings {
	var s savedState
	if json.Unmarshal(state, &s) != nil {
		return netif.Holdings{} // nothing saved, or nothing that can be understood
	}
	var held netif.Holdings
	if static {
		held = s.Static
	}
	for _, key := range slices.Sorted(maps.Keys(s.Instances)) {
		held = join(held, s.Instances[key].Holds)
	}
	return held
}

// saveState writes the state of now. It is called when something changed, which is rare.
func (l *loop) saveState() {
	s := savedState{
		Instances: map[string]savedInstance{}, Tracking: l.tracking.save(), Links: l.links.memory, FIFOs: l.hooks.pipes.Made(),
		Tables: l.firewall.last.Table, Resting: slices.Sorted(maps.Keys(l.resting)), Sync: l.syncd.runs,
	}
	static, _ := l.static.wants(l.cfg)
	s.Static = l.keeper.mine(static)
	for _, vi := range l.vis {
		saved := savedInstance{State: vi.m.State(), Interval: vi.m.Interval(), Wire: vi.wire.Memory(), Peers: vi.cfg.Peers}
		if saved.State == election.Master {
			saved.Holds = l.keeper.mine(l.holds(vi))
		}
		s.Instances[vi.key] = saved
	}
	b, err := json.Marshal(s)
	if err == nil {
		err = l.env.State.Save(b)
	}
	if err != nil {
		l.env.Log.Error(fmt.Sprintf("The state for a successor of this process cannot be saved: %v", err))
	}
}
