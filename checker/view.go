// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"net/netip"
	"time"

	"vipward/conf"
	"vipward/ipvs"
)

// View is what the child knows, for the local API, metrics and dumps. Names are those of
// the log lines.
type View struct {
	Virtuals   []VirtualView `json:"virtual_servers"`
	At         time.Time     `json:"at"`
	Probes     ProbesView    `json:"probes"`
	Operations int           `json:"operations"` // changes of the table so far
	Repaired   int           `json:"repaired"`   // of which undid what others had done
	Trouble    string        `json:"trouble,omitempty"`
	// CountersError says why there are no counters.
	CountersError string `json:"counters_error,omitempty"`
}

// ProbesView is how the runs of checks get along.
type ProbesView struct {
	Checks  int     `json:"checks"`
	Running int     `json:"running"`
	Limit   int     `json:"limit"`        // how many may run at once
	Late    seconds `json:"late_seconds"` // the longest that a run waited for its turn
}

// seconds are written as a number.
type seconds float64

// VirtualView is one virtual server. A group has the sum of its services' counters.
type VirtualView struct {
	Name       string         `json:"name"`
	Service    string         `json:"service"`  // as it is written
	Protocol   string         `json:"protocol"` // tcp, udp, sctp; none for marks
	Scheduler  string         `json:"scheduler"`
	Method     conf.Method    `json:"method"`
	Up         bool           `json:"up"`             // it has its quorum
	Since      time.Time      `json:"since,omitzero"` // of the last change of that in this process
	Quorum     int            `json:"quorum"`
	Hysteresis int            `json:"hysteresis"`
	Live       int64          `json:"live_weight"` // of the real servers that are alive
	Sorry      *SorryView     `json:"sorry_server,omitempty"`
	Counters   *ipvs.Counters `json:"counters,omitempty"`
	Reals      []RealView     `json:"real_servers"`
}

// SorryView is a sorry server.
type SorryView struct {
	Name   string `json:"name"`
	Serves bool   `json:"serves"`
}

// RealView is one real server.
type RealView struct {
	Name       string         `json:"name"`
	Address    netip.AddrPort `json:"address"`
	Method     conf.Method    `json:"method"`
	Alive      bool           `json:"alive"`
	Since      time.Time      `json:"since,omitzero"` // of the last change of a check in this process
	InTable    bool           `json:"in_table"`
	Weight     int            `json:"weight"` // in effect while it is alive and no sorry server serves
	Configured int            `json:"configured_weight"`
	Failed     int            `json:"failed_checks"`
	Order      *Order         `json:"order,omitempty"`  // of an operator, while it lasts
	Paused     *Order         `json:"paused,omitempty"` // of an operator, while no check runs by it
	Load       *ipvs.Load     `json:"load,omitempty"`
	Counters   *ipvs.Counters `json:"counters,omitempty"`
	Checks     []CheckView    `json:"checks"`
}

// State is the state in a word or two: what takes it out of service by order comes first.
func (v *RealView) State() string {
	hold := HoldNone
	if v.Order != nil {
		hold = v.Order.Hold
	}
	switch {
	case hold == HoldMaintenance:
		return "MAINT"
	case hold == HoldDrain:
		return "DRAIN"
	case v.Paused != nil && v.Alive:
		return "UP PAUSED"
	case v.Paused != nil:
		return "DOWN PAUSED"
	case v.Alive:
		return "UP"
	}
	return "DOWN"
}

// CheckView is one check of a real server.
type CheckView struct {
	Kind     string         `json:"kind"` // its keyword, such as TCP_CHECK
	Target   netip.AddrPort `json:"target"`
	Up       bool           `json:"up"`
	Since    time.Time      `json:"since,omitzero"` // of the last change of that in this process
	Ran      bool           `json:"has_run"`
	Failures int            `json:"failures"` // in a row, while it is up
	Retry    int            `json:"retry"`    // failures that are tolerated
	Delay    seconds        `json:"delay_seconds"`
	Rests    bool           `json:"rests,omitempty"`          // it is paused, or ha_suspend holds it back
	Next     time.Time      `json:"next,omitzero"`            // zero: it runs now, or rests
	Began    time.Time      `json:"latest,omitzero"`          // of the latest run
	Latency  seconds        `json:"latency_seconds,omitzero"` // of the latest run that ended
	Late     seconds        `json:"late_seconds,omitzero"`    // how long the latest run waited for its turn
	Streak   int            `json:"streak"`                   // runs in a row with the same outcome
	Runs     uint64         `json:"runs"`
	Bad      uint64         `json:"failed_runs"`
	Why      string         `json:"why,omitempty"` // of the latest failure, while the check is down or retries
}

// Ask asks the child for its view, or to carry an order out, or whether its loop goes round.
type Ask struct {
	Order *Order       // nil: none
	Done  chan<- error // buffered; of the order, or that the loop has come by
	// Audit looks at the kernel's table first and repairs what others have changed of ours.
	Audit bool
	Reply chan<- View // buffered; nil: no view is wanted
}

// view describes everything, with what the kernel has counted.
func (c *child) view(n counted) View {
	v := View{
		At: time.Now(), Virtuals: []VirtualView{}, Operations: c.table.total, Repaired: c.table.repaired, Trouble: c.table.trouble,
		Probes: ProbesView{Checks: c.roster.checks(), Running: c.busy, Limit: c.limit, Late: seconds(c.worstWait.Seconds())},
	}
	if n.err != nil {
		v.CountersError = n.err.Error()
	}
	of := countersOf(n.stats)
	for _, p := range c.roster.pools {
		v.Virtuals = append(v.Virtuals, p.view(of))
	}
	return v
}

// countersOf makes the counters accessible by service.
func countersOf(stats []ipvs.ServiceStats) map[ipvs.Key]*ipvs.ServiceStats {
	of := make(map[ipvs.Key]*ipvs.ServiceStats, len(stats))
	for i := range stats {
		of[stats[i].Key] = &stats[i]
	}
	return of
}

func (p *pool) view(stats map[ipvs.Key]*ipvs.ServiceStats) VirtualView {
	v := VirtualView{
		Name: vsName(p.vs), Service: p.vs.Service(), Protocol: protocols[uint8(p.vs.Protocol)], Scheduler: p.vs.Scheduler,
		Method: p.vs.Method, Up: p.quorum.Up, Since: p.since, Quorum: p.vs.Quorum, Hysteresis: p.vs.Hysteresis, Live: p.live,
	}
	if p.vs.Sorry != nil {
		v.Sorry = &SorryView{Name: sorryName(p.vs), Serves: p.sorry()}
	}
	places := map[netip.AddrPort]*RealView{}
	v.Reals = make([]RealView, len(p.servers))
	for i, s := range p.servers {
		v.Reals[i] = s.view()
		places[s.place()] = &v.Reals[i]
	}
	for _, s := range services(p.vs) {
		if st := stats[s.Key]; st != nil {
			v.Counters = plus(v.Counters, st.Counters)
			countDests(places, st.Dests)
		}
	}
	return v
}

// place is where the kernel's destinations of the server are found. Behind other methods
// than NAT the port is that of the service, of which a group may have several.
func (s *server) place() netip.AddrPort {
	if s.rs.Method == conf.NAT {
		return s.addr()
	}
	return netip.AddrPortFrom(s.rs.Addr, 0)
}

// countDests adds what was counted of the destinations of one service.
func countDests(places map[netip.AddrPort]*RealView, dests []ipvs.DestStats) {
	for _, d := range dests {
		r := places[d.Server]
		if r == nil {
			r = places[netip.AddrPortFrom(d.Server.Addr(), 0)]
		}
		if r == nil {
			continue // the sorry server, or another program's
		}
		r.Counters = plus(r.Counters, d.Counters)
		if r.Load == nil {
			r.Load = &ipvs.Load{}
		}
		r.Load.Active += d.Active
		r.Load.Inactive += d.Inactive
		r.Load.Persistent += d.Persistent
	}
}

func plus(sum *ipvs.Counters, c ipvs.Counters) *ipvs.Counters {
	if sum != nil {
		c = sum.Plus(c)
	}
	return &c
}

func (s *server) view() RealView {
	v := RealView{
		Name: rsName(s.pool.vs, s.rs), Address: s.addr(), Method: s.rs.Method, Alive: s.alive(), InTable: s.inTable(),
		Weight: s.served(), Order: s.order, Paused: s.paused, Configured: s.rs.Weight, Failed: int(s.failed), Checks: []CheckView{},
	}
	for _, c := range s.checks {
		v.Checks = append(v.Checks, c.view())
		if since := c.history.since.time(); since.After(v.Since) {
			v.Since = since
		}
	}
	return v
}

func (c *check) view() CheckView {
	h := &c.history
	v := CheckView{
		Kind: c.conf.Kind, Target: netip.AddrPortFrom(c.conf.ConnectIP, c.conf.ConnectPort),
		Up: c.track.Up, Rests: c.rest != awake, Since: h.since.time(), Ran: c.track.Ran, Failures: int(c.track.Failures), Retry: c.conf.Retry,
		Delay: seconds(c.conf.DelayLoop.Seconds()), Began: c.began,
		Latency: seconds(h.took.Seconds()), Late: seconds(max(h.late, 0).Seconds()),
		Streak: int(h.streak), Runs: uint64(h.runs), Bad: uint64(h.failed), Why: h.why,
	}
	if c.place >= 0 {
		v.Next = c.next
	}
	return v
}
