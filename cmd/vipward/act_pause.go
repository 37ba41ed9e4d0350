// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"

	"vipward/checker"
)

// pause is `vipward pause`: checks of a real server, or of a whole virtual server, do not run.
func (c *toolCall) pause() int  { return c.checks(checker.HoldPause) }
func (c *toolCall) resume() int { return c.checks(checker.HoldResume) }

func (c *toolCall) checks(h checker.Hold) int {
	service := c.flags.String("service", "", "of this virtual server only (default: of all that have the real server)")
	client := c.connects()
	if code, ok := c.parse(0, 1); !ok {
		return code
	}
	o := checker.Order{Service: *service, Hold: h}
	switch {
	case len(c.args) > 0:
		return c.order(client(), o)
	case *service == "":
		return c.fail(errors.New("which checks? Name a real server (192.0.2.1:80) or, with --service, a virtual server"))
	}
	ctx, stop := interruptible()
	defer stop()
	if err := client().Order(ctx, o); err != nil {
		return c.failed(err)
	}
	return c.done("%s: checks %s", *service, map[checker.Hold]string{checker.HoldPause: "paused", checker.HoldResume: "resumed"}[h])
}
