// SPDX-License-Identifier: Apache-2.0

package election

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"vipward/vrrp/packet"
)

// epoch is when every simulated network begins.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

var (
	group   = netip.MustParseAddr("224.0.0.18")
	vip     = netip.MustParseAddr("10.0.0.100")
	ours    = netip.MustParseAddr("10.0.0.5")
	lower   = netip.MustParseAddr("10.0.0.2")
	higher  = netip.MustParseAddr("10.0.0.9")
	someone = netip.MustParseAddr("10.0.0.77")
)

// defaults are the parameters that keepalived fills in, with a second between adverts.
func defaultParams(version int, priority uint8) Params {
	return Params{
		Name: "VI_1", VRID: 51, Version: version, Priority: priority,
		AdvertInt: time.Second, DownTimerAdverts: 3,
		Announce: AnnounceParams{
			Delay: 5 * time.Second, Repeat: 5, RefreshRepeat: 1,
			LowerDelay: 5 * time.Second, LowerRepeat: 5,
		},
	}
}

// wireOf is the wire of an instance with one virtual address.
func wireOf(p Params, source netip.Addr) *packet.Wire {
	w := packet.NewWire(packet.Config{
		Version: p.Version, VRID: p.VRID, AdvertInt: p.AdvertInt, Addrs: []netip.Addr{vip}, Group: group,
	})
	w.Source = source
	return w
}

// show renders an action for transcripts and comparisons.
func show(a Action) string {
	switch a := a.(type) {
	case SendAdvert:
		return fmt.Sprintf("advert %d", a.Priority)
	case AddAddresses:
		return "add addresses"
	case RemoveAddresses:
		return "remove addresses"
	case Announce:
		return fmt.Sprintf("announce %d", a.Rounds)
	case Transition:
		mark := ""
		if a.AtStart {
			mark = " at start"
		}
		return fmt.Sprintf("%s -> %s prio %d%s", a.From, a.To, a.Priority, mark)
	case AnnounceSource:
		return "announce source"
	case MasterRxLowerPri:
		return fmt.Sprintf("hook MASTER_RX_LOWER_PRI %d", a.Priority)
	case PriorityChange:
		return fmt.Sprintf("hook %s_PRIORITY %d", a.State, a.Priority)
	case Log:
		text, detail := a.Line("I")
		return strings.TrimPrefix(text, "(I)") + map[bool]string{true: " -D"}[detail]
	case GroupTransition:
		mark := ""
		if a.AtStart {
			mark = " at start"
		}
		return fmt.Sprintf("group %s -> %s%s", a.From, a.To, mark)
	case GroupLog:
		text, _ := a.Line("G")
		return text
	}
	return fmt.Sprintf("unknown action %T", a)
}

func showAll(acts []Action) []string {
	var out []string
	for _, a := range acts {
		out = append(out, strings.TrimPrefix(show(a), " "))
	}
	return out
}

// node is one simulated router: a machine with its wire, and what its host would hold.
type node struct {
	name  string
	addr  netip.Addr
	link  string   // routers hear each other on the same one
	host  *host    // nil: not in a group
	index int      // in the group
	m     *Machine // nil: its process is dead
	p     Params
	wire  *packet.Wire
	facts Facts
	holds bool // the addresses
	seen  map[packet.Verdict]int

	asleep bool     // its process gets no time
	inbox  []flight // what waits in its socket meanwhile
}

// host is a simulated host whose routers are in one group.
type host struct {
	name    string
	g       *Group
	members []*node
}

// flight is a packet on its way.
type flight struct {
	due      time.Time
	seq      int
	from, to *node
	bytes    []byte
	ad       Advert // with bare, in place of bytes
}

// sim is a network of routers on one link with a clock of its own. Adverts go through the
// codec. Everything happens in a fixed order, so a run can be repeated.
type sim struct {
	now     time.Time
	nodes   []*node
	hosts   []*host
	air     []flight
	cut     map[[2]string]bool // one direction each
	seq     int
	bare    bool // adverts go as they are, not through the codec: faster
	latency func() time.Duration
	lose    func() bool
	watch   func(n *node, a Action)
	whole   func(h *host, a Action) // the actions of groups
}

func newSim(watch func(*node, Action)) *sim {
	return &sim{
		now: epoch, cut: map[[2]string]bool{}, watch: watch,
		latency: func() time.Duration { return time.Millisecond },
		lose:    func() bool { return false },
	}
}

func (s *sim) node(name string) *node {
	for _, n := range s.nodes {
		if n.name == name {
			return n
		}
	}
	return nil
}

// add puts a router with a new machine on the link.
func (s *sim) add(name string, addr netip.Addr, p Params) *node {
	n := &node{name: name, addr: addr, p: p, wire: wireOf(p, addr), facts: Facts{Source: addr}, seen: map[packet.Verdict]int{}}
	s.nodes = append(s.nodes, n)
	return n
}

// boot starts a router's process.
func (s *sim) boot(n *node, ev Start) {
	n.m = NewMachine(n.p)
	s.step(n, n.facts)
	s.step(n, ev)
}

// unite makes a group of routers, which may be at work, in place of an earlier one.
func (s *sim) unite(h *host, members ...*node) {
	if h.g != nil {
		h.g.Dissolve()
	}
	for _, n := range h.members {
		n.host = nil
	}
	var ms []*Machine
	for i, n := range members {
		if n.m == nil {
			n.m = NewMachine(n.p)
		}
		n.host, n.index = h, i
		ms = append(ms, n.m)
	}
	freed := slices.DeleteFunc(slices.Clone(h.members), func(n *node) bool { return n.host == h })
	h.members, h.g = members, NewGroup(h.name, ms...)
	for _, n := range slices.Concat(members, freed) {
		s.step(n, n.facts)
	}
}

// bootHost starts the processes of a host with a group.
func (s *sim) bootHost(h *host, resume map[*node]Start) {
	for _, n := range h.members {
		n.m = nil
	}
	h.g = nil
	s.unite(h, h.members...)
	for _, n := range h.members {
		s.step(n, resume[n])
	}
}

// step gives a router an event and does what its machine, or its group, wants.
func (s *sim) step(n *node, ev Event) {
	if n.m == nil {
		return
	}
	if n.host == nil {
		for _, a := range n.m.Step(s.now, ev) {
			s.do(n, a)
		}
		return
	}
	h := n.host
	for _, a := range h.g.Step(s.now, n.index, ev) {
		if a.Member != Whole {
			s.do(h.members[a.Member], a.Action)
		} else if s.whole != nil {
			s.whole(h, a.Action)
		}
	}
}

func (s *sim) do(n *node, a Action) {
	switch a := a.(type) {
	case SendAdvert:
		s.send(n, a.Priority)
	case AddAddresses:
		n.holds = true
	case RemoveAddresses:
		n.holds = false
	}
	if s.watch != nil {
		s.watch(n, a)
	}
}

// send puts one advert in the air for every other router. A sender without a link is mute.
func (s *sim) send(n *node, priority uint8) {
	if n.facts.Faults&FaultLink != 0 {
		return
	}
	var b []byte
	if !s.bare {
		n.wire.Begin(priority, s.now)
		b = bytes.Clone(n.wire.To(group))
	}
	ad := Advert{From: n.addr, Priority: priority, Interval: n.p.AdvertInt}
	for _, to := range s.nodes {
		if to == n || to.link != n.link || s.cut[[2]string{n.name, to.name}] || s.lose() {
			continue
		}
		s.seq++
		s.fly(flight{s.now.Add(s.latency()), s.seq, n, to, b, ad})
	}
}

// fly puts a packet at its place in the air.
func (s *sim) fly(f flight) {
	at, _ := slices.BinarySearchFunc(s.air, f, func(a, b flight) int {
		return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.seq, b.seq))
	})
	s.air = slices.Insert(s.air, at, f)
}

// arrive hands a packet over as a socket would.
func (s *sim) arrive(f flight) {
	switch {
	case f.to.m == nil || f.to.facts.Faults&FaultLink != 0:
		return
	case f.to.asleep:
		f.to.inbox = append(f.to.inbox, f)
		return
	case s.bare:
		if f.from.p.Version == f.to.p.Version {
			s.step(f.to, f.ad)
		}
		return
	}
	p, _ := packet.ParseIPv4(f.bytes)
	ad, found := f.to.wire.Check(p, s.now)
	f.to.seen[found.Verdict()]++
	if found.Accepted() {
		s.step(f.to, Advert(ad))
	}
}

// wake gives a process time again: packets first, as the shell does it.
func (s *sim) wake(n *node) {
	n.asleep = false
	waiting := n.inbox
	n.inbox = nil
	for _, f := range waiting {
		s.arrive(f)
	}
}

// next is when something happens; zero when nothing will.
func (s *sim) next() time.Time {
	var next time.Time
	if len(s.air) > 0 {
		next = s.air[0].due
	}
	for _, n := range s.nodes {
		if n.m == nil || n.asleep || n.m.Deadline().IsZero() {
			continue
		}
		if next.IsZero() || n.m.Deadline().Before(next) {
			next = n.m.Deadline()
		}
	}
	return next
}

// advance lets time pass. At one moment packets come before deadlines, as in the child.
func (s *sim) advance(d time.Duration) {
	end := s.now.Add(d)
	for {
		next := s.next()
		if next.IsZero() || next.After(end) {
			break
		}
		if next.After(s.now) {
			s.now = next
		}
		s.happen()
	}
	s.now = end
}

// happen does what is due now.
func (s *sim) happen() {
	if len(s.air) > 0 && !s.air[0].due.After(s.now) {
		f := s.air[0]
		s.air = s.air[1:]
		s.arrive(f)
		return
	}
	for _, n := range s.nodes {
		if n.m == nil || n.asleep || !due(n.m.Deadline(), s.now) {
			continue
		}
		s.step(n, Wake{})
		if d := n.m.Deadline(); !d.IsZero() && !d.After(s.now) {
			panic(fmt.Sprintf("%s: deadline %v is still due after a Wake", n.name, d)) // a shell would spin
		}
	}
}
