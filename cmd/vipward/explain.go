// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"vipward/control"
	"vipward/vrrp"
)

// explain is `vipward explain`: why an instance is master or not, why a real server is down.
func (c *toolCall) explain() int {
	client := c.connects()
	if code, ok := c.parse(0, 1); !ok {
		return code
	}
	ctx, stop := interruptible()
	defer stop()
	cl := client()
	st, err := cl.State(ctx)
	if err != nil {
		return c.failed(err)
	}
	name := ""
	if len(c.args) == 1 {
		name = c.args[0]
	}
	text := explanation(st, name)
	if text == "" && name != "" {
		return c.fail(fmt.Errorf("there is no instance, sync group, tracker, address, virtual or real server %q", name))
	}
	if text == "" {
		text = "no instance is configured, and all servers are well\n"
	}
	_, err = fmt.Fprint(c.stdout, text)
	return c.written(err)
}

// explanation explains what has that name; without a name every instance, and every server
// that is not well.
func explanation(st *control.State, name string) string {
	var b strings.Builder
	if st.VRRP != nil {
		explainVRRP(&b, st.VRRP, name, st.At)
	}
	if st.Checker != nil {
		for _, vs := range st.Checker.Virtuals {
			explainVirtual(&b, vs, name, st.At)
		}
	}
	return b.String()
}

// explainVRRP explains the instances that a name means: of an instance, a sync group, one of
// their addresses, or what they track. No name means all of them.
func explainVRRP(b *strings.Builder, v *vrrp.Status, name string, now time.Time) {
	for _, g := range v.Groups {
		if g.Name == name {
			explainGroup(facts{b}, g, v)
		}
	}
	for _, t := range v.Trackers {
		if t.Name == name {
			explainTracker(facts{b}, t, v)
		}
	}
	list := v.Instances
	if name != "" {
		list = control.Members(v, name)
	}
	if len(list) == 0 {
		list = holders(v, name)
	}
	for _, vi := range list {
		explainInstance(b, vi, now)
	}
}

// explainGroup says why a sync group is in its state: all its members are in the same one.
func explainGroup(f facts, g vrrp.GroupStatus, v *vrrp.Status) {
	f.title("sync group %s is %s here", g.Name, g.State)
	f.fact("its members change together: %s", strings.Join(g.Members, ", "))
	for _, vi := range v.Instances {
		if vi.Group == g.Name && len(vi.Faults) > 0 {
			f.fact("%s holds it back: %s", vi.Name, strings.Join(vi.Faults, "; "))
		}
	}
}

// explainTracker says what a tracked thing is, and what it does to whom.
func explainTracker(f facts, t vrrp.TrackerStatus, v *vrrp.Status) {
	f.title("%s %s is %s", t.Kind, t.Name, t.State)
	switch t.Kind {
	case "script":
		f.fact("%s, the last exit status %d", t.What, t.Status)
	case "file":
		f.fact("%s, whose value is %d", t.What, t.Status)
	default:
		f.fact("%s", t.What)
	}
	for _, vi := range v.Instances {
		for _, w := range vi.Watches {
			if w.Kind != t.Kind || w.Name != t.Name {
				continue
			}
			switch {
			case w.Fault:
				f.fact("it keeps %s out of the election", vi.Name)
			case w.Delta != 0:
				f.fact("it adds %+d to the priority of %s", w.Delta, vi.Name)
			default:
				f.fact("it does nothing to %s now", vi.Name)
			}
		}
	}
}

// holders are the instances that an address belongs to.
func holders(v *vrrp.Status, address string) []vrrp.InstanceStatus {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return nil
	}
	var out []vrrp.InstanceStatus
	for _, vi := range v.Instances {
		if slices.ContainsFunc(slices.Concat(vi.VIPs, vi.Excluded), func(s vrrp.AddressStatus) bool { return s.Address.Addr() == a }) {
			out = append(out, vi)
		}
	}
	return out
}

// facts writes a list of them.
type facts struct{ *strings.Builder }

func (f facts) title(format string, args ...any) {
	f.WriteString(clean(fmt.Sprintf(format, args...)) + "\n")
}

func (f facts) fact(format string, args ...any) {
	f.WriteString("  - " + clean(fmt.Sprintf(format, args...)) + "\n")
}

func explainInstance(b *strings.Builder, vi vrrp.InstanceStatus, now time.Time) {
	f := facts{b}
	f.title("%s is %s here%s", vi.Name, vi.State, sinceText(vi.Since, now))
	if vi.Group != "" {
		f.fact("it changes together with the sync group %s", vi.Group)
	}
	if n := len(vi.History); n > 0 {
		f.fact("the last change, from %s: %s", vi.History[n-1].From, vi.History[n-1].Why)
	}
	switch vi.State {
	case "MASTER":
		explainMaster(f, vi, now)
	case "BACKUP":
		explainBackup(f, vi)
	case "FAULT":
		for _, reason := range vi.Faults {
			f.fact("it cannot take part: %s", reason)
		}
	}
	explainPriority(f, vi)
	explainTrouble(f, vi)
	for _, c := range vi.History {
		f.fact("%s  %s -> %s, priority %d: %s", c.At.Local().Format("2006-01-02 15:04:05.000"), c.From, c.To, c.Priority, c.Why)
	}
}

func explainMaster(f facts, vi vrrp.InstanceStatus, now time.Time) {
	f.fact("no other master is heard; an advert leaves from %s every %g s, the last one %s ago", vi.Source, float64(vi.Interval),
		now.Sub(vi.LastAdvert).Round(time.Millisecond))
	for _, a := range vi.VIPs {
		if !a.Set {
			f.fact("the address %s is missing on %s", a.Address, a.Device)
		}
	}
}

// explainBackup says why the router that is heard is master, and not this one.
func explainBackup(f facts, vi vrrp.InstanceStatus) {
	if vi.Master == nil {
		f.fact("no master has been heard yet; without one it takes over by itself")
		return
	}
	m := vi.Master
	switch {
	case m.Priority > vi.Priority:
		f.fact("%s is master: its priority %d is higher than ours, %d", m.Address, m.Priority, vi.Priority)
	case m.Priority == vi.Priority:
		f.fact("%s is master with the same priority, %d: who has the mastership keeps it", m.Address, m.Priority)
	case vi.NoPreempt:
		f.fact("%s is master with a lower priority, %d, than ours, %d: nopreempt lets it", m.Address, m.Priority, vi.Priority)
	default:
		f.fact("%s is master with a lower priority, %d, than ours, %d: the take-over is due", m.Address, m.Priority, vi.Priority)
	}
	f.fact("if nothing is heard of it until %s, this node takes over", vi.Deadline.Local().Format("15:04:05.000"))
}

// explainPriority shows what the effective priority is made of.
func explainPriority(f facts, vi vrrp.InstanceStatus) {
	if vi.Resting {
		f.fact("priority 1 instead of %d: an operator made it rest (vipward maintenance %s off)", vi.Configured, vi.Name)
		return
	}
	text := fmt.Sprintf("priority %d", vi.Priority)
	var parts []string
	for _, w := range vi.Watches {
		if w.Delta != 0 {
			parts = append(parts, fmt.Sprintf("%s %s %+d", w.Kind, w.Name, w.Delta))
		}
	}
	if parts != nil {
		text += fmt.Sprintf(" = %d configured, %s", vi.Configured, strings.Join(parts, ", "))
	}
	f.fact("%s", text)
}

// explainTrouble tells what may keep routers from hearing each other.
func explainTrouble(f facts, vi vrrp.InstanceStatus) {
	if vi.Deaf {
		f.fact("packets to ourselves do not come back: a firewall takes adverts away (accept protocol 112)")
	}
	if vi.SendErr != "" {
		f.fact("the last advert could not be sent: %s", vi.SendErr)
	}
	if vi.Late > 0 {
		f.fact("%d adverts left more than two intervals after the one before", vi.Late)
	}
	for reason, n := range sortedPairs(vi.Counters.Dropped) {
		f.fact("%d received packets were dropped: %s", n, reason)
	}
}

func sinceText(at, now time.Time) string {
	if at.IsZero() {
		return ""
	}
	return fmt.Sprintf(" since %s (%s)", at.Local().Format("15:04:05"), since(at, now))
}
