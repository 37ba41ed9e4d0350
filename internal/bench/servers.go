// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"vipward/internal/lab"
)

// serversRow follows a director with many real servers through its day: start, an ordinary
// time, failures, a reload, and the stop.
func serversRow(s farmShape, rounds int, quick bool) row {
	return row{
		name: "servers-" + s.name(),
		doc: fmt.Sprintf("%d real servers, %d to a virtual server, a TCP_CHECK each every %g s: start to stop",
			s.servers, perService, s.delay.Seconds()),
		rounds: rounds, quick: quick, ipvs: true,
		run: func(t lab.TB, d daemon, quick bool) []figure {
			if quick {
				s = farmShape{300, time.Second}
			}
			return aDay(t, d, s)
		},
	}
}

// aDay measures a farm from start to stop.
func aDay(t lab.TB, d daemon, s farmShape) []figure {
	f := newFarm(t, s)
	populated := f.start(d)
	pause(t, s.delay+2*time.Second) // all have had their first probe
	figures := append([]figure{{"populated s", populated.Seconds()}}, f.ordinary()...)
	healthy := f.count("del dest", 0)
	figures = append(figures, f.failures())

	changed := s.servers / 100
	took, edits := f.reload(changed)
	healthy += f.count("del dest", 0) - failing
	figures = append(figures,
		figure{"reload of 1 % s", took.Seconds()},
		figure{"edits for each change", float64(edits) / float64(changed)},
		figure{"healthy servers taken out", float64(healthy)},
		figure{"PSS after reload MB", memoryOf(t, f.processes()).pss},
	)
	took, left := f.stop()
	return append(figures, figure{"stop s", took.Seconds()}, figure{"servers left", float64(left)})
}

// ordinary measures while nothing happens, for three rounds of probes.
func (f *farm) ordinary() []figure {
	start, used := time.Now(), cpu(f.t, f.processes())
	pause(f.t, 3*f.delay)
	end := time.Now()
	used = cpu(f.t, f.processes()) - used
	p := judge(f.arrivals.between(start, end), f.delay)
	return []figure{
		{"CPU ms/s", ms(used) / end.Sub(start).Seconds()},
		{"PSS of parent, checker MB", memoryOf(f.t, f.processes()).pss},
		{"probes a second", p.perSecond},
		{"latest probe, % of interval", p.most},
		{"probes later than 1 %, %", p.late},
	}
}

// failures lets servers fall silent and come back. The bound for the verdict is an interval
// and the time limit of the connection.
func (f *farm) failures() figure {
	bound := f.delay + connectTimeout
	mark, begun := f.ops.Mark(), f.fail()
	last := f.await("del dest", mark, failing)
	f.recover()
	f.await("new dest", mark, failing)
	return figure{"verdict, % of bound", 100 * float64(last.Sub(begun)) / float64(bound)}
}
