// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"maps"
	"slices"
	"time"

	"vipward/netif"
)

const (
	firstRetry = 200 * time.Millisecond
	lastRetry  = 30 * time.Second

	// Whoever deletes an item more often than that within a second wins for a second.
	maxRestores = 5
	fightSpan   = time.Second
)

// fight counts how often an item was put back.
type fight struct {
	since time.Time
	times int
}

// restore says what puts back what the reports tell of, if it is wanted and is to be
// restored at all.
func (k *keeper) restore(gone []netif.Event, now time.Time) []task {
	if len(gone) == 0 {
		return nil
	}
	r := restorer{k: k, now: now, all: k.others(nil), added: map[netif.Key]bool{}}
	for _, ev := range gone {
		r.event(ev)
	}
	return r.tasks
}

// restorer finds the items that reports are about.
type restorer struct {
	k      *keeper
	now    time.Time
	all    netif.Holdings
	addrs  map[netif.Key]*netif.Addr // the next three are made when they are needed
	routes map[netif.RouteID][]*netif.Route
	rules  map[netif.RuleID][]*netif.Rule
	added  map[netif.Key]bool
	routed bool // all IPv4 routes are in tasks
	tasks  []task
}

func (r *restorer) event(ev netif.Event) {
	switch ev := ev.(type) {
	case netif.AddrChange:
		r.addr(ev)
	case netif.RouteGone:
		r.index()
		for _, route := range r.routes[ev.ID] {
			r.add(ev, netif.Op{Add: true, Route: route}, route.NoTrack)
		}
	case netif.RuleGone:
		r.index()
		for _, rule := range r.rules[ev.ID] {
			r.add(ev, netif.Op{Add: true, Rule: rule}, rule.NoTrack)
		}
	case netif.LinkChange:
		for _, op := range netif.Plan(netif.Holdings{}, r.all) {
			if uses(op, ev.Link.Index) {
				r.add(ev, op, noTrack(op))
			}
		}
	case netif.Resync:
		for _, op := range netif.Plan(netif.Holdings{}, r.all) {
			r.add(ev, op, noTrack(op))
		}
	}
}

// addr puts an address back, or replaces one that is a duplicate to the kernel. With an IPv4
// address the routes may be gone that need it, without a report.
func (r *restorer) addr(ev netif.AddrChange) {
	r.index()
	a := r.addrs[netif.Addr{Index: ev.Index, Prefix: ev.Prefix, Peer: ev.Peer}.Key()]
	if a == nil || a.NoTrack {
		return
	}
	if ev.Added {
		r.renew(ev, a)
		return
	}
	r.add(ev, netif.Op{Add: true, Addr: a}, false)
	if r.routed || !ev.Prefix.Addr().Is4() {
		return
	}
	r.routed = true
	for i := range r.all.Routes {
		// One without its source address went with it, whoever minds.
		if route := &r.all.Routes[i]; route.Dst.Addr().Is4() && (!route.NoTrack || route.Src.IsValid()) {
			r.tasks = append(r.tasks, task{netif.Op{Add: true, Route: route}, restored})
		}
	}
}

// renew deletes and adds an address once in a while.
func (r *restorer) renew(ev netif.AddrChange, a *netif.Addr) {
	key := a.Key()
	switch {
	case r.added[key]:
	case !r.k.mayRestore(key, r.now, 1):
		r.k.later = append(r.k.later, ev)
	default:
		r.added[key] = true
		r.tasks = append(r.tasks, task{netif.Op{Addr: a}, wished}, task{netif.Op{Add: true, Addr: a}, restored})
	}
}

// add puts an item back, or puts that off when somebody deletes it again and again.
func (r *restorer) add(ev netif.Event, op netif.Op, ignore bool) {
	key := op.Key()
	if ignore || r.added[key] {
		return
	}
	r.added[key] = true
	switch ev.(type) {
	case netif.Resync, netif.LinkChange:
		// Nobody is against it.
	default:
		if !r.k.mayRestore(key, r.now, maxRestores) {
			r.k.later = append(r.k.later, ev)
			return
		}
	}
	r.tasks = append(r.tasks, task{op, restored})
}

// index makes it quick to find the items of many reports.
func (r *restorer) index() {
	if r.addrs != nil {
		return
	}
	r.addrs = map[netif.Key]*netif.Addr{}
	r.routes = map[netif.RouteID][]*netif.Route{}
	r.rules = map[netif.RuleID][]*netif.Rule{}
	for i := range r.all.Addrs {
		r.addrs[r.all.Addrs[i].Key()] = &r.all.Addrs[i]
	}
	for i := range r.all.Routes {
		id := r.all.Routes[i].ID()
		r.routes[id] = append(r.routes[id], &r.all.Routes[i])
	}
	for i := range r.all.Rules {
		id := r.all.Rules[i].ID()
		r.rules[id] = append(r.rules[id], &r.all.Rules[i])
	}
}

// mayRestore counts a restoration and says whether there were few enough of late.
func (k *keeper) mayRestore(key netif.Key, now time.Time, limit int) bool {
	f := k.fights[key]
	if f == nil || now.Sub(f.since) >= fightSpan {
		f = &fight{since: now}
		k.fights[key] = f
	}
	f.times++
	return f.times <= limit
}

// retries adds again what was refused and is still wanted.
func (k *keeper) retries() []task {
	var list []task
	for key, op := range k.broken {
		if k.holders[key] == 0 {
			delete(k.broken, key)
			continue
		}
		list = append(list, task{op, retried})
	}
	slices.SortFunc(list, func(a, b task) int { return rank(a.op) - rank(b.op) })
	return list
}

// rank orders additions: an address before the routes that need it.
func rank(op netif.Op) int {
	switch {
	case op.Addr != nil:
		return 0
	case op.Route != nil:
		return 1
	}
	return 2
}

// schedule sets the time of the next try, which is later each time.
func (k *keeper) schedule(now time.Time, tried bool) {
	switch {
	case len(k.broken)+len(k.later) == 0:
		k.retryAt, k.pause = time.Time{}, 0
		maps.DeleteFunc(k.fights, func(_ netif.Key, f *fight) bool { return now.Sub(f.since) >= fightSpan })
	case len(k.later) > 0:
		// Work for others comes at any time, and must not put this off.
		if next := now.Add(fightSpan); tried || k.retryAt.IsZero() || next.Before(k.retryAt) {
			k.retryAt = next
		}
	case tried || k.retryAt.IsZero():
		k.pause = min(max(2*k.pause, firstRetry), lastRetry)
		k.retryAt = now.Add(k.pause)
	}
}
