// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"vipward/checker"
	"vipward/control"
	"vipward/vrrp"
	"vipward/watchdog"
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
	_, err := fmt.Fprintf(c.stdout, "%s  %s\n", e.At.Local().Format("2006-01-02 15:04:05.000"), clean(eventText(e)))
	return err
}

// eventText tells an event in words. One that is not known is told as it came.
func eventText(e control.Event) string {
	switch e.Kind {
	case "instance", "group", "priority":
		return told(e, vrrpText)
	case "server", "quorum":
		return told(e, checkerText)
	case "phase":
		return told(e, func(p struct{ Phase watchdog.Phase }) string { return "daemon " + p.Phase.String() })
	case "process":
		return told(e, lifeText)
	case "reload":
		return told(e, reloadText)
	case "action":
		return told(e, func(a struct{ By, What, Outcome string }) string {
			return fmt.Sprintf("%s: %s: %s", a.By, a.What, a.Outcome)
		})
	}
	return e.Kind + " " + string(e.Data)
}

// told decodes an event's data and tells it.
func told[T any](e control.Event, text func(T) string) string {
	var v T
	if err := json.Unmarshal(e.Data, &v); err != nil {
		return e.Kind + " " + string(e.Data)
	}
	return text(v)
}

func vrrpText(n vrrp.News) string {
	switch n.Kind {
	case "group":
		return fmt.Sprintf("sync group %s: %s", n.Name, n.To)
	case "priority":
		return fmt.Sprintf("%s: priority %d (%s)", n.Name, n.Priority, n.To)
	}
	return fmt.Sprintf("%s: %s -> %s, priority %d: %s", n.Name, n.From, n.To, n.Priority, n.Why)
}

func checkerText(n checker.News) string {
	word := "DOWN"
	if n.Up {
		word = "UP"
	}
	if n.Kind == "quorum" {
		return fmt.Sprintf("virtual server %s: quorum %s", n.Service, word)
	}
	why := ""
	if n.Why != "" {
		why = ": " + n.Why
	}
	return fmt.Sprintf("real server %s of %s: %s%s", n.Server, n.Service, word, why)
}

func lifeText(l watchdog.Life) string {
	if l.Ended != "" {
		return fmt.Sprintf("%s process %d ended: %s", l.Role, l.PID, l.Ended)
	}
	return fmt.Sprintf("%s process %d started", l.Role, l.PID)
}

func reloadText(r watchdog.ReloadResult) string {
	switch {
	case r.Refused != "":
		return "reload refused: " + r.Refused
	case len(r.Problems) > 0:
		return "reload done in part: " + strings.Join(r.Problems, "; ")
	}
	return fmt.Sprintf("reload done in %d ms", r.Ended.Sub(r.Began).Milliseconds())
}
