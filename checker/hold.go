// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"time"
)

// heldKey names a real server for what operators want of it.
type heldKey struct {
	service serverKey
	server  netip.AddrPort
	paused  bool // checks are: no server means all of the virtual server
}

// heldOrder is an Order as it is kept: for one real server.
type heldOrder struct {
	Key   serverKey
	Order Order
}

var (
	// ErrNoServer says that an order names a real server that is not configured.
	ErrNoServer = errors.New("no such real server")
	// ErrOrder says that an order makes no sense.
	ErrOrder = errors.New("not an order")
)

// held is what an operator does with the server.
func (s *server) held() Hold {
	if s.order == nil {
		return HoldNone
	}
	return s.order.Hold
}

// serves says whether the server may get connections, as far as it is up to itself.
func (s *server) serves() bool {
	return s.alive() && !s.drained && s.held() != HoldMaintenance
}

// check says what is wrong with an order.
func (o *Order) check() error {
	switch o.Hold {
	case HoldNone, HoldDrain, HoldMaintenance:
		return nil
	case HoldPause, HoldResume:
		if !o.Server.IsValid() && o.Service == "" {
			return fmt.Errorf("%w: to %s the checks of what?", ErrOrder, o.Hold)
		}
		return nil
	case HoldWeight:
		if o.Weight < 0 || o.Weight > math.MaxInt32 {
			return fmt.Errorf("%w: weight %d", ErrOrder, o.Weight)
		}
		return nil
	}
	return fmt.Errorf("%w: %q", ErrOrder, o.Hold)
}

// meant gives the servers that an order is about.
func (r *roster) meant(o *Order) []*server {
	var found []*server
	for _, p := range r.pools {
		if !o.names(p) {
			continue
		}
		for _, s := range p.servers {
			if s.addr() == o.Server {
				found = append(found, s)
			}
		}
	}
	return found
}

// hold carries an order out. It returns what there is to tell, and whether the server's
// pool changes by it.
func (r *roster) hold(s *server, o Order, now time.Time) (news, bool) {
	var n news
	key := heldKey{keyOf(s.pool.vs), s.addr(), false}
	was, live, served := s.serves(), s.live(), s.served()
	if o.Hold == HoldNone {
		delete(r.orders, key)
		s.order = nil
	} else {
		r.orders[key] = o
		s.order = &o
	}
	s.drained, s.drainUntil = false, nil
	n.say(lineHold(s, o))
	if is := s.serves(); is && (!was || served == 0) && s.served() > 0 {
		s.begin(now)
	}
	s.pool.live += s.live() - live
	s.pool.requorum(&n)
	return n, was != s.serves() || served != s.served()
}

// obey carries an order out. When it is kept, done, which is buffered, is told.
func (c *child) obey(o Order, done chan<- error) {
	if err := c.carryOut(o); err != nil {
		done <- err
		return
	}
	c.keepOrders(done)
}

func (c *child) carryOut(o Order) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.At.IsZero() {
		o.At = time.Now()
	}
	if o.pauses() {
		return c.pause(o)
	}
	servers := c.roster.meant(&o)
	if len(servers) == 0 {
		return fmt.Errorf("%w: %s", ErrNoServer, o.Server)
	}
	now := time.Now()
	var b batch
	for _, s := range servers {
		n, changed := c.roster.hold(s, o, now)
		c.log(n.lines)
		b.told.untold(n)
		b.change(s.pool, changed)
	}
	c.unsaved, c.lastSaved = true, time.Time{} // who ordered it is told that it is kept
	c.program(now, &b)
	c.repace(now)
	c.save(now)
	return nil
}

// heldOrders lists the orders, always in the same order.
func (r *roster) heldOrders() []heldOrder {
	list := make([]heldOrder, 0, len(r.orders))
	for k, o := range r.orders {
		o.Server = k.server
		list = append(list, heldOrder{k.service, o})
	}
	slices.SortFunc(list, func(a, b heldOrder) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), a.Order.Server.Compare(b.Order.Server), cmp.Compare(a.Order.Hold, b.Order.Hold))
	})
	return list
}

// ordersOf is the other way round. What is no order is left out.
func ordersOf(list []heldOrder) map[heldKey]Order {
	orders := make(map[heldKey]Order, len(list))
	for _, h := range list {
		if h.Order.check() == nil && h.Order.Hold != HoldNone && h.Order.Hold != HoldResume {
			orders[heldKey{h.Key, h.Order.Server, h.Order.pauses()}] = h.Order
		}
	}
	return orders
}
