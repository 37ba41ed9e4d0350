// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"strings"

	"vipward/checker/probe"
	"vipward/conf"
	"vipward/notify"
)

const (
	lineInsecure = "SECURITY VIOLATION - check scripts are being executed but script_security not enabled."
	// lineWeak is added to lineInsecure.
	lineWeak = " There are insecure scripts."
)

// disabledLines tell of a check that is left out since its script cannot be used.
func disabledLines(vs *conf.VirtualServer, rs *conf.RealServer, c *conf.Checker, err error) []string {
	lines := []string{err.Error()}
	var refused *notify.ResolveError
	if errors.As(err, &refused) && refused.Verdict == notify.Missing {
		lines = append(lines, fmt.Sprintf("Disabling misc script '%s' since not found/accessible", strings.Join(c.Misc.Command.Args, "' '")))
	}
	return append(lines, fmt.Sprintf("Misc check for %s by [%s] is left out: without another check the real server counts as up",
		miscTarget(vs, rs), c.Misc.Command.Args[0]))
}

func miscTarget(vs *conf.VirtualServer, rs *conf.RealServer) string {
	return fmt.Sprintf("[%s VS %s]", rsName(vs, rs), vsName(vs))
}

// misc begins a line.
func (r ran) misc() string {
	return fmt.Sprintf("Misc check for %s by [%s]", miscTarget(r.vs, r.rs), r.check.Misc.Command.Args[0])
}

func miscPassed(r ran) []string { return []string{r.misc() + " succeeded."} }

func miscFailed(r ran) []string {
	how, why := "failed", fmt.Sprintf(" (%v)", r.cause)
	var script *probe.ScriptError
	if errors.As(r.cause, &script) && script.Result.TimedOut {
		how, why = "timed out", ""
	}
	line := func(format string, args ...any) string {
		return fmt.Sprintf("%s %s%s%s.", r.misc(), how, fmt.Sprintf(format, args...), why)
	}
	retries := r.check.Retry
	switch {
	case r.verdict.Down() && retries == 0:
		return []string{line(" with retry disabled")}
	case r.verdict.Down():
		return []string{line(" after %d retries", retries)}
	case r.failures <= 1:
		return r.attempt("%s", line(", will do %d retries", retries))
	}
	return r.attempt("%s", line(" on retry %d/%d", r.failures-1, retries))
}
