// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"

	"vipward/conf"
)

// plan is `vipward plan`: what a reload from one file to another would change.
func (c *toolCall) plan() int {
	format := c.oneOf("format", "form of the plan", "text", "json")
	c.reads()
	if code, ok := c.parse(2, 2); !ok {
		return code
	}
	old, ok := c.loadRunnable(c.args[0])
	if !ok {
		return exitConfig
	}
	next, ok := c.loadRunnable(c.args[1])
	if !ok {
		return exitConfig
	}
	p := conf.NewPlan(old, next)
	if *format == "text" {
		return c.written(p.Text(c.stdout))
	}
	enc := json.NewEncoder(c.stdout)
	enc.SetIndent("", "  ")
	return c.written(enc.Encode(p))
}

// loadRunnable loads a file, or says why it cannot be run.
func (c *toolCall) loadRunnable(file string) (*conf.Config, bool) {
	l := c.reading.Load(file)
	if l.Missing || l.Fatal() {
		conf.Print(c.stderr, l.Diagnostics)
		return nil, false
	}
	return l.Config, true
}
