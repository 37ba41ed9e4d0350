// SPDX-License-Identifier: Apache-2.0

package election

import (
	"net/netip"
	"time"
)

// Event is what happens to a Machine. The set is closed.
type Event interface{ event() }

// Start ends the Init state: the configuration is read and the facts are known.
type Start struct {
	// Resume is the state in which an earlier process left the instance (from the state
	// file). Init means there was none. A resumed Master goes on without a transition: its
	// first action is an advert, then it adds its addresses again (they may be there) and
	// announces them; no Transition is reported.
	Resume State
	// Interval is the master's advert interval that a resumed Backup had learned
	// (VRRPv3). Zero: none.
	Interval time.Duration
	// Delay is how long a fresh instance neither hears adverts nor becomes master
	// (vrrp_startup_delay). A resumed one does not wait: it had started already.
	Delay time.Duration
}

// Wake says that Deadline may have passed. Before the deadline it does nothing. Adverts that
// wait in a socket must be given to the Machine before a Wake: they may move the deadline.
type Wake struct{}

// Advert is a validated advert of another router for this instance. A pointer to one is an
// Event too, and costs no allocation.
type Advert struct {
	From     netip.Addr
	Priority uint8
	Interval time.Duration // of the sender: v2 whole seconds, v3 centiseconds
}

// Facts are the current outside facts, complete each time: they replace the earlier ones.
type Facts struct {
	Faults    Fault      // reasons why the instance cannot run; 0: none
	Undecided bool       // a tracked script without weight has not yet ended once: stay in Init
	Delta     int        // sum of the tracked weights, added to the configured priority
	Source    netip.Addr // address that adverts are sent from, for the tie-break
}

// Reconfigure brings new parameters of a reload. State, timers and mastership are kept.
// The virtual router (VRID, Version, interface) stays the same: another one is another Machine.
type Reconfigure struct{ Params Params }

// Lost says that an address, route or rule of a master is gone and cannot be put back. It
// steps down and says so, and another router may take over; alone it soon tries again.
type Lost struct{}

// Rival is evidence of another master that is not an advert: a foreign gratuitous ARP for a
// virtual address. A master announces itself again, but does not join in a storm.
type Rival struct{ What string } // for the log: "gratuitous ARP for 10.0.0.100 from 02:00:00:00:00:0b"

// Stop ends the instance: a master says priority 0 and gives its addresses up.
type Stop struct{}

// Delete is Stop because a reload left the instance out.
type Delete struct{}

func (Start) event()       {}
func (Wake) event()        {}
func (Advert) event()      {}
func (Facts) event()       {}
func (Reconfigure) event() {}
func (Lost) event()        {}
func (Rival) event()       {}
func (Stop) event()        {}
func (Delete) event()      {}

// Fault is a set of reasons to be in the Fault state, computed afresh from facts.
type Fault uint8

// The reasons.
const (
	FaultLink   Fault = 1 << iota // the interface is down or gone
	FaultSource                   // the interface has no usable source address
	FaultScript                   // a tracked script without weight failed
	FaultConfig                   // the interface cannot carry the instance
	FaultGroup                    // another member of the sync group has a reason; set by Group
)

// State is a state of the election (RFC 9568 section 6.3), with keepalived's Fault.
type State uint8

// The states.
const (
	Init State = iota
	Backup
	Master
	FaultState
	Stopped
	Deleted // Stopped, because a reload left the instance out
)

// String gives the state as keepalived's scripts and FIFO lines name it.
func (s State) String() string {
	switch s {
	case Init:
		return "INIT"
	case Backup:
		return "BACKUP"
	case Master:
		return "MASTER"
	case FaultState:
		return "FAULT"
	case Stopped:
		return "STOP"
	case Deleted:
		return "DELETED"
	}
	return "UNKNOWN"
}

// Params is the part of an instance's configuration that decides the election.
type Params struct {
	Name             string
	VRID             uint8
	Version          int
	Priority         uint8         // as configured; 255: address owner
	AdvertInt        time.Duration // positive
	NoPreempt        bool
	PreemptDelay     time.Duration
	DownTimerAdverts int // adverts that may be missed, keepalived's default is 3
	Unicast          bool
	Announce         AnnounceParams

	// HigherPrioSendAdvert sends one more advert before a master yields.
	HigherPrioSendAdvert bool
	// LowerPrioNoAdvert leaves adverts of lower priority without an answer.
	LowerPrioNoAdvert bool
	// TimerExpiredBackup is the best priority among the other routers: a master that slept
	// for longer than that one's master-down time does not insist on being master. 0: off.
	TimerExpiredBackup uint8
}

// owner says whether the instance owns its addresses (RFC 9568 section 1.7).
func (p *Params) owner() bool { return p.Priority == 255 }

// AnnounceParams says when gratuitous ARP is sent; as conf.GARP.
type AnnounceParams struct {
	Delay         time.Duration // from the take-over to the second set; 0: no second set
	Repeat        int           // rounds in a set; 0 counts as 1
	Refresh       time.Duration // between periodic sets; 0: none
	RefreshRepeat int           // rounds in a periodic set; 0 counts as 1
	LowerDelay    time.Duration // from an advert of another master to the second set; 0: no second set
	LowerRepeat   int           // rounds after an advert of another master; 0: none
}
