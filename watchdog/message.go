// SPDX-License-Identifier: Apache-2.0

package watchdog

import "encoding/json"

// Kind names a control message.
type Kind string

// The messages. A Reload carries the new snapshot, the answer to a Dump its text.
const (
	Ready    Kind = "ready"    // child: the configuration is read and the work has begun
	Reload   Kind = "reload"   // parent: take this snapshot
	Reloaded Kind = "reloaded" // child: done, or Error says why not
	Dump     Kind = "dump"     // parent: describe your state; child: here it is
	Ask      Kind = "ask"      // parent: the local API wants to know or do this; child: the answer
	News     Kind = "news"     // child: something happened that listeners of the local API hear
	Stop     Kind = "stop"     // parent: stop in order and exit
	Ping     Kind = "ping"     // parent: does your loop go round? child: it does
	Progress Kind = "progress" // child: the stop goes on, and needs more time
)

// View names one description of a child's state.
type View string

// The views. Those of keepalived's signals go to files.
const (
	ViewData       View = "data"        // everything, as text; of every process
	ViewStats      View = "stats"       // counters of the vrrp child, as text
	ViewStatsClear View = "stats-clear" // the same, and then they are set to zero
	ViewJSON       View = "json"        // instances of the vrrp child, as keepalived's JSON
)

// Message is one control message between parent and child.
type Message struct {
	Kind    Kind            `json:"kind"`
	ID      uint64          `json:"id,omitempty"` // of an Ask; its answer has the same
	Error   string          `json:"error,omitempty"`
	View    View            `json:"view,omitempty"` // of a Dump
	Note    json.RawMessage `json:"note,omitempty"` // of News: a few hundred bytes, worth no memfd
	Payload []byte          `json:"-"`              // travels in a sealed memfd, so it has no size limit
}
