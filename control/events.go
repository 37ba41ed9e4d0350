// SPDX-License-Identifier: Apache-2.0

package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// eventsAtOnce bounds what is encoded for a listener before it has read what was before.
const eventsAtOnce = 64

// heartbeat tells a listener, and whatever is between, that all is well.
const heartbeat = 15 * time.Second

// getEvents streams events as text/event-stream, from behind the id in the query's "since"
// or the header Last-Event-ID; without one only those that are to come.
func (s *Server) getEvents(w http.ResponseWriter, q *http.Request) error {
	return s.follow(w, q, &s.counts.listeners, s.limits.listeners, func(e Event) any { return e })
}

// follow streams events in the form that encode gives them, to so many listeners at once.
func (s *Server) follow(w http.ResponseWriter, q *http.Request, now *atomic.Int64, most int, encode func(Event) any) error {
	id, err := s.startID(q)
	if err != nil {
		return err
	}
	if now.Add(1) > int64(most) {
		now.Add(-1)
		return refuse(http.StatusServiceUnavailable, "too many listen already")
	}
	defer now.Add(-1)
	out := &stream{w: w, ctl: http.NewResponseController(w), timeout: s.limits.event, encode: encode}
	// The read deadline would end the stream; the client has nothing more to say.
	_ = out.ctl.SetReadDeadline(time.Time{})
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	s.stream(q, out, id)
	return nil
}

// startID says behind which event a listener begins.
func (s *Server) startID(q *http.Request) (uint64, error) {
	text := q.URL.Query().Get("since")
	if last := q.Header.Get("Last-Event-ID"); last != "" {
		text = last
	}
	if text == "" {
		return s.hub.newest(), nil
	}
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, refuse(http.StatusBadRequest, "since %q: not the id of an event", printable(text))
	}
	return id, nil
}

// stream sends events until the client is gone, or does not read.
func (s *Server) stream(q *http.Request, out *stream, id uint64) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	if out.send([]byte(": listening\n\n")) != nil {
		return
	}
	for {
		list, missed, more := s.hub.since(id)
		list = list[:min(len(list), eventsAtOnce)]
		if len(list) > 0 {
			if out.events(list, missed) != nil {
				s.counts.dropped.Add(1)
				return
			}
			id = list[len(list)-1].ID
			continue
		}
		select {
		case <-more:
		case <-beat.C:
			if out.send([]byte(": \n\n")) != nil {
				return
			}
		case <-q.Context().Done():
			return
		}
	}
}

// stream is one listener's connection.
type stream struct {
	w   http.ResponseWriter
	ctl *http.ResponseController

	timeout time.Duration
	encode  func(Event) any
}

// send writes within the time that a listener has to read.
func (o *stream) send(b []byte) error {
	if err := o.ctl.SetWriteDeadline(time.Now().Add(o.timeout)); err != nil {
		return err
	}
	if _, err := o.w.Write(b); err != nil {
		return err
	}
	return o.ctl.Flush()
}

// events writes events, and what is lost before them.
func (o *stream) events(list []Event, missed gap) error {
	var b bytes.Buffer
	if missed != (gap{}) {
		data, _ := json.Marshal(missed) // a number and a bool
		fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", lostKind, data)
	}
	for _, e := range list {
		data, err := json.Marshal(o.encode(e))
		if err != nil {
			continue // it was encoded before
		}
		// JSON has no line breaks of its own, so one data line is enough.
		fmt.Fprintf(&b, "id: %d\nevent: %s\ndata: %s\n\n", e.ID, e.Kind, data)
	}
	return o.send(b.Bytes())
}
