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
	Operations int           `json:"operations"` // changes of the table so far
	Repaired   int           `json:"repaired"`   // of which undid what others had done
	Trouble    string        `json:"trouble,omitempty"`
	// CountersError says why there are no counters.
	CountersError string `json:"counters_error,omitempty"`
}

// VirtualView is one virtual server. A group has the sum of its services' counters.
type VirtualView struct {
	Name       string         `json:"name"`
	Protocol   string         `json:"protocol"` // tcp, udp, sctp; none for marks
	Scheduler  string         `json:"scheduler"`
	Up         bool           `json:"up"` // it has its quorum
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
	Method     conf.Method    `json:"method"`
	Alive      bool           `json:"alive"`
	InTable    bool           `json:"in_table"`
	Weight     int            `json:"weight"` // in effect while it is alive and no sorry server serves
	Configured int            `json:"configured_weight"`
	Failed     int            `json:"failed_checks"`
	Load       *ipvs.Load     `json:"load,omitempty"`
	Counters   *ipvs.Counters `json:"counters,omitempty"`
	Checks     []CheckView    `json:"checks"`
}

// CheckView is one check of a real server.
type CheckView struct {
	Kind     string        `json:"kind"` // its keyword, such as TCP_CHECK
	Up       bool          `json:"up"`
	Ran      bool          `json:"has_run"`
	Failures int           `json:"failures"`        // in a row, while it is up
	Delay    time.Duration `json:"delay_ns"`        // delay_loop
	Next     time.Time     `json:"next,omitzero"`   // zero: it runs now
	Began    time.Time     `json:"latest,omitzero"` // of the latest run
}

// Ask asks the child for its view.
type Ask struct {
	// Audit looks at the kernel's table first and repairs what others have changed of ours.
	Audit bool
	Reply chan<- View // buffered
}

// view describes everything, with the counters of the kernel.
func (c *child) view() View {
	v := View{Virtuals: []VirtualView{}, Operations: c.table.total, Repaired: c.table.repaired, Trouble: c.table.trouble}
	stats, err := c.table.stats()
	if err != nil {
		v.CountersError = err.Error()
	}
	of := countersOf(stats)
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
		Name: vsName(p.vs), Protocol: protocols[uint8(p.vs.Protocol)], Scheduler: p.vs.Scheduler,
		Up: p.quorum.Up, Quorum: p.vs.Quorum, Hysteresis: p.vs.Hysteresis, Live: p.live,
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
		Name: rsName(s.pool.vs, s.rs), Method: s.rs.Method, Alive: s.alive(), InTable: s.inTable(),
		Weight: s.weight(), Configured: s.rs.Weight, Failed: s.failed, Checks: []CheckView{},
	}
	for _, c := range s.checks {
		w := CheckView{
			Kind: c.conf.Kind, Up: c.track.Up, Ran: c.track.Ran, Failures: c.track.Failures,
			Delay: c.conf.DelayLoop, Began: c.began,
		}
		if c.place >= 0 {
			w.Next = c.next
		}
		v.Checks = append(v.Checks, w)
	}
	return v
}
