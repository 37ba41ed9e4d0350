// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"net/netip"
	"time"
)

// Hold is what an operator does with a real server.
type Hold string

// The holds.
const (
	HoldNone        Hold = ""            // nothing: an Order with it takes the earlier one back
	HoldDrain       Hold = "drain"       // weight 0: connections end in their time, no new ones come
	HoldMaintenance Hold = "maintenance" // out of the table, whatever its checks say
	HoldWeight      Hold = "weight"      // another weight than the configured one

	// HoldPause lets no check run: verdicts stay as they are. It is beside the others, and ends
	// with a HoldResume alone. Without a Server it is about a whole virtual server.
	HoldPause  Hold = "pause"
	HoldResume Hold = "resume"
)

// Order is what an operator wants of a real server. It lasts until another one takes it
// back, over reloads and crashes of the child.
type Order struct {
	Service string         `json:"service,omitempty"` // as VirtualView has it in Name or Service; empty: every one with the server
	Server  netip.AddrPort `json:"server"`
	Hold    Hold           `json:"hold"`
	Weight  int            `json:"weight,omitempty"` // of HoldWeight
	By      string         `json:"by,omitempty"`     // who, for those who ask later
	At      time.Time      `json:"at,omitzero"`
}

// News is a server or a quorum that went up or down, for listeners of the local API.
type News struct {
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"` // "server" or "quorum"
	Service string    `json:"service"`
	Server  string    `json:"server,omitempty"`
	Up      bool      `json:"up"`
	Why     string    `json:"why,omitempty"`
}

// announce tells listeners of the local API of a server or a quorum.
func (c *child) announce(n notice) {
	now := time.Now()
	news := News{At: now, Kind: "server", Service: vsName(n.vs), Up: n.up, Why: n.why}
	if n.rs != nil {
		news.Server = rsName(n.vs, n.rs)
	} else {
		news.Kind = "quorum"
		if p := c.roster.byKey[keyOf(n.vs)]; p != nil {
			p.since = now
		}
	}
	if c.Tell != nil {
		c.Tell(news)
	}
}
