// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"encoding/json"
	"fmt"
	"net/netip"

	"vipward/checker/probe"
	"vipward/conf"
	"vipward/ipvs"
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
const stateVersion = 2

// state is the saved form. Only what differs from "alive" is in it, so that it
// is small while all is well.
type state struct {
	Version  int
	Services []savedService
}

type savedService struct {
	Key      serverKey
	Services []ipvs.Key // in the kernel's table because of it
	Quorum   bool
	Down     []savedServer `json:",omitempty"`
}

type savedServer struct {
	Server netip.AddrPort
	Checks []string // those that are down
}

// saved is the state of an earlier process by key. The services in it are in
// the kernel's table because of us.
type saved struct {
	services map[serverKey]savedService
	// judge gives the verdict of new checks that do not run by the clock; never nil where
	// there are any.
	judge func(*conf.Checker) probe.Result
}

// encode gives the roster's state.
func (r *roster) encode() ([]byte, error) {
	st := state{Version: stateVersion}
	for _, p := range r.pools {
		st.Services = append(st.Services, p.save())
	}
	b, err := json.Marshal(st)
	if err != nil {
		return nil, fmt.Errorf("encode state: %w", err)
	}
	return b, nil
}

func (p *pool) save() savedService {
	out := savedService{Key: keyOf(p.vs), Quorum: p.quorum.Up}
	for _, s := range services(p.vs) {
		out.Services = append(out.Services, s.Key)
	}
	for _, s := range p.servers {
		if s.alive() {
			continue
		}
		down := savedServer{Server: s.addr()}
		for _, c := range s.checks {
			if !c.track.Up {
				down.Checks = append(down.Checks, c.id.String())
			}
		}
		out.Down = append(out.Down, down)
	}
	return out
}

// String names the check in the state.
func (id checkID) String() string { return fmt.Sprintf("%s #%d", id.what, id.nth) }

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
	known := saved{services: make(map[serverKey]savedService, len(st.Services))}
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
	down := make(map[netip.AddrPort]savedServer, len(is.Down))
	for _, s := range is.Down {
		down[s.Server] = s
	}
	for _, s := range p.servers {
		if was, ok := down[s.addr()]; ok {
			s.restoreDown(was)
			continue
		}
		s.believe(func(*check) bool { return true })
	}
}

// believe gives the checks that run by the clock a verdict. The others know theirs already.
func (s *server) believe(up func(c *check) bool) {
	for _, c := range s.checks {
		if c.follows() == "" {
			c.track = KnownTrack(up(c))
		}
	}
}

// restoreDown keeps a server out. If none of its checks is one that failed,
// the configuration has changed meanwhile, and all of them must pass.
func (s *server) restoreDown(was savedServer) {
	failed := map[string]bool{}
	for _, name := range was.Checks {
		failed[name] = true
	}
	s.believe(func(c *check) bool { return !failed[c.id.String()] })
	if s.recount(); s.alive() {
		s.believe(func(*check) bool { return false })
	}
}
