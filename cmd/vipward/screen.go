// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vipward/checker"
	"vipward/control"
	"vipward/vrrp"
)

// screen draws text for a terminal, or for a file.
type screen struct {
	width  int
	height int // 0: any
	color  bool
}

// The colors of states.
const (
	plain  = ""
	bold   = "1"
	green  = "32"
	red    = "31"
	yellow = "33"
	faint  = "2"
)

// status draws everything that an operator asks for first: who is master, what serves.
func (s screen) status(st *control.State, now time.Time) string {
	var b strings.Builder
	b.WriteString(s.header(st, now))
	for _, p := range st.Problems {
		b.WriteString(s.paint(red, s.fit("! "+p)) + "\n")
	}
	if st.VRRP != nil && len(st.VRRP.Instances) > 0 {
		b.WriteString("\n" + s.instances(st.VRRP, now))
	}
	if st.Checker != nil && len(st.Checker.Virtuals) > 0 {
		b.WriteString("\n" + s.servers(st.Checker, now))
	}
	return b.String()
}

func (s screen) header(st *control.State, now time.Time) string {
	d := st.Daemon
	line := fmt.Sprintf("%s  vipward %s  %s, up %s  pid %d", st.Host, st.Version, d.Phase, since(d.Started, now), d.PID)
	restarts := 0
	for _, p := range d.Processes {
		restarts += p.Restarts
	}
	if restarts > 0 {
		line += fmt.Sprintf("  process restarts: %d", restarts)
	}
	out := s.paint(bold, s.fit(line)) + "\n"
	if st.Config.Refused {
		out += s.paint(yellow, s.fit("! the last reload was refused: vipward check "+st.Config.Path+" says why")) + "\n"
	}
	return out
}

// instances draws the instances. Where their addresses do not fit into a column they get
// lines of their own.
func (s screen) instances(v *vrrp.Status, now time.Time) string {
	t := instanceTable(v, now, true)
	if t.width() > s.width {
		t = instanceTable(v, now, false)
	}
	return t.draw(s)
}

func instanceTable(v *vrrp.Status, now time.Time, wide bool) table {
	t := table{head: []string{"INSTANCE", "STATE", "PRIO", "SINCE", "MASTER", "INTERFACE"}}
	if wide {
		t.head = append(t.head, "ADDRESSES")
	}
	for _, vi := range v.Instances {
		cells := []string{vi.Name, vi.State, priorityOf(vi), since(vi.Since, now), masterOf(vi), vi.Interface}
		if wide {
			cells = append(cells, addressesOf(vi))
		}
		t.add(stateColor(vi), cells...)
		if !wide {
			t.note(plain, "  "+addressesOf(vi))
		}
		for _, f := range vi.Faults {
			t.note(red, "  "+f)
		}
		if vi.Resting {
			t.note(yellow, "  rests: other routers go first (vipward maintenance "+vi.Name+" off)")
		}
	}
	return t
}

func stateColor(vi vrrp.InstanceStatus) string {
	switch vi.State {
	case "MASTER":
		for _, a := range vi.VIPs {
			if !a.Set {
				return yellow
			}
		}
		return green
	case "FAULT":
		return red
	}
	return plain
}

func priorityOf(vi vrrp.InstanceStatus) string {
	if vi.Priority == vi.Configured {
		return fmt.Sprint(vi.Priority)
	}
	return fmt.Sprintf("%d (%d)", vi.Priority, vi.Configured)
}

func masterOf(vi vrrp.InstanceStatus) string {
	switch {
	case vi.State == "MASTER":
		return "this node"
	case vi.Master == nil:
		return "-"
	}
	return fmt.Sprintf("%s (%d)", vi.Master.Address, vi.Master.Priority)
}

// addressesOf lists the addresses; a master's that is missing is marked.
func addressesOf(vi vrrp.InstanceStatus) string {
	var list []string
	for _, a := range append(vi.VIPs[:len(vi.VIPs):len(vi.VIPs)], vi.Excluded...) {
		text := a.Address.String()
		if vi.State == "MASTER" && !a.Set {
			text += " MISSING"
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

func (s screen) servers(v *checker.View, now time.Time) string {
	t := table{head: []string{"VIRTUAL SERVER / REAL SERVER", "STATE", "WEIGHT", "SINCE", "CONNS", "LATENCY", "CHECK"}}
	for _, vs := range v.Virtuals {
		color, word := green, "UP"
		if !vs.Up {
			color, word = red, "DOWN"
		}
		if vs.Sorry != nil && vs.Sorry.Serves {
			color, word = yellow, "SORRY"
		}
		t.add(color, serviceName(vs), word, fmt.Sprintf("%d/%d", vs.Live, vs.Quorum), since(vs.Since, now), connections(vs.Counters != nil, activeOf(vs)), "", vs.Scheduler)
		for _, rs := range vs.Reals {
			t.add(serverColor(rs), "  "+rs.Address.String(), serverWord(rs), weightOf(rs), since(rs.Since, now),
				connections(rs.Load != nil, loadOf(rs)), latencyOf(rs), checkOf(rs))
			if why := whyNot(rs); why != "" {
				t.note(serverColor(rs), "    "+why)
			}
		}
	}
	if v.Trouble != "" {
		t.note(red, "! "+v.Trouble)
	}
	return t.draw(s)
}

func serviceName(vs checker.VirtualView) string {
	if vs.Protocol == "none" || vs.Protocol == "" {
		return vs.Service
	}
	return vs.Service + " " + vs.Protocol
}

// serverWord is the state of a real server; an order that takes it out of service comes first.
func serverWord(rs checker.RealView) string {
	hold := checker.HoldNone
	if rs.Order != nil {
		hold = rs.Order.Hold
	}
	switch {
	case hold == checker.HoldMaintenance:
		return "MAINT"
	case hold != checker.HoldNone && hold != checker.HoldWeight:
		return strings.ToUpper(string(hold))
	case rs.Alive:
		return "UP"
	}
	return "DOWN"
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

// since is how long something lasts: "5s", "3m", "2h10m", "4d3h". A time that is not known
// is a dash.
func since(at, now time.Time) string {
	if at.IsZero() {
		return "-"
	}
	d := max(now.Sub(at), 0)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%dh", int(d.Hours())/24, int(d.Hours())%24)
}

// paint colors a text, if there are colors.
func (s screen) paint(color, text string) string {
	if !s.color || color == plain {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// fit cuts a text to the width. What comes from a configuration or the network may hold
// anything: what would move the cursor is taken out.
func (s screen) fit(text string) string { return fitTo(text, s.width) }

func fitTo(text string, width int) string {
	text = clean(text)
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	if width < 1 {
		return ""
	}
	r := []rune(text)
	return string(r[:width-1]) + "…"
}

// clean replaces what is not to be printed.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// cut keeps as many lines as the terminal has, and says how many are missing.
func (s screen) cut(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if s.height > 1 && len(lines) > s.height {
		missing := len(lines) - s.height + 1
		lines = append(lines[:s.height-1], s.paint(faint, fmt.Sprintf("… %d more lines", missing)))
	}
	for i := range lines {
		lines[i] += "\x1b[K"
	}
	return strings.Join(lines, "\n")
}
