// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"vipward/internal/lab"
)

// loadRow measures memory and CPU time of a settled pair that has nothing to do but its
// adverts.
func loadRow(name string, instances, rounds int) row {
	return row{
		name: name, doc: fmt.Sprintf("memory and CPU time at %d instances, VRRPv2, advert_int 1", instances),
		rounds: rounds, quick: instances == 1,
		run: func(t lab.TB, d daemon, quick bool) []figure {
			window := 10 * time.Second
			if quick {
				window = time.Second
			}
			return load(t, d, instances, window)
		},
	}
}

func load(t lab.TB, d daemon, instances int, window time.Duration) []figure {
	p := newPair(t, d, shape{2, time.Second, instances})
	p.pause(window) // the second set of announcements, 5 s after the first, is over
	start := time.Now()
	master, backup := cpu(t, p.master.PIDs()), cpu(t, p.backup.PIDs())
	p.pause(window)
	elapsed := time.Since(start).Seconds()
	master, backup = cpu(t, p.master.PIDs())-master, cpu(t, p.backup.PIDs())-backup
	mem := memoryOf(t, p.master.PIDs())
	return []figure{
		{"PSS of the vrrp process MB", memoryOf(t, []int{p.master.RolePID(lab.VRRP)}).pss},
		{"RSS of all MB", mem.rss},
		{"PSS of all MB", mem.pss},
		{"CPU of master ms/s", ms(master) / elapsed},
		{"CPU of backup ms/s", ms(backup) / elapsed},
	}
}
