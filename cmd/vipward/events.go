// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"vipward/control"
)

// errEnough ends a stream of events.
var errEnough = errors.New("enough")

// events is `vipward events`: what has happened as far as it is kept, and what happens.
func (c *toolCall) events() int {
	once := c.flags.Bool("once", false, "end after what has happened already")
	asJSON := c.flags.Bool("json", false, "a JSON object a line, for programs")
	since := c.flags.Uint64("since", 0, "only events behind the one with this number")
	client := c.connects()
	if code, ok := c.parse(0, 0); !ok {
		return code
	}
	ctx, stop := interruptible()
	defer stop()
	cl := client()
	show := func(e control.Event) error { return c.printEvent(e, *asJSON) }
	err := c.follow(ctx, cl, *since, *once, show)
	if ctx.Err() != nil {
		return exitOK
	}
	if err != nil {
		return c.failed(err)
	}
	return exitOK
}

// follow calls show for each event; with once it ends with the newest of now.
func (c *toolCall) follow(ctx context.Context, client *control.Client, since uint64, once bool, show func(control.Event) error) error {
	last := uint64(0)
	if once {
		st, err := client.State(ctx)
		if err != nil {
			return err
		}
		if last = st.Event; last <= since {
			return nil
		}
	}
	err := client.Events(ctx, since, func(e control.Event) error {
		if err := show(e); err != nil {
			return err
		}
		if once && e.ID >= last {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func (c *toolCall) printEvent(e control.Event, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(c.stdout).Encode(e)
	}
	line := fmt.Sprintf("%s  %s", e.At.Local().Format("2006-01-02 15:04:05.000"), clean(e.Text()))
	_, err := fmt.Fprintln(c.stdout, screen{color: isTerminal(c.stdout)}.paint(toneColor(e), line))
	return err
}

// toneColor is the color of good and bad news.
func toneColor(e control.Event) string {
	return map[string]string{"good": green, "bad": red}[e.Tone()]
}
