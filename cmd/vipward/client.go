// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"vipward/control"
)

// exitUnreachable says that no daemon answered.
const exitUnreachable = 3

// connect adds the option for the socket and gives the client once the options are parsed.
func (c *toolCall) connects() func() *control.Client {
	path := c.flags.String("control", control.DefaultSocket, "socket of the daemon's local API")
	return func() *control.Client { return control.NewClient(*path) }
}

// interruptible ends with SIGINT and SIGTERM.
func interruptible() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}

// failed reports why the daemon did not do what was asked, and gives the exit code.
func (c *toolCall) failed(err error) int {
	var refused *control.RefusedError
	switch {
	case errors.As(err, &refused):
		return c.fail(err)
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		c.fail(fmt.Errorf("%w: is vipward running? (one with -p of its own needs --control, here and there)", err))
	case errors.Is(err, os.ErrPermission):
		c.fail(fmt.Errorf("%w: the local API is for root, or for the group of --control-group", err))
	case errors.Is(err, context.Canceled):
		return c.fail(errors.New("interrupted"))
	default:
		c.fail(err)
	}
	return exitUnreachable
}

// printJSON writes a value for programs.
func (c *toolCall) printJSON(v any) int {
	enc := json.NewEncoder(c.stdout)
	enc.SetIndent("", "  ")
	return c.written(enc.Encode(v))
}
