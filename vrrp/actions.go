// SPDX-License-Identifier: Apache-2.0

package vrrp

import "net/netip"

// Action is what a Machine wants done. The shell does the actions of one Step in their
// order; when several machines step together it does all SendAdvert first, then all
// addresses in one batch, then the announcements, then the rest, since the neighbours'
// timers wait for adverts, clients for addresses, and nobody for a log line.
type Action interface{ action() }

// SendAdvert sends one advert. Priority 0 says that the master leaves.
type SendAdvert struct{ Priority uint8 }

// AddAddresses puts all virtual addresses on their interfaces.
type AddAddresses struct{}

// RemoveAddresses takes them away.
type RemoveAddresses struct{}

// Announce sends Rounds rounds of gratuitous ARP for all virtual addresses.
type Announce struct{ Rounds int }

// Transition reports a finished change of state: for scripts, FIFO, mail, the state file.
type Transition struct {
	From, To State
	Priority uint8 // effective
}

// LogCode names a log line that is not a transition; lines.go gives the text.
type LogCode uint8

// Log reports something worth a log line.
type Log struct {
	Code   LogCode
	From   netip.Addr // the sender, when an advert caused it
	Theirs uint8      // its priority
	Ours   uint8
	Detail string // for codes that carry a text or a duration
}

func (SendAdvert) action()      {}
func (AddAddresses) action()    {}
func (RemoveAddresses) action() {}
func (Announce) action()        {}
func (Transition) action()      {}
func (Log) action()             {}
