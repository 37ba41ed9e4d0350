// SPDX-License-Identifier: Apache-2.0

package control

import (
	"encoding/json"
	"sync"
	"time"
)

// Event is something that happened.
type Event struct {
	ID     uint64          `json:"id"` // counts from the microsecond, since 1970, in which the daemon started
	At     time.Time       `json:"at"`
	Kind   string          `json:"kind"`             // instance, group, priority, server, quorum, phase, process, reload, action
	Source string          `json:"source,omitempty"` // vrrp, checker; empty: the parent
	Data   json.RawMessage `json:"data"`
}

// eventsKept is how many events are kept for those who come later or read slowly.
const eventsKept = 1024

// hub keeps the last events. Listeners read them at their own pace; who is too slow misses
// some, and nobody waits for it.
type hub struct {
	mu   sync.Mutex // guards what follows
	ring []Event
	base uint64 // before the first id
	last uint64
	more chan struct{} // closed with the next event
}

// newHub makes a hub. Its ids begin with the time, so that those of an earlier daemon are below
// and no listener takes one for another; a double, as programs in JavaScript have, holds them.
func newHub(started time.Time) *hub {
	base := uint64(max(started.UnixMicro(), 0))
	return &hub{base: base, last: base, more: make(chan struct{})}
}

// gap is what a listener has missed.
type gap struct {
	Lost uint64 `json:"lost"` // events of this daemon
	// Restarted: the listener knows an earlier daemon, of which it may have missed any number.
	Restarted bool `json:"restarted,omitempty"`
}

// publish adds an event. It does not block.
func (h *hub) publish(kind, source string, data json.RawMessage, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last++
	if len(h.ring) == eventsKept {
		h.ring = append(h.ring[:0], h.ring[1:]...)
	}
	h.ring = append(h.ring, Event{ID: h.last, At: at, Kind: kind, Source: source, Data: data})
	close(h.more)
	h.more = make(chan struct{})
}

// since gives the events behind an id, as far as they are kept, what is lost between, and
// what tells of more. Behind 0 is everything of this daemon.
func (h *hub) since(id uint64) (list []Event, missed gap, more <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if id < h.base || id > h.last { // above, if the clock was set back
		missed.Restarted = id > 0
		id = h.base
	}
	first := h.last - uint64(len(h.ring)) // id before the first one that is kept
	if id < first {
		missed.Lost, id = first-id, first
	}
	return append(list, h.ring[id-first:]...), missed, h.more
}

// newest is the id of the last event; 0: there is none.
func (h *hub) newest() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.last == h.base {
		return 0
	}
	return h.last
}
