// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
	"time"

	"vipward/checker"
)

func explainVirtual(b *strings.Builder, vs checker.VirtualView, name string, now time.Time) {
	f := facts{b}
	mine := name != "" && (vs.Name == name || vs.Service == name)
	if mine || name == "" && !vs.Up {
		word := "has its quorum"
		if !vs.Up {
			word = "has lost its quorum"
		}
		f.title("virtual server %s %s%s", vs.Service, word, sinceText(vs.Since, now))
		f.fact("the weight that is alive is %d, the quorum %d, the hysteresis %d", vs.Live, vs.Quorum, vs.Hysteresis)
		if vs.Sorry != nil && vs.Sorry.Serves {
			f.fact("the sorry server %s serves", vs.Sorry.Name)
		}
	}
	for _, rs := range vs.Reals {
		if mine || rs.Address.String() == name || rs.Name == name || name == "" && (!rs.Alive || rs.Order != nil || rs.Paused != nil) {
			explainReal(f, vs, rs, now)
		}
	}
}

func explainReal(f facts, vs checker.VirtualView, rs checker.RealView, now time.Time) {
	word := "alive"
	if !rs.Alive {
		word = "down"
	}
	f.title("real server %s of %s is %s%s", rs.Address, vs.Service, word, sinceText(rs.Since, now))
	if o := rs.Order; o != nil && o.Hold != checker.HoldNone {
		f.fact("%s, asked for by %s at %s", o.Hold, o.By, o.At.Local().Format("2006-01-02 15:04:05"))
	}
	if o := rs.Paused; o != nil {
		f.fact("its checks are paused, asked for by %s at %s: it stays %s (vipward resume)", o.By, o.At.Local().Format("2006-01-02 15:04:05"), word)
	}
	if len(rs.Checks) == 0 {
		f.fact("it has no check, so it counts as alive")
	}
	for _, c := range rs.Checks {
		f.fact("%s", checkText(c, now))
	}
	if !rs.InTable {
		f.fact("it is not in the kernel's table")
	}
}

// checkText tells how a check came to its verdict.
func checkText(c checker.CheckView, now time.Time) string {
	if !c.Ran {
		return fmt.Sprintf("%s of %s has not run yet", c.Kind, c.Target)
	}
	word := "up"
	if !c.Up {
		word = "down"
	}
	text := fmt.Sprintf("%s of %s is %s%s", c.Kind, c.Target, word, sinceText(c.Since, now))
	if c.Why != "" {
		text += ": " + c.Why
	}
	outcome := "passed"
	if c.Why != "" {
		outcome = "failed"
	}
	runs := "runs"
	if c.Streak == 1 {
		runs = "run"
	}
	text += fmt.Sprintf("; %d %s in a row %s", c.Streak, runs, outcome)
	if !c.Began.IsZero() { // a file is read, it has no runs that take time
		text += fmt.Sprintf(", the last one %s ago, %s long",
			now.Sub(c.Began).Round(time.Second), time.Duration(float64(c.Latency)*float64(time.Second)).Round(10*time.Microsecond))
	}
	if !c.Next.IsZero() {
		text += fmt.Sprintf("; next in %s", max(c.Next.Sub(now), 0).Round(100*time.Millisecond))
	}
	return text
}
