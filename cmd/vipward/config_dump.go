// SPDX-License-Identifier: Apache-2.0

package main

import "vipward/conf"

// configDump is `vipward config dump`: the configuration as it is understood.
func (c *toolCall) configDump() int {
	format := c.oneOf("format", "form of the dump", "json", "text")
	c.reads()
	if code, ok := c.parse(1, 1); !ok {
		return code
	}
	cfg, ok := c.loadRunnable(c.args[0], conf.Fatal)
	if !ok {
		return exitConfig
	}
	if *format == "text" {
		return c.written(cfg.DumpText(c.stdout))
	}
	return c.written(cfg.DumpJSON(c.stdout))
}
