// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"vipward/vrrp"
)

// instances draws the instances. Where their addresses do not fit into a column they get
// lines of their own.
func (s screen) instances(v *vrrp.Status, now time.Time) string {
	t := s.instanceTable(v, now, true)
	if t.width() > s.width {
		t = s.instanceTable(v, now, false)
	}
	return t.draw(s)
}

func (s screen) instanceTable(v *vrrp.Status, now time.Time, wide bool) table {
	t := table{head: []string{"INSTANCE", "STATE", "PRIO", "SINCE", "MASTER", "INTERFACE"}}
	grouped := wide && len(v.Groups) > 0
	if grouped {
		t.head = append(t.head, "GROUP")
	}
	if wide {
		t.head = append(t.head, "ADDRESSES")
	}
	well := 0
	for _, vi := range v.Instances {
		if s.brief && isWell(vi) {
			well++
			continue
		}
		cells := []string{vi.Name, vi.State, priorityOf(vi), since(vi.Since, now), masterOf(vi), vi.Interface}
		if grouped {
			cells = append(cells, cmp.Or(vi.Group, "-"))
		}
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
	if well > 0 {
		t.note(faint, fmt.Sprintf("… instances that are well: %d (%s)", well, stateCounts(v.Instances)))
	}
	return t
}

// isWell says whether an operator has nothing to do about an instance.
func isWell(vi vrrp.InstanceStatus) bool {
	missing := slices.ContainsFunc(vi.VIPs, func(a vrrp.AddressStatus) bool { return !a.Set })
	return !vi.Resting && len(vi.Faults) == 0 && (vi.State == "BACKUP" || vi.State == "MASTER" && !missing)
}

// stateCounts says how many of the instances that are well are in which state.
func stateCounts(list []vrrp.InstanceStatus) string {
	masters, backups := 0, 0
	for _, vi := range list {
		switch {
		case !isWell(vi):
		case vi.State == "MASTER":
			masters++
		default:
			backups++
		}
	}
	return fmt.Sprintf("%d MASTER, %d BACKUP", masters, backups)
}

// trackers lists what instances depend on, the bad ones first.
func (s screen) trackers(list []vrrp.TrackerStatus) string {
	var good, bad []string
	for _, t := range list {
		text := t.Kind + " " + t.Name + " " + t.State
		if t.Kind == "file" {
			text += fmt.Sprintf(" (%d)", t.Status)
		}
		if t.State == "GOOD" {
			good = append(good, text)
		} else {
			bad = append(bad, text)
		}
	}
	var b strings.Builder
	write := func(color, title string, list []string) {
		if len(list) == 0 {
			return
		}
		for _, line := range s.wrap(title+strings.Join(list, ", "), 2) {
			b.WriteString(s.paint(color, line) + "\n")
		}
	}
	write(red, "TRACKED  ", bad)
	if s.brief && len(good) > 0 {
		good = []string{fmt.Sprintf("… %d GOOD", len(good))}
	}
	write(plain, "TRACKED  ", good)
	return b.String()
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
