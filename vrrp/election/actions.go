// SPDX-License-Identifier: Apache-2.0

package election

import (
	"net/netip"
	"time"
)

// Action is what a Machine wants done. The actions of one Step stand in the order in which
// keepalived logs them, and may be done in that order. A shell does better in phases, over
// all machines that stepped together: all SendAdvert first, then all addresses in one batch,
// then the announcements, then the rest, since the neighbours' timers wait for adverts,
// clients for addresses, and nobody for a log line or a script.
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
	AtStart  bool  // made by the Start event itself, not by a later one
}

// AnnounceSource announces the address that unicast adverts come from.
type AnnounceSource struct{}

// MasterRxLowerPri tells the hooks that a master heard a lower priority. Priority is ours.
type MasterRxLowerPri struct{ Priority uint8 }

// PriorityChange tells the hooks about a new effective priority in State, Backup or Master.
type PriorityChange struct {
	State    State
	Priority uint8
}

// LogCode names a log line that is not a transition; Log.Line gives the text.
type LogCode uint8

// The log codes, with the fields of Log that they fill.
const (
	LogTimeout         LogCode = iota + 1 // nothing heard for the master-down time
	LogBackupZero                         // a backup heard priority 0
	LogMasterZero                         // a master heard priority 0
	LogMasterSet                          // another router is the master now: From
	LogDiscardLower                       // a backup that may preempt ignores an advert: From, Theirs
	LogYieldHigher                        // a master yields: From, Theirs, Ours
	LogYieldAddress                       // a master yields to an equal priority: From, Theirs
	LogForceElection                      // a master answers a lower priority: From, Theirs, Ours
	LogOwnAddress                         // an advert of equal priority from our own address: From
	LogTwoOwners                          // another router claims to own the addresses as well: From
	LogRogueGone                          // that router fell silent
	LogPreemptDelay                       // the preempt delay began: Was
	LogIntervalLearned                    // the master's interval was taken over: Was, Now
	LogIntervalOwn                        // a new master returns to its own interval: Was, Now
	LogSentZero                           // priority 0 was sent
	LogPriorityChanged                    // the effective priority changed: Theirs (before), Ours
	LogPrioritySet                        // the effective priority after a fault: Ours
	LogLowerUnanswered                    // LogForceElection with LowerPrioNoAdvert
	LogTimerExpired                       // a master slept too long: Was is by how much
	LogRival                              // another master was noticed, not by an advert: What
	LogLate                               // the own advert was late enough for another master: Was
)

// Log reports something worth a log line.
type Log struct {
	Code     LogCode
	From     netip.Addr // the sender, when an advert caused it
	Theirs   uint8      // its priority
	Ours     uint8      // our effective priority
	Was, Now time.Duration
	What     string
}

func (SendAdvert) action()       {}
func (AddAddresses) action()     {}
func (RemoveAddresses) action()  {}
func (Announce) action()         {}
func (AnnounceSource) action()   {}
func (MasterRxLowerPri) action() {}
func (PriorityChange) action()   {}
func (Transition) action()       {}
func (Log) action()              {}
