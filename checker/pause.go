// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// pauses says whether an order is about checks, and not about what the kernel's table has.
func (o *Order) pauses() bool { return o.Hold == HoldPause || o.Hold == HoldResume }

// pauseOf is the order that pauses the checks of a server, or of its whole virtual server; nil:
// they run.
func pauseOf(orders map[heldKey]Order, service serverKey, at netip.AddrPort) *Order {
	for _, k := range []heldKey{{service, at, true}, {service, netip.AddrPort{}, true}} {
		if o, ok := orders[k]; ok {
			return &o
		}
	}
	return nil
}

// paused gives the virtual servers that an order to pause or resume is about.
func (r *roster) paused(o *Order) []*pool {
	var found []*pool
	for _, p := range r.pools {
		has := !o.Server.IsValid() || slices.ContainsFunc(p.servers, func(s *server) bool { return s.addr() == o.Server })
		if has && o.names(p) {
			found = append(found, p)
		}
	}
	return found
}

// pause notes that checks of a virtual server are paused, or not any more. To resume all of it
// ends the pauses of its servers too.
func (r *roster) pause(p *pool, o Order) (string, error) {
	service := keyOf(p.vs)
	all := heldKey{service, netip.AddrPort{}, true}
	key := heldKey{service, o.Server, true}
	_, whole := r.orders[all]
	switch {
	case o.Hold == HoldPause:
		r.orders[key] = o
	case o.Server.IsValid() && whole:
		return "", fmt.Errorf("%w: the checks of all of %s are paused", ErrOrder, p.vs.Service())
	default:
		delete(r.orders, key)
	}
	for _, s := range p.servers {
		if key == all && o.Hold == HoldResume {
			delete(r.orders, heldKey{service, s.addr(), true})
		}
		s.paused = pauseOf(r.orders, service, s.addr())
	}
	return linePause(p.vs, o), nil
}

// pause lets checks rest, or go on. Verdicts stay as they are meanwhile.
func (c *child) pause(o Order) error {
	pools := c.roster.paused(&o)
	if len(pools) == 0 {
		return fmt.Errorf("%w: %s", ErrNoServer, o.target())
	}
	for _, p := range pools {
		line, err := c.roster.pause(p, o)
		if err != nil {
			return err
		}
		c.log([]string{line})
	}
	now := time.Now()
	c.attend(now)
	c.unsaved, c.lastSaved = true, time.Time{}
	c.save(now)
	return nil
}

// target is what an order is about, for messages.
func (o *Order) target() string {
	if o.Server.IsValid() {
		return o.Server.String()
	}
	return o.Service
}

// names says whether an order is about a virtual server.
func (o *Order) names(p *pool) bool {
	return o.Service == "" || o.Service == vsName(p.vs) || o.Service == p.vs.Service()
}

// hear brings checks up to date that follow a file or a session and rested.
func (c *child) hear(list []*check, now time.Time) {
	if len(list) == 0 {
		return
	}
	var b batch
	for _, ch := range list {
		c.settle(ch, c.files.judge(ch.conf), now, &b)
	}
	c.program(now, &b)
}
