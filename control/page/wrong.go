// SPDX-License-Identifier: Apache-2.0

package page

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vipward/checker"
	"vipward/vrrp"
	"vipward/watchdog"
)

// Level is how bad something is.
type Level string

// The levels: all is as it should be; an operator wants it so; it works, with less behind it;
// somebody is not served, or may soon be without anybody noticing.
const (
	Fine Level = "fine"
	Note Level = "note"
	Warn Level = "warn"
	Bad  Level = "bad"
)

// rank orders levels, the worst first.
func (l Level) rank() int { return slices.Index([]Level{Bad, Warn, Note, Fine}, l) }

// Finding is something that is not as it should be.
type Finding struct {
	Level Level     `json:"level"`
	Kind  string    `json:"kind"` // instance, service, tracker, daemon
	Name  string    `json:"name"`
	State string    `json:"state"`
	Since time.Time `json:"since,omitzero"` // zero: longer than this process lives, or not known
	Why   string    `json:"why"`
}

// wrong lists what is wrong: the worst first, and of those the newest.
func wrong(l *Look) []Finding {
	list := daemonFindings(l)
	if l.VRRP != nil {
		list = append(list, vrrpFindings(l.VRRP)...)
	}
	if l.Checker != nil {
		list = append(list, checkerFindings(l.Checker)...)
	}
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Level.rank(), b.Level.rank()), b.Since.Compare(a.Since))
	})
	return list
}

func daemonFindings(l *Look) (list []Finding) {
	for _, p := range l.Problems {
		list = append(list, Finding{Bad, "daemon", "vipward", "SILENT", time.Time{}, p})
	}
	for _, p := range l.Daemon.Processes {
		if p.PID == 0 {
			list = append(list, Finding{Bad, "daemon", string(p.Role) + " process", "ENDED", time.Time{}, p.LastExit})
		}
	}
	if l.Daemon.Phase == watchdog.Stopping {
		list = append(list, Finding{Bad, "daemon", "vipward", "STOPPING", time.Time{}, "the daemon was told to stop"})
	}
	if l.Refused {
		list = append(list, Finding{Warn, "daemon", "configuration", "REFUSED", refusedAt(l), "the files have errors, so the configuration before them goes on: vipward check " + l.Config + " names them"})
	}
	return list
}

// refusedAt is when the configuration was refused.
func refusedAt(l *Look) time.Time {
	if last := l.Daemon.Reloads.Last; last != nil && last.Refused != "" {
		return last.Ended
	}
	return time.Time{}
}

func vrrpFindings(v *vrrp.Status) (list []Finding) {
	for i := range v.Instances {
		vi := &v.Instances[i]
		level, why := judge(vi)
		if level != Fine {
			list = append(list, Finding{level, "instance", vi.Name, vi.State, vi.Since, why})
		}
	}
	for _, t := range v.Trackers {
		if t.State == "BAD" {
			list = append(list, Finding{Warn, "tracker", t.Name, "BAD", time.Time{}, fmt.Sprintf("tracked %s: status %d", t.Kind, t.Status)})
		}
	}
	return list
}

// judge says how bad an instance's state is, and why it is in it.
func judge(vi *vrrp.InstanceStatus) (Level, string) {
	switch missing := missingVIPs(vi); {
	case vi.State == "FAULT":
		return Bad, orElse(strings.Join(vi.Faults, ", "), "a fault")
	case len(missing) > 0:
		return Bad, "master without " + strings.Join(missing, ", ")
	case vi.SendErr != "":
		return Bad, "adverts are not sent: " + vi.SendErr
	case vi.Deaf:
		return Bad, "packets to ourselves do not come back: adverts may not be received either"
	case vi.Resting:
		return Note, "an operator made it rest: other routers go first"
	}
	if n := len(vi.History); n > 0 {
		return Fine, vi.History[n-1].Why
	}
	return Fine, ""
}

// missingVIPs are a master's addresses that are not on their interface.
func missingVIPs(vi *vrrp.InstanceStatus) (list []string) {
	if vi.State != "MASTER" {
		return nil
	}
	for _, a := range slices.Concat(vi.VIPs, vi.Excluded) {
		if !a.Set {
			list = append(list, a.Address.String())
		}
	}
	return list
}

func checkerFindings(v *checker.View) (list []Finding) {
	for _, t := range []string{v.Trouble, v.CountersError} {
		if t != "" {
			list = append(list, Finding{Bad, "daemon", "IPVS", "TROUBLE", time.Time{}, t})
		}
	}
	for i := range v.Virtuals {
		if f := serviceFinding(&v.Virtuals[i]); f.Level != Fine {
			list = append(list, f)
		}
	}
	return list
}

// serviceFinding judges a virtual server by its real servers.
func serviceFinding(vs *checker.VirtualView) Finding {
	c := count(vs)
	f := Finding{Kind: "service", Name: vs.Name, Since: c.since, Why: c.why()}
	down := fmt.Sprintf("%d of %d down", c.down, len(vs.Reals))
	switch {
	case !vs.Up && vs.Sorry != nil && vs.Sorry.Serves:
		f.Level, f.State, f.Since = Bad, "SORRY", vs.Since
		f.Why = orElse(strings.Trim("the sorry server serves; "+down+": "+f.Why, ": "), down)
	case !vs.Up:
		f.Level, f.State, f.Since = Bad, "DOWN", vs.Since
		f.Why = strings.Trim(down+": "+f.Why, ": ")
	case c.down > 0:
		f.Level, f.State = Warn, down
	case len(c.held) > 0:
		f.Level, f.State, f.Why = Note, fmt.Sprintf("%d of %d held", len(c.held), len(vs.Reals)), "by an operator: "+few(c.held)
	default:
		f.Level, f.State = Fine, "UP"
	}
	return f
}

// tally is what the real servers of one virtual server are like.
type tally struct {
	down    int
	held    []string // by an operator: which, and how
	active  uint64
	since   time.Time           // the first of those that are down went
	reasons map[string][]string // which are down, by what their checks found
}

func count(vs *checker.VirtualView) tally {
	t := tally{reasons: map[string][]string{}}
	for i := range vs.Reals {
		rs := &vs.Reals[i]
		if rs.Load != nil {
			t.active += uint64(rs.Load.Active)
		}
		switch level, why := judgeServer(rs); level {
		case Bad:
			t.down++
			t.reasons[why] = append(t.reasons[why], rs.Address.String())
			if t.since.IsZero() || !rs.Since.IsZero() && rs.Since.Before(t.since) {
				t.since = rs.Since
			}
		case Note:
			t.held = append(t.held, rs.Address.String()+" "+heldBy(rs))
		default:
			// Nothing to tell.
		}
	}
	return t
}

// why tells which servers are down, the most frequent reason first.
func (t *tally) why() string {
	all := slices.Collect(maps.Keys(t.reasons))
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(t.reasons[b]), len(t.reasons[a])), cmp.Compare(a, b))
	})
	for i, r := range all {
		all[i] = strings.TrimSuffix(few(t.reasons[r])+" "+r, " ")
	}
	return few(all)
}

// mostTold is how much of a list is told.
const mostTold = 3

// few tells the begin of a list and how much is left out.
func few(list []string) string {
	if more := len(list) - mostTold; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:mostTold], ", "), more)
	}
	return strings.Join(list, ", ")
}

// judgeServer says how bad a real server's state is, and what its check found.
func judgeServer(rs *checker.RealView) (Level, string) {
	held := rs.Order != nil && rs.Order.Hold != checker.HoldNone
	why := ""
	for _, c := range rs.Checks {
		if !c.Up || c.Why != "" {
			why = c.Kind + ": " + orElse(c.Why, "not run yet")
			break
		}
	}
	switch {
	case held:
		return Note, why
	case !rs.Alive:
		return Bad, why
	case why != "":
		return Warn, why // it retries
	}
	return Fine, ""
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// heldBy says in a word what an operator wants of a server.
func heldBy(rs *checker.RealView) string {
	if rs.Order != nil && rs.Order.Hold != checker.HoldNone {
		return string(rs.Order.Hold)
	}
	return strings.ToLower(rs.State())
}
