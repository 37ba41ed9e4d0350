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

// Message is one control message between parent and child.
type Message struct {
	Kind    Kind   `json:"kind"`
	Error   string `json:"error,omitempty"`
	Payload []byte `json:"-"` // travels in a sealed memfd, so it has no size limit
}
