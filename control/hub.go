// SPDX-License-Identifier: Apache-2.0

package control

import (
	"encoding/json"
	"sync"
	"time"
)

// Event is something that happened.
type Event struct {
	ID     uint64          `json:"id"` // counts from 1 since the daemon started
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
	last uint64
	more chan struct{} // closed with the next event
}

func newHub() *hub { return &hub{more: make(chan struct{})} }

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

// since gives the events behind an id, as far as they are kept, how many are lost between,
// and what tells of more.
func (h *hub) since(id uint64) (list []Event, lost uint64, more <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if id > h.last {
		id = 0 // of an earlier daemon
	}
	first := h.last - uint64(len(h.ring)) // id before the first one that is kept
	if id < first {
		lost, id = first-id, first
	}
	return append(list, h.ring[id-first:]...), lost, h.more
}

// newest is the id of the last event.
func (h *hub) newest() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last
}
