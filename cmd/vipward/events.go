// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

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
	r := &reader{toolCall: c, client: client(), asJSON: *asJSON, last: *since}
	if *once {
		return c.ended(ctx, r.soFar(ctx))
	}
	return c.ended(ctx, r.forever(ctx))
}

// ended gives the exit code of a stream of events.
func (c *toolCall) ended(ctx context.Context, err error) int {
	switch {
	case ctx.Err() != nil, err == nil:
		return exitOK
	case errors.Is(err, errWrite):
		return c.fail(err)
	}
	return c.failed(err)
}

// reader prints events.
type reader struct {
	*toolCall
	client *control.Client
	asJSON bool
	last   uint64    // event that was printed
	began  time.Time // when the daemon started that counts them
}

// errWrite says that nobody reads what is printed.
var errWrite = errors.New("write an event")

// forever prints events until ctx ends. A daemon that goes away, as for a restart, is waited
// for; if there is none at the begin, that is an error.
func (r *reader) forever(ctx context.Context) error {
	for waits := false; ; waits = true {
		reached, err := r.hear(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, errWrite), !reached && r.began.IsZero():
			return err
		case reached || !waits:
			fmt.Fprintln(r.stderr, "the daemon has ended: waiting for it")
		}
		select {
		case <-time.After(statusEvery):
		case <-ctx.Done():
		}
	}
}

// hear prints the events of one daemon, if there is one. Each counts its own.
func (r *reader) hear(ctx context.Context) (reached bool, err error) {
	st, err := r.client.State(ctx)
	if err != nil {
		return false, err
	}
	if !r.began.IsZero() && !st.Daemon.Started.Equal(r.began) {
		r.last = 0
	}
	r.began = st.Daemon.Started
	return true, r.follow(ctx, 0)
}

// soFar prints the events that have happened.
func (r *reader) soFar(ctx context.Context) error {
	st, err := r.client.State(ctx)
	if err != nil || st.Event <= r.last {
		return err
	}
	return r.follow(ctx, st.Event)
}

// follow prints each event, up to a newest one; 0: for ever.
func (r *reader) follow(ctx context.Context, newest uint64) error {
	err := r.client.Events(ctx, r.last, func(e control.Event) error {
		if err := r.print(e); err != nil {
			return fmt.Errorf("%w: %w", errWrite, err)
		}
		if e.ID > 0 {
			r.last = e.ID
		}
		if newest > 0 && e.ID >= newest {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func (r *reader) print(e control.Event) error {
	if r.asJSON {
		return json.NewEncoder(r.stdout).Encode(e)
	}
	line := fmt.Sprintf("%s  %s", e.At.Local().Format("2006-01-02 15:04:05.000"), clean(e.Text()))
	_, err := fmt.Fprintln(r.stdout, screen{color: isTerminal(r.stdout)}.paint(toneColor(e), line))
	return err
}

// toneColor is the color of good and bad news.
func toneColor(e control.Event) string {
	return map[string]string{"good": green, "bad": red}[e.Tone()]
}
