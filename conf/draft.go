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
	// mail is the first place that asks for mail.
	mail opt[Pos]
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
	routerID             opt[string]
	emails               []string
	emailFrom            string
	smtpServer, smtpHelo string
	smtpTimeout          opt[time.Duration]
	smtpAlert            opt[bool]
	smtpAlertVRRP        opt[bool]
	scriptSecurity       bool
	scriptUser           account
	version              opt[int]
	realtime             opt[int]
	downTimerAdverts     opt[int]
	group4               netip.Addr
	garp                 garpDraft
}

type garpDraft struct {
	masterDelay, masterRefresh, lowerPrioDelay         opt[time.Duration]
	masterRepeat, masterRefreshRepeat, lowerPrioRepeat opt[int]
}

// account is a user and a group to run a script as.
type account struct {
	user, group string
	pos         Pos
}

type scriptDraft struct {
	name              string
	pos               Pos
	command           opt[Command]
	interval, timeout opt[time.Duration]
	weight            int
	rise, fall        opt[int]
	user              account
	initFail          bool
}

type instanceDraft struct {
	name, state, iface string
	pos, ifacePos      Pos
	vrid, priority     opt[int]
	advertInt          opt[time.Duration]
	advertPos          Pos
	version            opt[int]

	// family is 4 or 6, set by the first address; 0 as long as there is none.
	family     int
	source     netip.Addr
	unicast    opt[Pos] // the first unicast keyword
	peers      []netip.Addr
	group      netip.Addr
	vips, evip []Address

	vipsTried bool // entries were there, good or not

	auth    authDraft
	authPos Pos
	lacking string // what this version cannot do and must not leave out
	lackPos Pos
	tracks  []trackDraft
	scripts int // vrrp_scripts defined before this instance
	preempt preemptDraft
	down    opt[int]
	garp    garpDraft
	notify  [5]*Command // in the order of notifyWords
	smtp    opt[bool]
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

type trackDraft struct {
	name   Arg
	weight opt[int]
}
