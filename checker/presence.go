// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"vipward/conf"
	"vipward/netif"
)

// presence is which addresses are on this machine, for ha_suspend. Its zero value knows
// nothing yet.
type presence struct {
	known bool
	links map[netip.Addr]map[int]bool // by address, those that have it
}

// take takes in what the kernel tells of addresses.
func (p *presence) take(events []netif.Event) {
	for _, ev := range events {
		switch ev := ev.(type) {
		case netif.Resync:
			p.known, p.links = true, map[netip.Addr]map[int]bool{}
			for _, a := range ev.Addrs {
				p.set(a)
			}
		case netif.AddrChange:
			p.set(ev)
		}
	}
}

func (p *presence) set(a netif.AddrChange) {
	addr := a.Prefix.Addr()
	switch {
	case a.Added && p.links[addr] == nil:
		p.links[addr] = map[int]bool{a.Index: true}
	case a.Added:
		p.links[addr][a.Index] = true
	case len(p.links[addr]) == 1 && p.links[addr][a.Index]:
		delete(p.links, addr)
	default:
		delete(p.links[addr], a.Index)
	}
}

// has says whether one of the addresses of a virtual server is here.
func (p *presence) has(vs *conf.VirtualServer) bool {
	if vs.Group == nil {
		return p.links[vs.Addr] != nil
	}
	for _, e := range vs.Group.Entries {
		if p.links[e.First] != nil || e.First != e.Last && p.within(e.First, e.Last) {
			return true
		}
	}
	return false
}

// within says whether an address from first to last is here: a host has fewer than a range may.
func (p *presence) within(first, last netip.Addr) bool {
	for a := range p.links {
		if !a.Less(first) && !last.Less(a) {
			return true
		}
	}
	return false
}

// rest says whether a check runs.
type rest uint8

const (
	awake   rest = iota
	unsure       // with ha_suspend, until it is known where the address is
	resting      // while the address is elsewhere, or an operator has paused it
)

// attention is which checks begin to rest or go on, and what is said of it.
type attention struct {
	lines       []string
	hear        []*check // to be told what they follow
	begin       []*check // to run for the first time
	wake, sleep []*check
}

// attend lets the checks of virtual servers with ha_suspend rest while the address is
// elsewhere, and those that an operator has paused. Checks that follow a file or a session cost
// nothing and rest only if they are paused.
func (r *roster) attend(here *presence) attention {
	var a attention
	told := map[netip.Addr]bool{}
	for _, p := range r.pools {
		if p.vs.HASuspend && !here.known {
			continue
		}
		is := !p.vs.HASuspend || here.has(p.vs)
		if p.heard && p.vs.HASuspend && is != p.here && p.vs.Group == nil && !told[p.vs.Addr] {
			told[p.vs.Addr] = true
			a.lines = append(a.lines, lineAddress(p.vs.Addr, is))
		}
		p.heard, p.here = p.vs.HASuspend, is
		for _, s := range p.servers {
			for _, c := range s.checks {
				a.attend(c, s.paused == nil && (is || c.follows() != ""))
			}
		}
	}
	return a
}

// attend decides about one check.
func (a *attention) attend(c *check, here bool) {
	switch was := c.rest; {
	case here && was != awake:
		c.rest = awake
		a.lines = append(a.lines, lineActivating(c.server.pool.vs, c.server.rs))
		switch {
		case c.follows() != "":
			a.hear = append(a.hear, c)
		case was == unsure:
			a.begin = append(a.begin, c)
		default:
			a.wake = append(a.wake, c)
		}
	case !here && was != resting:
		c.rest = resting
		a.sleep = append(a.sleep, c)
		a.lines = append(a.lines, lineSuspending(c, was == awake))
	}
}

// attend does what the roster says about ha_suspend and pauses.
func (c *child) attend(now time.Time) {
	a := c.roster.attend(&c.here)
	c.log(a.lines)
	for _, ch := range a.sleep {
		c.queue.drop(ch)
	}
	for _, ch := range a.begin {
		c.plan(ch, FirstRun(now, c.random(ch.conf.Warmup)))
	}
	for _, ch := range a.wake {
		c.plan(ch, now.Add(c.random(ch.conf.DelayLoop)))
	}
	c.hear(a.hear, now)
	c.share()
}

// plan puts a check that goes on into the queue, unless a run of it has not come back yet.
func (c *child) plan(ch *check, at time.Time) {
	if ch.next = at; !ch.running {
		c.queue.put(ch)
	}
}

// watchAddresses starts to listen to the kernel when ha_suspend needs that.
func (c *child) watchAddresses(ctx context.Context) {
	if c.watching || !slices.ContainsFunc(c.roster.pools, func(p *pool) bool { return p.vs.HASuspend }) {
		return
	}
	c.watching = true
	c.probes.Go(func() error {
		for said := ""; ctx.Err() == nil; {
			err := c.addresses(ctx, func(events []netif.Event) {
				select {
				case c.eventsC <- events:
				case <-ctx.Done():
				}
			})
			if err != nil && err.Error() != said {
				said = err.Error()
				c.Log.Error("ha_suspend does not know where the addresses are: " + said)
			}
			select {
			case <-time.After(watchAgain):
			case <-ctx.Done():
			}
		}
		return nil
	})
}

// hostAddresses tells the addresses of this network namespace, and then each change.
func hostAddresses(ctx context.Context, emit func([]netif.Event)) error {
	m, err := netif.OpenMonitor(nil)
	if err != nil {
		return err
	}
	return m.Run(ctx, emit)
}
