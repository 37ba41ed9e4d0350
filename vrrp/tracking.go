// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"strings"

	"vipward/conf"
	"vipward/vrrp/election"
)

// tracking owns the trackers of a configuration.
type tracking struct{ scripts *scripts }

// tracked is what all trackers together mean for one instance.
type tracked struct {
	faults    election.Fault
	undecided bool
	delta     int
}

// weigh sums what the trackers of an instance mean for it.
func (t *tracking) weigh(c *conf.Instance) tracked {
	undecided, failed, delta := t.scripts.weigh(c.TrackScripts)
	sum := tracked{undecided: undecided, delta: delta}
	if failed {
		sum.faults |= election.FaultScript
	}
	return sum
}

// set goes over to the trackers of cfg. Those that are new start with what an earlier
// process knew of them.
func (t *tracking) set(cfg *conf.Config, known savedTracking) { t.scripts.set(cfg, known.Scripts) }

// usePrograms gives what the commands of the configuration resolved to, before set.
func (t *tracking) usePrograms(p programs) { t.scripts.programs = p }

// savedTracking is what a successor of this process has to know.
type savedTracking struct {
	Scripts map[string]bool `json:"scripts"` // up, by name; unknown ones are left out
}

func (t *tracking) save() savedTracking { return savedTracking{Scripts: t.scripts.known()} }

// stop ends what runs.
func (t *tracking) stop() { t.scripts.stop() }

func (t *tracking) dump(b *strings.Builder, cfg *conf.Config) {
	if len(cfg.Scripts) > 0 {
		b.WriteString("------< VRRP Scripts >------\n")
	}
	for _, s := range cfg.Scripts {
		t.scripts.dump(b, s)
	}
}
