// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"time"
)

// garpGroupDraft is a garp_group; spaced says that one of its intervals is given.
type garpGroupDraft struct {
	out    GARPGroup
	spaced bool
}

// garpDraft are the settings of gratuitous ARP, of an instance or global.
type garpDraft struct {
	masterDelay, masterRefresh, lowerPrioDelay         opt[time.Duration]
	masterRepeat, masterRefreshRepeat, lowerPrioRepeat opt[int]
	extra                                              opt[extraGARP]
}

// weighting is a weight and whether its effect is turned around.
type weighting struct {
	n       int
	reverse bool
}

type scriptDraft struct {
	name              string
	pos               Pos
	command           opt[Command]
	interval, timeout opt[time.Duration]
	weight            weighting
	rise, fall        opt[int]
	user              account
	initFail          bool
}

// posOpt is a value that may have been left out, and its place.
type posOpt[T any] struct {
	opt[T]
	pos Pos
}

type instanceDraft struct {
	out                Instance // what needs no more than being kept
	name, state, iface string
	pos, ifacePos      Pos
	vrid, priority     opt[int]
	advertInt          opt[time.Duration]
	advertPos          Pos
	version            opt[int]
	strict             opt[bool]
	skipCheck          opt[bool]
	checksumAsV2       opt[bool]
	accept             opt[bool]

	// family is 4 or 6, set by the first address; 0 as long as there is none.
	family     Family
	source     netip.Addr
	unicast    opt[Pos] // the first unicast keyword
	peers      []netip.Addr
	ttls       []TTLRange
	ttlPos     Pos
	group      netip.Addr
	groupPos   Pos
	vips, evip []Address
	noVIPs     bool

	vipsTried bool // entries were there, good or not

	auth    authDraft
	authPos Pos
	hmac    *AuthHMAC
	tracks  tracksDraft
	preempt preemptDraft
	down    opt[int]
	downPos Pos

	lowerPrioNoAdvert, higherPrioSend, ownerIgnore posOpt[bool]
	timerExpired                                   posOpt[int]

	vmacPos, ipvlanPos, vrfPos Pos
	xmitBase                   opt[Pos]

	garp       garpDraft
	notify     [5]*Command // in the order of notifyWords
	notifyPrio opt[bool]
	smtp       opt[bool]
}

// setFamily notes the family of the first address.
func (i *instanceDraft) setFamily(family Family) {
	if i.family == 0 {
		i.family = family
	}
}

type preemptDraft struct {
	no       opt[Pos]
	delay    opt[time.Duration]
	delayPos Pos
}

type authDraft struct {
	kind string
	pass opt[Secret]
}

// trackKind is one of the things that can be tracked.
type trackKind uint8

const (
	trackedScript trackKind = iota
	trackedInterface
	trackedFile
	trackedProcess
	trackedBFD
	trackKinds
)

// trackDraft is one line of a track_ list.
type trackDraft struct {
	name   Arg
	weight opt[weighting]
	turned opt[bool] // reverse or noreverse behind the weight
	// before is how many definitions of the kind stand before the line: only those
	// can be meant.
	before int
}

// over gives the weight of an entry: its own, or that of the definition. A definition's
// reverse holds for a weight of the entry too, unless that says noreverse.
func (e trackDraft) over(def weighting) weighting {
	w := e.weight.or(def)
	w.reverse = e.turned.or(def.reverse)
	return w
}

// tracksDraft are the track_ lists of an instance or group.
type tracksDraft [trackKinds][]trackDraft

// groupSync is a vrrp_sync_group.
type groupSync struct {
	out        SyncGroup
	members    []Arg
	grouped    bool // there was a list of members
	tracks     tracksDraft
	notify     [5]*Command
	notifyPrio opt[bool]
	smtp       opt[bool]
}

// bfdDraft is a bfd_instance.
type bfdDraft struct {
	out     BFD
	hopsPos Pos
}
