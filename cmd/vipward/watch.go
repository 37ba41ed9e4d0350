// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/control"
)

const (
	// statusEvery is how often a view that is watched is made anew without an event.
	statusEvery = time.Second
	// statusSoon is how long it waits after an event, so that many make one.
	statusSoon = 100 * time.Millisecond
	// recentEvents is how many are shown at most.
	recentEvents = 50
)

// watching is a view that is watched.
type watching struct {
	*toolCall
	client *control.Client
	width  int
	asJSON bool           // an object a line
	shown  *control.State // the last one that was had
	failed error          // why there is no newer one
	recent []control.Event
}

// watchStatus shows the status until it is interrupted: every second and after each event. A
// daemon that goes away, as for a restart, is waited for.
func (c *toolCall) watchStatus(ctx context.Context, client *control.Client, width int, asJSON bool) int {
	st, err := client.State(ctx)
	if err != nil {
		return c.failed(err)
	}
	w := &watching{toolCall: c, client: client, width: width, asJSON: asJSON, shown: st}
	if isTerminal(c.stdout) && !asJSON {
		const enter, leave = "\x1b[?1049h\x1b[?25l\x1b[2J", "\x1b[?25h\x1b[?1049l"
		_, _ = io.WriteString(c.stdout, enter)
		defer func() { _, _ = io.WriteString(c.stdout, leave) }()
	}
	ctx, cancel := context.WithCancel(ctx)
	var g errgroup.Group
	defer func() {
		cancel()
		_ = g.Wait() // it has no error
	}()
	events := make(chan control.Event)
	g.Go(func() error { return w.follow(ctx, st.Event, events) })
	return c.written(w.run(ctx, events))
}

// follow hands on what happens, from the last few events on, over restarts of the daemon.
func (w *watching) follow(ctx context.Context, newest uint64, events chan<- control.Event) error {
	since := newest - min(newest, recentEvents)
	for ctx.Err() == nil {
		_ = w.client.Events(ctx, since, func(e control.Event) error { // it ends with the daemon
			if e.ID == 0 {
				return nil // what is lost would have scrolled away
			}
			since = e.ID
			select {
			case events <- e:
			case <-ctx.Done():
			}
			return ctx.Err()
		})
		select {
		case <-time.After(statusEvery):
		case <-ctx.Done():
		}
	}
	return nil
}

// run draws until ctx ends.
func (w *watching) run(ctx context.Context, events <-chan control.Event) error {
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	defer signal.Stop(resized)
	next := time.NewTimer(0)
	defer next.Stop()
	soon := true
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-events:
			w.recent = append(w.recent, e)
			w.recent = w.recent[max(len(w.recent)-recentEvents, 0):]
			if !soon {
				next.Reset(statusSoon)
				soon = true
			}
			continue
		case <-resized:
		case <-next.C:
			w.ask(ctx)
		}
		if ctx.Err() != nil {
			return nil
		}
		soon = false
		next.Reset(statusEvery)
		if err := w.draw(); err != nil {
			return err
		}
	}
}

// ask asks for what is so now; without an answer the last one stays.
func (w *watching) ask(ctx context.Context) {
	st, err := w.client.State(ctx)
	if w.failed = err; err == nil {
		w.shown = st
	}
}

// draw shows it. The cursor goes home and what was there before is overwritten, so that
// nothing flickers. For programs nothing is written that has been before.
func (w *watching) draw() error {
	if w.asJSON {
		if w.failed != nil {
			return nil
		}
		return json.NewEncoder(w.stdout).Encode(w.shown)
	}
	const home, clearLine, clearRest = "\x1b[H", "\x1b[K", "\x1b[J"
	s := screen{width: orWidth(w.width, w.stdout), color: isTerminal(w.stdout)}
	text := s.frame(w.shown, w.recent, w.failed, heightOf(w.stdout))
	if s.color {
		text = home + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", clearLine+"\n") + clearLine + clearRest
	}
	_, err := io.WriteString(w.stdout, text)
	return err
}

// frame draws a status, and below it what has happened, in so many lines; 0: any number. Where
// there are not enough, what is well is only counted.
func (s screen) frame(st *control.State, recent []control.Event, failed error, height int) string {
	now, text := st.At, ""
	if failed != nil {
		now = time.Now()
		text = s.warning(red, fmt.Sprintf("no answer for %s: %v", since(st.At, now), plainly(failed)))
	}
	full := text + s.status(st, now)
	if height > 0 && strings.Count(full, "\n") > height {
		s.brief = true
		full = text + s.status(st, now)
	}
	if height == 0 {
		return full
	}
	return s.cut(full+s.events(recent, height-strings.Count(full, "\n")), height)
}

// plainly tells an error without the details of a call.
func plainly(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

// events lists the last ones, as far as there is room.
func (s screen) events(list []control.Event, room int) string {
	const title = 2 // lines, with the one between
	if room <= title || len(list) == 0 {
		return ""
	}
	list = list[max(len(list)-(room-title), 0):]
	var b strings.Builder
	b.WriteString("\n" + s.paint(faint, "RECENT") + "\n")
	for _, e := range list {
		b.WriteString(s.paint(toneColor(e), s.fit(e.At.Local().Format("15:04:05")+"  "+e.Text())) + "\n")
	}
	return b.String()
}

// cut keeps as many lines as there is room for, and says how many are missing.
func (s screen) cut(text string, height int) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) > height {
		missing := len(lines) - height + 1
		lines = append(lines[:max(height-1, 0)], s.paint(faint, fmt.Sprintf("… %d more lines", missing)))
	}
	return strings.Join(lines, "\n") + "\n"
}
