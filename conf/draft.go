// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"time"
)

// draft is a configuration as it was written: what was left out is known to be
// left out, so that defaults can be filled in, in their order, at the end.
type draft struct {
	global    globalDraft
	scripts   []*scriptDraft
	instances []*instanceDraft
	named     map[string]*instanceDraft // instances by name
	groups    []*groupDraft
	servers   []*serverDraft
	ssl       *SSL

	files       []*TrackedFile
	processes   []*TrackedProcess
	bfds        []*bfdDraft
	syncGroups  []*groupSync
	trackGroups []*TrackGroup
	garpGroups  []*garpGroupDraft

	staticAddrs  []Address
	staticRoutes []Route
	staticRules  []Rule
	madeUp       map[Family]int // rules without a preference, by family
	linkbeats    []Linkbeat
	delays       []LinkDelay
	// What servers and checks have in common is kept once.
	settings map[ServerSettings]*ServerSettings
	checks   map[CheckSettings]*CheckSettings
	// mail is the first place that asks for mail.
	mail opt[Pos]
}

func newDraft() *draft {
	d := &draft{
		named: map[string]*instanceDraft{}, madeUp: map[Family]int{},
		settings: map[ServerSettings]*ServerSettings{}, checks: map[CheckSettings]*CheckSettings{},
	}
	d.global.out = globalDefaults()
	return d
}

// opt is a value that may have been left out.
type opt[T any] struct {
	val T
	ok  bool
}

func some[T any](v T) opt[T] { return opt[T]{val: v, ok: true} }

// or gives the value, or def if there is none.
func (o opt[T]) or(def T) T {
	if o.ok {
		return o.val
	}
	return def
}

// orElse gives o, or other if o has no value.
func (o opt[T]) orElse(other opt[T]) opt[T] {
	if o.ok {
		return o
	}
	return other
}

type globalDraft struct {
	out                  Global // what needs no more than being kept
	routerID             opt[string]
	emails               []string
	emailFrom            string
	smtpServer, smtpHelo string
	smtpTimeout          opt[time.Duration]
	smtpAlert            opt[bool]
	smtpAlertVRRP        opt[bool]
	smtpAlertChecker     opt[bool]
	lowerPrioNoAdvert    opt[bool]
	ownerIgnore          opt[bool]
	scriptSecurity       bool
	scriptUser           account
	version              opt[int]
	realtime             opt[int]
	downTimerAdverts     opt[int]
	group4               netip.Addr
	garp                 garpDraft
}

// account is a user and a group to run a script as.
type account struct {
	user, group   string
	supplementary bool // all groups of the user
	pos           Pos
}
