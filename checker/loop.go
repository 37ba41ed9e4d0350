// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"time"
)

// loop takes what comes until ctx is done.
func (c *child) loop(ctx, probeCtx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case r := <-c.results:
			c.take(r)
		case r, ok := <-c.Reload:
			c.reload(r, ok)
		case answer, ok := <-c.Dump:
			c.answer(ctx, answer, ok)
		}
		timer.Reset(c.work(probeCtx, time.Now()))
	}
}

// work does what is due and returns the time until more will be.
func (c *child) work(ctx context.Context, now time.Time) time.Duration {
	for c.busy < c.limit {
		ch := c.queue.due(now)
		if ch == nil {
			break
		}
		c.launch(ctx, ch)
	}
	if at := c.table.due(); !at.IsZero() && !at.After(now) {
		c.table.sync(now, c.roster.table())
	}
	c.save(now)
	return c.untilNext(now)
}

// untilNext is the time until the earliest of what is planned. Without a free
// slot the next result comes first, and wakes the loop by itself.
func (c *child) untilNext(now time.Time) time.Duration {
	next := c.table.due()
	consider := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if c.busy < c.limit {
		consider(c.queue.next())
	}
	if c.unsaved {
		consider(c.lastSaved.Add(saveEvery))
	}
	if next.IsZero() {
		return time.Hour
	}
	return max(next.Sub(now), 0)
}

// launch starts a run of check ch.
func (c *child) launch(ctx context.Context, ch *check) {
	c.busy++
	ch.began = time.Now()
	p := ch.probe
	c.probes.Go(func() error {
		found := p.Run(ctx)
		select {
		case c.results <- result{check: ch, found: found, end: time.Now()}:
		case <-ctx.Done():
		}
		return nil
	})
}

// take records a result and all that wait behind it, and then programs each
// pool once.
func (c *child) take(r result) {
	now := time.Now()
	var changed []*pool
	var notices []notice
	seen := map[*pool]bool{nil: true}
	for n := len(c.results); n >= 0; n-- {
		p, told := c.record(r)
		notices = append(notices, told...)
		if !seen[p] {
			seen[p] = true
			changed = append(changed, p)
		}
		if n > 0 {
			r = <-c.results
		}
	}
	if len(changed) > 0 {
		c.unsaved = true
		c.table.update(now, c.roster.tableOf(changed))
	}
	c.tell(notices)
}

// record records one result. It returns the pool that it changes, if any, and
// what to tell when that is done.
func (c *child) record(r result) (*pool, []notice) {
	c.busy--
	if r.check.gone {
		return nil, nil
	}
	n, changed := r.check.record(r.found, r.end)
	c.log(n.lines)
	c.queue.put(r.check)
	if !changed {
		return nil, n.notices
	}
	return r.check.server.pool, n.notices
}

func (c *child) reload(r Reload, ok bool) {
	if !ok {
		c.Reload = nil
		return
	}
	c.Log.Info(lineReload)
	c.Config = r.Config
	c.configure(r.Config, saved{})
	r.Done <- nil
}

func (c *child) answer(ctx context.Context, to chan<- string, ok bool) {
	if !ok {
		c.Dump = nil
		return
	}
	select {
	case to <- c.dump(time.Now()):
	case <-ctx.Done():
	}
}
