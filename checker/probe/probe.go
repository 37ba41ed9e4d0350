// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"fmt"

	"vipward/conf"
)

// Outcome is what one run of a check found.
type Outcome uint8

// The outcomes. Untold says nothing about the server: the probe could not be
// made for a reason on this machine.
const (
	Passed Outcome = iota + 1
	Failed
	Untold
)

// Result is how one run ended.
type Result struct {
	Outcome Outcome
	Cause   error // of anything but Passed
	Weight  Weight
}

// Probe runs one check. Run is not called again before it has returned.
type Probe interface {
	Run(ctx context.Context) Result
}

// Func is a Probe without a state of its own.
type Func func(ctx context.Context) Result

// Run implements Probe.
func (f Func) Run(ctx context.Context) Result { return f(ctx) }

// New gives the probe of a check.
func New(c *conf.Checker) Probe {
	return tcp{c}
}

// ID names what a check does. Two checks of a real server with one ID are the same check to
// a reload and to the successor of a crashed process; when they run is no part of it.
func ID(c *conf.Checker) string {
	return fmt.Sprintf("%s %s:%d from %s:%d%%%s mark %d in %s", c.Kind, c.ConnectIP, c.ConnectPort,
		c.BindIP, c.BindPort, c.BindIf, c.FWMark, c.ConnectTimeout)
}
