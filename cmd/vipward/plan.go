// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"vipward/conf"
	"vipward/control"
)

// plan is `vipward plan`: what a reload would change, from one file or from what runs to
// another file. Without a file that is the one which the daemon would read.
func (c *toolCall) plan() int {
	format := c.oneOf("format", "form of the plan", "text", "json")
	c.reads()
	client := c.connects()
	if code, ok := c.parse(0, 2); !ok {
		return code
	}
	if len(c.args) == 0 {
		ctx, stop := interruptible()
		defer stop()
		st, err := client().State(ctx)
		if err != nil {
			return c.failed(err)
		}
		c.args = []string{c.daemonsFile(st)}
	}
	next, ok := c.loadRunnable(c.args[len(c.args)-1], conf.Warning)
	if !ok {
		return exitConfig
	}
	old, code := c.oldConfig(client())
	if code != exitOK {
		return code
	}
	p := conf.NewPlan(old, next)
	if *format == "text" {
		return c.written(p.Text(c.stdout))
	}
	enc := json.NewEncoder(c.stdout)
	enc.SetIndent("", "  ")
	return c.written(enc.Encode(p))
}

// oldConfig gives what a plan begins with: the first of two files, or what runs.
func (c *toolCall) oldConfig(client *control.Client) (*conf.Config, int) {
	if len(c.args) == 2 {
		old, ok := c.loadRunnable(c.args[0], conf.Fatal)
		if !ok {
			return nil, exitConfig
		}
		return old, exitOK
	}
	ctx, stop := interruptible()
	defer stop()
	snapshot, err := client.Raw(ctx, "/v1/configuration")
	if err != nil {
		return nil, c.failed(err)
	}
	old, err := conf.FromSnapshot(snapshot)
	if err != nil {
		return nil, c.fail(fmt.Errorf("read what runs: %w", err))
	}
	return old, exitOK
}

// loadRunnable loads a file and says what is wrong with it, from a severity on, or why it
// cannot be run.
func (c *toolCall) loadRunnable(file string, least conf.Severity) (*conf.Config, bool) {
	l := c.reading.Load(file)
	if l.Missing || l.Fatal() {
		conf.Print(c.stderr, l.Diagnostics)
		return nil, false
	}
	conf.Print(c.stderr, slices.DeleteFunc(l.Diagnostics, func(d conf.Diagnostic) bool { return d.Severity < least }))
	return l.Config, true
}
