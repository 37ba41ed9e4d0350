// SPDX-License-Identifier: Apache-2.0

package page

import (
	"slices"
	"strings"
	"time"

	"vipward/checker"
)

// Server is a real_server.
type Server struct {
	Name       string    `json:"name"`
	State      string    `json:"state"`
	Level      Level     `json:"level"`
	Since      time.Time `json:"since,omitzero"`
	Weight     int       `json:"weight"` // in effect
	Configured int       `json:"configured_weight"`
	Active     *uint32   `json:"active,omitempty"` // connections; absent: the kernel does not say
	Inactive   *uint32   `json:"inactive,omitempty"`
	Checks     string    `json:"checks"`
	Took       float64   `json:"ms"`            // of the slowest check's latest run; 0: none ended
	Next       time.Time `json:"next,omitzero"` // the next check
	History    []float32 `json:"history"`       // response times in ms of the last runs, or Down; oldest first
	Why        string    `json:"why"`
}

// servers lists the real servers of a virtual server. Where only they and not it have the
// text that is looked for, those without it are left out.
func servers(l *Look, of, find string, h *history) (Some[Server], bool) {
	if l.Checker == nil {
		return Some[Server]{}, false
	}
	i := slices.IndexFunc(l.Checker.Virtuals, func(vs checker.VirtualView) bool { return vs.Name == of })
	if i < 0 {
		return Some[Server]{}, false
	}
	vs := &l.Checker.Virtuals[i]
	if s := serviceOf(vs); s.matches(find, nil) {
		find = ""
	}
	var picked []*checker.RealView
	for i := range vs.Reals {
		if matchesServer(find, &vs.Reals[i]) {
			picked = append(picked, &vs.Reals[i])
		}
	}
	few := some(picked, maxServers, func(rs *checker.RealView) Level { level, _ := judgeServer(rs); return level })
	out := Some[Server]{List: []Server{}, More: few.More}
	for _, rs := range few.List {
		out.List = append(out.List, serverOf(rs, h.of(vs.Name, rs.Name)))
	}
	return out, true
}

func serverOf(rs *checker.RealView, past []float32) Server {
	level, why := judgeServer(rs)
	_, took := latest(rs)
	s := Server{
		Name: rs.Address.String(), State: rs.State(), Level: level, Since: rs.Since, Weight: rs.Weight, Configured: rs.Configured,
		Checks: kinds(rs), Took: milliseconds(took), Next: next(rs), History: past, Why: why,
	}
	if rs.Load != nil {
		s.Active, s.Inactive = &rs.Load.Active, &rs.Load.Inactive
	}
	return s
}

// kinds names the checks, each kind once.
func kinds(rs *checker.RealView) string {
	var list []string
	for _, c := range rs.Checks {
		if !slices.Contains(list, c.Kind) {
			list = append(list, c.Kind)
		}
	}
	return orElse(strings.Join(list, " "), "none")
}

// next is when the next check begins.
func next(rs *checker.RealView) (at time.Time) {
	for _, c := range rs.Checks {
		if at.IsZero() || !c.Next.IsZero() && c.Next.Before(at) {
			at = c.Next
		}
	}
	return at
}

func matchesServer(find string, rs *checker.RealView) bool {
	_, why := judgeServer(rs)
	return matches(find, rs.Name, rs.Address.String(), rs.State(), kinds(rs), why)
}
