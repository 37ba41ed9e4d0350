// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"vipward/internal/lab"
)

// steadyRow counts what a healthy pair loses in a minute: adverts, and masters. busy is how
// many processes burn the machine's CPU time meanwhile.
func steadyRow(name string, s shape, busy, rounds int) row {
	return row{
		name: name,
		doc: fmt.Sprintf("a minute of %d instances on %d links, VRRPv%d, advert_int %g, with %d busy processes",
			s.instances, s.links(), s.version, s.adv.Seconds(), busy),
		rounds: rounds, quick: s.instances == 1 && busy > 4,
		run: func(t lab.TB, d daemon, quick bool) []figure {
			if quick {
				return steady(t, d, s, 2, 2*time.Second)
			}
			return steady(t, d, s, busy, time.Minute)
		},
	}
}

// settlePause is what a pair gets to come to rest. Not every daemon does: that is a result.
const settlePause = 15 * time.Second

func steady(t lab.TB, d daemon, s shape, busy int, length time.Duration) []figure {
	p := startPair(t, d, s)
	if err := lab.Poll(t.Context(), settlePause, p.settled); err != nil {
		t.Logf("%s did not settle: %v", d.name, err)
	}
	p.pause(min(length, settlePause))
	p.makeBusy(t, busy)
	used := cpu(t, p.master.PIDs())
	start := time.Now()
	p.pause(length)
	end := time.Now()
	used = cpu(t, p.master.PIDs()) - used

	var all counted
	for _, wire := range p.wires {
		all.add(count(wire.Adverts(), start, end))
	}
	due := float64(end.Sub(start)) / float64(s.adv) * float64(s.instances)
	return []figure{
		{"master changes", float64(all.changes)},
		{"adverts sent %", 100 * float64(all.sent) / due},
		{"longest silence, intervals", float64(all.silence) / float64(s.adv)},
		{"CPU of master ms/s", ms(used) / end.Sub(start).Seconds()},
		{"PSS of the vrrp process MB", memoryOf(t, []int{p.master.RolePID(lab.VRRP)}).pss},
	}
}

// counted is what the adverts of a span of time tell.
type counted struct {
	changes, sent int
	silence       time.Duration // the longest between two adverts of one instance
}

func (c *counted) add(d counted) {
	c.changes += d.changes
	c.sent += d.sent
	c.silence = max(c.silence, d.silence)
}

// count counts the adverts of one link in a span of time, and how often another node took
// an instance over.
func count(all []lab.Advert, start, end time.Time) counted {
	var c counted
	last := map[uint8]lab.Advert{}
	for _, a := range all {
		before, known := last[a.VRID]
		last[a.VRID] = a
		if a.Time.Before(start) || a.Time.After(end) {
			continue
		}
		c.sent++
		if !known {
			continue
		}
		c.silence = max(c.silence, a.Time.Sub(before.Time))
		if a.Src != before.Src {
			c.changes++
		}
	}
	return c
}
