// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"vipward/internal/lab"
)

// oneChangeRow measures the reload that changes one weight.
func oneChangeRow(servers, rounds int) row {
	s := farmShape{servers, time.Hour} // nothing but the reload
	return row{
		name: "change-" + s.name(), doc: fmt.Sprintf("a reload that changes 1 of %d real servers", servers),
		rounds: rounds, ipvs: true,
		run: func(t lab.TB, d daemon, _ bool) []figure {
			f := newFarm(t, s)
			f.start(d)
			pause(t, 2*time.Second)
			took, edits := f.reload(1)
			f.daemon.KillTree()
			return []figure{{oneChange, ms(took)}, {"edits", float64(edits)}}
		},
	}
}

const oneChange = "reload of 1 change ms"
