// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"time"

	"vipward/conf"
	"vipward/notify"
)

// RunScript runs a program to its end. When it takes longer than limit (0: no limit), or
// ctx is done, the program is ended.
type RunScript func(ctx context.Context, c notify.Command, limit time.Duration) notify.Result

// ScriptError is how a script ended that failed.
type ScriptError struct{ Result notify.Result }

// Error says it: "exited with status 1", "due to signal 9", "timed out".
func (e *ScriptError) Error() string { return e.Result.String() }

// Unwrap is why the script could not be started, if so.
func (e *ScriptError) Unwrap() error { return e.Result.Err }

// misc is MISC_CHECK: a script is run, and how it ends is what counts.
type misc struct {
	*conf.Checker
	command notify.Command
	run     RunScript
}

// NewMisc gives the probe of a MISC_CHECK whose command was found.
func NewMisc(c *conf.Checker, command notify.Command, run RunScript) Probe {
	return misc{c, command, run}
}

// Run implements Probe.
func (m misc) Run(ctx context.Context) Result {
	r := m.run(ctx, m.command, m.Misc.Timeout)
	switch {
	case ctx.Err() != nil:
		return Result{Outcome: Untold, Cause: context.Cause(ctx)}
	case r.Short():
		return Result{Outcome: Untold, Cause: r.Err}
	case r.Err != nil || r.Signal != 0:
		return Result{Outcome: Failed, Cause: &ScriptError{r}}
	}
	// A script that was asked to end, and ended by itself, is judged by its status.
	r.TimedOut = false
	switch {
	case r.Status == 0:
		return Result{Outcome: Passed}
	case r.Status == 1 || !m.Misc.Dynamic:
		return Result{Outcome: Failed, Cause: &ScriptError{r}}
	}
	// Status 2 is weight 0, as keepalived has it.
	return Result{Outcome: Passed, Weight: Weight{Value: int64(r.Status) - 2, Instead: true}}
}
