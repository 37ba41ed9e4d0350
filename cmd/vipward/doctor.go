// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"strings"

	"vipward/conf"
	"vipward/control"
)

// level is how bad a finding of the doctor is.
type level uint8

const (
	fine level = iota
	doubtful
	broken
)

// String is what stands before a finding.
func (l level) String() string { return [...]string{"ok", "warn", "FAIL"}[l] }

func (l level) color() string { return [...]string{green, yellow, red}[l] }

// MarshalText gives the same in lower case.
func (l level) MarshalText() ([]byte, error) { return []byte(strings.ToLower(l.String())), nil }

// finding is one thing that the doctor looked at.
type finding struct {
	Level  level  `json:"level"`
	About  string `json:"about"`
	Text   string `json:"text"`
	Advice string `json:"advice,omitempty"`
}

// doctor is `vipward doctor`. It changes nothing. It exits with 2 when something is broken.
func (c *toolCall) doctor() int {
	asJSON := c.flags.Bool("json", false, "for programs")
	c.reads()
	client := c.connects()
	if code, ok := c.parse(0, 1); !ok {
		return code
	}
	ctx, stop := interruptible()
	defer stop()
	st, err := client().State(ctx)
	file := c.daemonsFile(st)
	l := c.reading.Load(file)
	l.CheckHost(conf.System{})
	p := examine(l)
	p.ask(st, err)
	list := append(aboutConfig(file, l), diagnose(l.Config, p)...)
	code := exitOK
	for _, f := range list {
		if f.Level == broken {
			code = exitConfig
		}
	}
	if *asJSON {
		if failed := c.printJSON(list); failed != exitOK {
			return failed
		}
		return code
	}
	s := screen{color: isTerminal(c.stdout)}
	for _, f := range list {
		fmt.Fprintf(c.stdout, "%s  %-10s %s\n", s.paint(f.Level.color(), fmt.Sprintf("%-4s", f.Level)), f.About, clean(f.Text))
		if f.Advice != "" {
			fmt.Fprintf(c.stdout, "%17s%s\n", "", clean(f.Advice))
		}
	}
	return code
}

// daemonsFile gives the file that is meant: the one that is named, or that of the daemon that
// runs, read as the daemon reads it.
func (c *toolCall) daemonsFile(st *control.State) string {
	if len(c.args) == 0 && st.Config.Path != "" {
		c.reading.ConfigID = cmp.Or(c.reading.ConfigID, st.Config.ID)
		return st.Config.Path
	}
	return c.filesOr(defaultConfig)[0]
}

// firstFatal says what stands in the way of a configuration.
func firstFatal(list []conf.Diagnostic) string {
	for _, d := range list {
		if d.Severity == conf.Fatal {
			return fmt.Sprintf("line %d: %s", d.Line, d.Message)
		}
	}
	return "see there"
}

// aboutConfig judges the file itself.
func aboutConfig(file string, l *conf.Loaded) []finding {
	if l.Missing {
		return []finding{{broken, "config", file + " is missing", "name another one: vipward doctor FILE"}}
	}
	errors := 0
	for _, d := range l.Diagnostics {
		if d.Severity >= conf.Error {
			errors++
		}
	}
	advice := "vipward check --host " + file
	switch {
	case l.Fatal():
		return []finding{{broken, "config", fmt.Sprintf("%s cannot be run: %s", file, firstFatal(l.Diagnostics)), advice}}
	case errors > 0:
		return []finding{{doubtful, "config", fmt.Sprintf("%s has %d errors, which are left out", file, errors), advice}}
	case len(l.Diagnostics) > 0:
		return []finding{{fine, "config", fmt.Sprintf("%s can be run; findings: %d (%s)", file, len(l.Diagnostics), advice), ""}}
	}
	return []finding{{fine, "config", file + " has no findings", ""}}
}
