// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"net/netip"
	"time"

	"vipward/conf"
	"vipward/netif"
	"vipward/vrrp/packet"
)

// Status is the state of the child for the local API. The loop fills it with values as they
// are; what makes text of them is another goroutine.
type Status struct {
	At        time.Time        `json:"at"`
	Instances []InstanceStatus `json:"instances"`
	Groups    []GroupStatus    `json:"groups"`
	Trackers  []TrackerStatus  `json:"trackers"`
	Loop      LoopStatus       `json:"loop"`
}

// InstanceStatus is one vrrp_instance.
type InstanceStatus struct {
	Name      string      `json:"name"`
	State     string      `json:"state"`
	Since     time.Time   `json:"since,omitzero"` // of the last transition in this process
	Want      string      `json:"want_state"`     // as configured
	Interface string      `json:"interface"`      // that adverts leave by
	VRID      uint8       `json:"vrid"`
	Version   int         `json:"version"`
	Family    conf.Family `json:"family"` // 4 or 6
	Group     string      `json:"group,omitempty"`

	Configured uint8     `json:"configured_priority"`
	Priority   uint8     `json:"priority"` // effective
	Resting    bool      `json:"resting"`  // an operator asked it to leave the mastership to others
	NoPreempt  bool      `json:"nopreempt"`
	Interval   Seconds   `json:"advert_interval"`      // of whoever is master
	GARPDelay  Seconds   `json:"garp_delay"`           // from the take-over to the second set
	Deadline   time.Time `json:"deadline,omitzero"`    // of the next timer
	LastAdvert time.Time `json:"last_advert,omitzero"` // that was sent
	Late       uint64    `json:"late_adverts"`         // sent after more than two intervals
	Jitter     Seconds   `json:"advert_jitter"`        // mean deviation of the gaps between ours from the interval

	Source   netip.Addr      `json:"source,omitzero"` // of adverts
	Master   *MasterStatus   `json:"master,omitempty"`
	Unicast  bool            `json:"unicast"`
	Peers    []netip.Addr    `json:"peers,omitempty"`
	VIPs     []AddressStatus `json:"vips"`
	Excluded []AddressStatus `json:"excluded_vips,omitempty"`

	Faults   []string      `json:"faults,omitempty"` // why it cannot take part
	Watches  []WatchStatus `json:"watches,omitempty"`
	Counters CounterStatus `json:"counters"`
	History  []Change      `json:"history"` // the last transitions, oldest first
	Deaf     bool          `json:"deaf"`    // packets to ourselves do not come back
	SendErr  string        `json:"send_error,omitempty"`
}

// Seconds are written as a number.
type Seconds float64

// MasterStatus is the other router that was heard last.
type MasterStatus struct {
	Address  netip.Addr `json:"address"`
	Priority uint8      `json:"priority"`
}

// AddressStatus is one virtual address.
type AddressStatus struct {
	Address netip.Prefix `json:"address"`
	Device  string       `json:"device"`
	Set     bool         `json:"set"` // it is on the device
}

// WatchStatus is what a tracked thing means for one instance.
type WatchStatus struct {
	Kind    string `json:"kind"` // interface, script, file, process
	Name    string `json:"name"`
	Weight  int    `json:"weight"` // 0: a failure is a fault
	Delta   int    `json:"delta"`  // what it adds to the priority now
	Fault   bool   `json:"fault"`
	Unknown bool   `json:"unknown"` // it has not been looked at yet
}

// GroupStatus is one vrrp_sync_group.
type GroupStatus struct {
	Name    string   `json:"name"`
	State   string   `json:"state"`
	Members []string `json:"members"`
}

// TrackerStatus is one tracked thing.
type TrackerStatus struct {
	Kind   string `json:"kind"` // script, file, process
	Name   string `json:"name"`
	State  string `json:"state"`           // GOOD, BAD, INIT, disabled
	Phase  string `json:"phase,omitempty"` // of a script's program
	Status int    `json:"status"`          // exit status of a script, value of a file
	What   string `json:"what"`            // command, path or process
}

// LoopStatus says whether the process does its work in time.
type LoopStatus struct {
	Served   uint64    `json:"timers_served"`
	Late     uint64    `json:"timers_late"` // by more than 10 ms
	Worst    Seconds   `json:"worst_lateness"`
	WorstAt  time.Time `json:"worst_at,omitzero"`
	Restored uint64    `json:"restored"` // addresses, routes and rules that somebody else had deleted
}

// CounterStatus counts since the process started.
type CounterStatus struct {
	Sent         uint64            `json:"sent"`
	Received     uint64            `json:"received"`
	ZeroSent     uint64            `json:"zero_sent"`
	ZeroReceived uint64            `json:"zero_received"`
	BecameMaster uint64            `json:"became_master"`
	LeftMaster   uint64            `json:"left_master"`
	Statistics   StatisticsStatus  `json:"statistics"`
	Dropped      map[string]uint64 `json:"dropped,omitempty"` // by reason
}

// StatisticsStatus are the sums that keepalived's statistics have.
type StatisticsStatus struct {
	Length       uint64 `json:"packet_length_errors"`
	Interval     uint64 `json:"advert_interval_errors"`
	TTL          uint64 `json:"ttl_errors"`
	Type         uint64 `json:"invalid_type"`
	Addresses    uint64 `json:"address_list_errors"`
	AuthInvalid  uint64 `json:"auth_invalid"`
	AuthMismatch uint64 `json:"auth_mismatch"`
	AuthFailed   uint64 `json:"auth_failure"`
}

// statusAsked asks the loop for a part of a Status.
type statusAsked struct {
	from  int // the first instance of the part
	reply chan<- statusPart
}

// statusPart is a few instances, and with the last ones the rest.
type statusPart struct {
	Status
	cfg  *conf.Config // that they are of
	more bool
}

// instancesAtOnce are looked at in one pass, so that packets and timers never wait for
// more than some tens of microseconds.
const instancesAtOnce = 16

func (m statusAsked) handle(l *loop) {
	p := statusPart{cfg: l.cfg}
	to := min(m.from+instancesAtOnce, len(l.vis))
	for i := m.from; i < to; i++ {
		p.Instances = append(p.Instances, l.instanceStatus(l.vis[i]))
	}
	if p.more = to < len(l.vis); !p.more {
		p.At = time.Now()
		p.Groups, p.Trackers, p.Loop = l.groupStatus(), l.tracking.status(l.cfg), l.loopStatus()
	}
	m.reply <- p
}

// collectStatus puts a Status together from parts. A reload between two of them makes it begin
// again.
func collectStatus(ctx context.Context, box *inbox, reply chan<- Status) {
	st := Status{Instances: []InstanceStatus{}}
	var cfg *conf.Config
	for {
		part := make(chan statusPart, 1)
		box.post(statusAsked{len(st.Instances), part})
		select {
		case p := <-part:
			if cfg != nil && p.cfg != cfg {
				st.Instances, cfg = st.Instances[:0], nil
				continue
			}
			cfg, p.Instances = p.cfg, append(st.Instances, p.Instances...)
			if st = p.Status; !p.more {
				reply <- st
				return
			}
		case <-box.closed:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (l *loop) loopStatus() LoopStatus {
	return LoopStatus{
		Served: l.late.served, Late: l.late.late, Worst: Seconds(l.late.worst.Seconds()), WorstAt: l.late.when,
		Restored: l.restored,
	}
}

func (l *loop) instanceStatus(vi *instance) InstanceStatus {
	c := vi.cfg
	st := InstanceStatus{
		Name: c.Name, State: vi.m.State().String(), Since: vi.changed, Want: c.WantState, Interface: l.links.device(c),
		VRID: c.VRID, Version: c.Version, Family: c.Family, Group: groupName(vi),
		Configured: c.Priority, Priority: vi.m.Priority(), Resting: l.resting[c.Name], NoPreempt: c.NoPreempt,
		Interval: Seconds(vi.m.Interval().Seconds()), GARPDelay: Seconds(c.GARP.MasterDelay.Seconds()),
		Deadline: vi.m.Deadline(), LastAdvert: vi.evidence.sent, Late: vi.evidence.late,
		Jitter: Seconds(vi.evidence.shake.Seconds()),
		Source: vi.source, Unicast: c.Unicast(), Peers: c.Peers,
		VIPs: l.addressStatus(c, c.VIPs), Excluded: l.addressStatus(c, c.ExcludedVIPs),
		Faults: l.faultReasons(vi), Watches: l.tracking.watchStatus(c), Counters: counterStatus(vi), History: vi.record.list(),
		Deaf: vi.sock != nil && vi.sock.probing != nil && vi.sock.probing.deaf,
	}
	if from, priority := vi.m.Heard(); from.IsValid() {
		st.Master = &MasterStatus{from, priority}
	}
	if vi.sendErr != nil {
		st.SendErr = vi.sendErr.Error()
	}
	return st
}

// addressSet says whether an address is on its device.
func (l *loop) addressSet(dev string, a conf.Address) bool {
	link, ok := l.picture.Link(dev)
	return ok && l.picture.Has(netif.Addr{Index: link.Index, Prefix: a.Prefix, Peer: a.Peer})
}

func (l *loop) addressStatus(c *conf.Instance, list []conf.Address) []AddressStatus {
	out := make([]AddressStatus, 0, len(list))
	for _, a := range list {
		dev := l.links.deviceOf(c, a)
		out = append(out, AddressStatus{Address: a.Prefix, Device: dev, Set: l.addressSet(dev, a)})
	}
	return out
}

func (l *loop) groupStatus() []GroupStatus {
	out := []GroupStatus{}
	for _, g := range l.groups {
		st := GroupStatus{Name: g.cfg.Name, State: g.g.State().String()}
		for _, vi := range g.members {
			st.Members = append(st.Members, vi.cfg.Name)
		}
		out = append(out, st)
	}
	return out
}

func counterStatus(vi *instance) CounterStatus {
	n := &vi.wire.Counters
	st := CounterStatus{
		Sent: n.Sent, Received: n.Received, ZeroSent: n.ZeroSent, ZeroReceived: n.ZeroReceived,
		BecameMaster: vi.mastered, LeftMaster: vi.released,
		Statistics: StatisticsStatus{
			Length: n.Length(), Interval: n.Found[packet.DropInterval], TTL: n.TTL(), Type: n.Found[packet.DropType],
			Addresses: n.Addresses(), AuthInvalid: n.Found[packet.DropAuthType],
			AuthMismatch: n.Found[packet.DropAuthMismatch], AuthFailed: n.AuthFailed(),
		},
	}
	for v, count := range n.Found {
		if v := packet.Verdict(v); count > 0 && v >= packet.DropIPHeader {
			if st.Dropped == nil {
				st.Dropped = map[string]uint64{}
			}
			st.Dropped[v.String()] = count
		}
	}
	return st
}
