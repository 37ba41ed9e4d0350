// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"

	"vipward/checker/probe"
	"vipward/conf"
	"vipward/ipvs"
	"vipward/notify"
)

// Store keeps the child's state where a crash of the child does not reach it.
type Store interface {
	// Load gives the bytes of the last Save, nil when there are none.
	Load() []byte
	// Save replaces them.
	Save(b []byte) error
}

// stateVersion changes when the state's form does. A child that finds another
// version starts from nothing.
const stateVersion = 3

// state is the saved form. Of servers and checks only what differs from "alive"
// is in it, so that it is small while all is well.
type state struct {
	Version  int
	Services []savedService
	besides
	Orders []heldOrder `json:",omitempty"`
}

// besides is what is kept beside the virtual servers: what was made or changed outside.
type besides struct {
	FIFOs []notify.MadeFIFO `json:",omitempty"`
	Tuned tuned             `json:",omitzero"`
	Marks marks             `json:",omitzero"`
}

type savedService struct {
	Key      serverKey
	Services []ipvs.Key // in the kernel's table because of it
	Quorum   bool
	Servers  []savedServer `json:",omitempty"`
	Leaving  []*leaver     `json:",omitempty"`
}

type savedServer struct {
	Server netip.AddrPort
	Down   bool         `json:",omitempty"`
	Pace   pace         `json:",omitzero"`
	Checks []savedCheck `json:",omitempty"`
}

// savedCheck is a check that is down, fails, or has a say in the weight.
type savedCheck struct {
	ID     string
	Track  Track
	Weight probe.Weight
}

// saved is the state of an earlier process by key. The services in it are in
// the kernel's table because of us.
type saved struct {
	services map[serverKey]savedService
	// judge gives the verdict of new checks that do not run by the clock; never nil where
	// there are any.
	judge  func(*conf.Checker) probe.Result
	orders map[heldKey]Order
	besides
}

// held gives the orders; never nil.
func (k saved) held() map[heldKey]Order {
	if k.orders == nil {
		return map[heldKey]Order{}
	}
	return k.orders
}

// encode gives the state of the roster, and what is to be kept beside it.
func (r *roster) encode(b besides) ([]byte, error) {
	st := state{Version: stateVersion, besides: b, Orders: r.heldOrders()}
	for _, p := range r.pools {
		st.Services = append(st.Services, p.save())
	}
	text, err := json.Marshal(st)
	if err != nil {
		return nil, fmt.Errorf("encode state: %w", err)
	}
	return text, nil
}

func (p *pool) save() savedService {
	out := savedService{Key: keyOf(p.vs), Quorum: p.quorum.Up, Leaving: p.leaving}
	for _, s := range services(p.vs) {
		out.Services = append(out.Services, s.Key)
	}
	for _, s := range p.servers {
		if is := s.save(); is.Down || is.Pace != (pace{}) || len(is.Checks) > 0 {
			out.Servers = append(out.Servers, is)
		}
	}
	return out
}

func (s *server) save() savedServer {
	out := savedServer{Server: s.addr(), Down: !s.alive(), Pace: s.slowed()}
	if !slices.ContainsFunc(s.checks, func(c *check) bool { return !c.plain() }) {
		return out // as nearly all
	}
	ids := s.ids()
	for i, c := range s.checks {
		if !c.plain() {
			out.Checks = append(out.Checks, savedCheck{ids[i].String(), c.track, c.weight})
		}
	}
	return out
}

// plain says whether the check is as nearly all are.
func (c *check) plain() bool {
	return c.track.Up && c.track.Failures == 0 && c.track.Page == 0 && c.weight == (probe.Weight{})
}

// decode reads what an earlier process saved; no bytes are no services.
func decode(b []byte) (saved, error) {
	if len(b) == 0 {
		return saved{}, nil
	}
	var st state
	if err := json.Unmarshal(b, &st); err != nil {
		return saved{}, fmt.Errorf("decode state: %w", err)
	}
	if st.Version != stateVersion {
		return saved{}, fmt.Errorf("decode state: version %d is not %d", st.Version, stateVersion)
	}
	known := saved{besides: st.besides, orders: ordersOf(st.Orders), services: make(map[serverKey]savedService, len(st.Services))}
	for _, s := range st.Services {
		known.services[s.Key] = s
	}
	return known, nil
}

// keys lists the services.
func (k saved) keys() []ipvs.Key {
	keys := make([]ipvs.Key, 0, len(k.services))
	for _, s := range k.services {
		keys = append(keys, s.Services...)
	}
	return keys
}

// restore gives a new pool the verdicts of an earlier process.
func (p *pool) restore(is savedService) {
	p.quorum.Up = is.Quorum
	p.stay(is.Leaving)
	known := make(map[netip.AddrPort]savedServer, len(is.Servers))
	for _, s := range is.Servers {
		known[s.Server] = s
	}
	for _, s := range p.servers {
		s.restore(known[s.addr()])
	}
}

// restore gives a server the verdicts of an earlier process. If it was down, and no check
// that failed is still configured, all that run by the clock must pass. What the others
// follow tells their verdict.
func (s *server) restore(was savedServer) {
	if was.Pace != (pace{}) {
		s.inherit(new(was.Pace))
	}
	explained := !was.Down
	known := s.known(was.Checks)
	for i, c := range s.checks {
		is := known(i)
		explained = explained || is != nil && !is.Track.Up
		switch {
		case c.follows() != "":
		case is != nil:
			c.restore(*is)
		default:
			c.track = KnownTrack(true)
		}
	}
	if explained {
		return
	}
	for _, c := range s.checks {
		if c.follows() == "" {
			c.track = KnownTrack(false)
		}
	}
}

// known finds what was saved of the i-th check; nil: nothing, as of nearly all.
func (s *server) known(list []savedCheck) func(i int) *savedCheck {
	if len(list) == 0 {
		return func(int) *savedCheck { return nil }
	}
	ids, of := s.ids(), make(map[string]*savedCheck, len(list))
	for i := range list {
		of[list[i].ID] = &list[i]
	}
	return func(i int) *savedCheck { return of[ids[i].String()] }
}

// restore goes on where an earlier process was.
func (c *check) restore(is savedCheck) {
	c.track, c.weight = is.Track, is.Weight
	if c.track.Page < 0 || c.conf.HTTP == nil || int(c.track.Page) >= len(c.conf.HTTP.URLs) {
		c.track.Page = 0
	}
}
