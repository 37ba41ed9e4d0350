// SPDX-License-Identifier: Apache-2.0

package watchdog

// Kind names a control message.
type Kind string

// The messages. A Reload carries the new snapshot, the answer to a Dump its text.
const (
	Ready    Kind = "ready"    // child: the configuration is read and the work has begun
	Reload   Kind = "reload"   // parent: take this snapshot
	Reloaded Kind = "reloaded" // child: done, or Error says why not
	Dump     Kind = "dump"     // parent: describe your state; child: here it is
	Stop     Kind = "stop"     // parent: stop in order and exit
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
	Kind    Kind   `json:"kind"`
	Error   string `json:"error,omitempty"`
	View    View   `json:"view,omitempty"` // of a Dump
	Payload []byte `json:"-"`              // travels in a sealed memfd, so it has no size limit
}
