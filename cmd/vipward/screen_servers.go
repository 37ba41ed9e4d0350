// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vipward/checker"
)

func (s screen) servers(v *checker.View, now time.Time) string {
	t := table{head: []string{"VIRTUAL SERVER / REAL SERVER", "STATE", "WEIGHT", "SINCE", "CONNS", "LATENCY", "CHECK"}}
	well := 0
	for _, vs := range v.Virtuals {
		if s.brief && serviceIsWell(vs) {
			well++
			continue
		}
		s.addService(&t, vs, now)
	}
	if well > 0 {
		t.note(faint, fmt.Sprintf("… %d virtual servers are UP, with all their real servers", well))
	}
	return t.draw(s)
}

// addService adds the rows of one virtual server.
func (s screen) addService(t *table, vs checker.VirtualView, now time.Time) {
	color, word := green, "UP"
	if !vs.Up {
		color, word = red, "DOWN"
	}
	if vs.Sorry != nil && vs.Sorry.Serves {
		color, word = yellow, "SORRY"
	}
	t.add(color, serviceName(vs), word, fmt.Sprintf("%d/%d", vs.Live, vs.Quorum), since(vs.Since, now), connections(vs.Counters != nil, activeOf(vs)), "", vs.Scheduler)
	well := 0
	for _, rs := range vs.Reals {
		if s.brief && serverIsWell(rs) {
			well++
			continue
		}
		t.add(serverColor(rs), "  "+rs.Address.String(), rs.State(), weightOf(rs), since(rs.Since, now),
			connections(rs.Load != nil, loadOf(rs)), latencyOf(rs), checkOf(rs))
		if why := whyNot(rs); why != "" {
			t.note(serverColor(rs), "    "+why)
		}
	}
	if well > 0 {
		t.note(faint, fmt.Sprintf("  … %d real servers are UP", well))
	}
}

// serverIsWell says whether there is nothing to tell of a real server.
func serverIsWell(rs checker.RealView) bool {
	return rs.Alive && rs.Paused == nil && (rs.Order == nil || rs.Order.Hold == checker.HoldNone) && whyNot(rs) == ""
}

func serviceIsWell(vs checker.VirtualView) bool {
	return vs.Up && (vs.Sorry == nil || !vs.Sorry.Serves) && !slices.ContainsFunc(vs.Reals, func(rs checker.RealView) bool { return !serverIsWell(rs) })
}

func serviceName(vs checker.VirtualView) string {
	if vs.Protocol == "none" || vs.Protocol == "" {
		return vs.Service
	}
	return vs.Service + " " + vs.Protocol
}

func serverColor(rs checker.RealView) string {
	switch {
	case rs.Order != nil && rs.Order.Hold != checker.HoldNone:
		return yellow
	case rs.Alive:
		return plain
	}
	return red
}

func weightOf(rs checker.RealView) string {
	if rs.Weight == rs.Configured {
		return fmt.Sprint(rs.Weight)
	}
	return fmt.Sprintf("%d (%d)", rs.Weight, rs.Configured)
}

func activeOf(vs checker.VirtualView) uint64 {
	var n uint64
	for _, rs := range vs.Reals {
		n += loadOf(rs)
	}
	return n
}

func loadOf(rs checker.RealView) uint64 {
	if rs.Load == nil {
		return 0
	}
	return uint64(rs.Load.Active)
}

func connections(known bool, n uint64) string {
	if !known {
		return "-"
	}
	return fmt.Sprint(n)
}

// latencyOf is that of the slowest check.
func latencyOf(rs checker.RealView) string {
	worst := 0.0
	for _, c := range rs.Checks {
		worst = max(worst, float64(c.Latency))
	}
	if worst == 0 {
		return "-"
	}
	return time.Duration(worst * float64(time.Second)).Round(10 * time.Microsecond).String()
}

// checkOf names the checks of a server.
func checkOf(rs checker.RealView) string {
	if len(rs.Checks) == 0 {
		return "none"
	}
	kinds := []string{}
	for _, c := range rs.Checks {
		if !slices.Contains(kinds, c.Kind) {
			kinds = append(kinds, c.Kind)
		}
	}
	text := strings.Join(kinds, " ")
	for _, c := range rs.Checks {
		if !c.Ran {
			return text + " not run yet"
		}
	}
	return text
}

// whyNot tells what the first check that fails found.
func whyNot(rs checker.RealView) string {
	for _, c := range rs.Checks {
		if !c.Up || c.Why != "" {
			return c.Kind + ": " + c.Why
		}
	}
	return ""
}
