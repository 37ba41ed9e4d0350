// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"net/netip"
	"slices"
)

// Wire makes and judges the adverts of one instance. It remembers what the next advert and
// the next judgement depend on: sequence numbers, marks against replay, the checksum that
// each peer uses, and which remarks have been logged. It is not safe for concurrent use.
type Wire struct {
	config Config
	// Source is the address that our adverts come from. Whoever knows it keeps it true.
	Source   netip.Addr
	Counters Counters

	ipID   uint16
	out    []byte // the advert being sent: IPv4 header, authentication header, message, trailer
	ah     authHeader
	signer signer
	oldSum []netip.Addr // peers with the old checksum

	follows netip.Addr // sender of the last accepted advert, if we are its backup
	logged  Findings   // since the last change of state or master
}

// NewWire returns the Wire of an instance that has neither sent nor heard anything.
func NewWire(c Config) *Wire {
	w := &Wire{}
	w.Configure(c)
	return w
}

// Configure changes to another configuration. What is remembered stays.
func (w *Wire) Configure(c Config) {
	w.config = c
	w.config.Addrs = slices.Clone(c.Addrs)
	w.config.Peers = slices.Clone(c.Peers)
	w.out = slices.Grow(w.out[:0], ipHeaderLen+ahLen+messageHeaderLen+16*len(c.Addrs)+authDataLen+trailerLen)
	if c.Auth == AuthAH {
		w.ah.configure(c.Password)
	}
	w.signer.configure(c.HMAC, len(c.Peers))
	w.oldSum = slices.DeleteFunc(w.oldSum, func(a netip.Addr) bool { return w.peer(a) == nil })
}

// Forget is called when the state of the instance changes: everything may be logged again,
// and the next advert's sender counts as a new one.
func (w *Wire) Forget() { w.follows, w.logged = netip.Addr{}, 0 }

// Follow says that the instance is the backup of the router that sent the last advert.
func (w *Wire) Follow(from netip.Addr) {
	if w.follows != from {
		w.Forget()
		w.follows = from
	}
}

// News is what of the findings has not been logged since the last change of state or
// master; it counts as logged from now on.
func (w *Wire) News(f Findings) Findings {
	news := f &^ w.logged
	w.logged |= f
	return news
}

// peer is the configured peer with that address; nil: there is none.
func (w *Wire) peer(a netip.Addr) *Peer {
	for i := range w.config.Peers {
		if w.config.Peers[i].Addr == a {
			return &w.config.Peers[i]
		}
	}
	return nil
}
