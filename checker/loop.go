// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"time"

	"vipward/checker/probe"
	"vipward/conf"
)

// loop takes what comes until ctx is done.
func (c *child) loop(ctx, probeCtx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		c.files.start(probeCtx)
		c.watchAddresses(probeCtx)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case n := <-c.files.newsC:
			c.told(c.files.hear(n), c.files.judge)
		case events := <-c.eventsC:
			c.here.take(events)
			c.attend(time.Now())
		case r := <-c.results:
			c.take(r)
		case r, ok := <-c.Reload:
			c.reload(r, ok)
		case answer, ok := <-c.Dump:
			c.answer(ctx, answer, ok)
		case n := <-c.countedC:
			n.reply <- c.view(n)
		case a, ok := <-c.Ask:
			c.asked(probeCtx, a, ok)
		}
		timer.Reset(c.work(probeCtx, time.Now()))
	}
}

// work does what is due and returns the time until more will be.
func (c *child) work(ctx context.Context, now time.Time) time.Duration {
	c.launchDue(ctx, now)
	if at := c.table.due(); !at.IsZero() && !at.After(now) {
		c.patrol(now)
	}
	c.pace(now)
	c.summarize(now)
	c.save(now)
	return c.untilNext(now)
}

// patrol goes on with the look at the kernel that is due.
func (c *child) patrol(now time.Time) {
	if c.table.look(now, c.roster.table) {
		c.marker.audit()
	}
}

// audit looks at all of the kernel at once and mends what others have changed of ours.
func (c *child) audit(now time.Time) {
	c.table.sync(now, c.roster.table())
	c.marker.audit()
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
	if at := c.queue.next(); c.busy < c.limit && !at.IsZero() {
		if !at.After(c.company) {
			return 0
		}
		consider(at)
	}
	consider(c.brake.due())
	consider(c.pacing.next)
	if c.unsaved {
		consider(c.lastSaved.Add(saveEvery))
	}
	if next.IsZero() {
		return time.Hour
	}
	return max(next.Sub(now), 0)
}

// launchDue starts the runs that are due, and with them those that will be within a tick: each
// time wakes the process. None waits for company. Of many it starts some, so that results are
// not left waiting.
func (c *child) launchDue(ctx context.Context, now time.Time) {
	if first := c.queue.next(); !first.IsZero() && !first.After(now) {
		c.company = now.Add(c.tick)
	}
	for n := range launchRoom {
		if c.busy >= c.limit {
			return
		}
		if n%launchesAtOnce == launchesAtOnce-1 {
			now = time.Now()
		}
		ch := c.queue.due(c.company)
		if ch == nil {
			return
		}
		c.launch(ctx, ch, now)
	}
}

// launch starts a run of check ch; it is now.
func (c *child) launch(ctx context.Context, ch *check, now time.Time) {
	c.busy++
	ch.began, ch.running = now, true
	ch.history.late = now.Sub(ch.next)
	c.worstWait = max(c.worstWait, ch.history.late)
	if p, ok := ch.probe.(probe.Starter); ok {
		p.Start(now, ch, c.ended)
		return
	}
	p := ch.probe
	c.probes.Go(func() error {
		found := p.Run(ctx)
		c.ended(ch, found, time.Now())
		return nil
	})
}

// ender gives what takes the results of runs, of *check, until ctx is done.
func (c *child) ender(ctx context.Context) probe.Done {
	return func(who any, found probe.Result, end time.Time) {
		select {
		case c.results <- result{check: who.(*check), found: found, end: end}:
		case <-ctx.Done():
		}
	}
}

// batch is what some results change: the table is programmed once for all of them, and
// what there is to tell comes after that.
type batch struct {
	seen    map[*pool]bool
	changed []*pool
	told    news // without lines: those are logged at once
}

// add adds the news of one result about a check. changed says whether its pool changes.
func (b *batch) add(n news, ch *check, changed bool) {
	n.explain(ch.history.why)
	b.told.untold(n)
	b.change(ch.server.pool, changed)
}

// change notes that a pool changes, if it does.
func (b *batch) change(p *pool, changed bool) {
	if !changed || b.seen[p] {
		return
	}
	if b.seen == nil {
		b.seen = map[*pool]bool{}
	}
	b.seen[p] = true
	b.changed = append(b.changed, p)
}

// take records a result and all that wait behind it, and then programs each
// pool once.
func (c *child) take(r result) {
	now := time.Now()
	var b batch
	for n := len(c.results); n >= 0; n-- {
		if c.record(r, &b); n > 0 {
			r = <-c.results
		}
	}
	c.program(now, &b)
}

// told takes what a source says now to the checks that follow it: a tracked file to each
// FILE_CHECK of it.
func (c *child) told(source string, judge func(*conf.Checker) probe.Result) {
	now := time.Now()
	var b batch
	for _, ch := range c.roster.followers[source] {
		if ch.rest != awake {
			continue
		}
		c.settle(ch, judge(ch.conf), now, &b)
	}
	c.program(now, &b)
}

// program brings the table to what the pools of a batch want now.
func (c *child) program(now time.Time, b *batch) {
	if len(b.changed) > 0 {
		c.unsaved = true
		c.saveAhead(now, len(b.told.notices))
		c.table.update(now, c.roster.parts(b.changed))
	}
	c.tell(b.told)
}

// record records one result.
func (c *child) record(r result, b *batch) {
	c.busy--
	ch := r.check
	if ch.running = false; ch.gone || ch.rest != awake || ch.lead != nil {
		return
	}
	pages := ch.track.Pages
	c.settle(ch, r.found, r.end, b)
	c.spread(ch, pages, r, b)
	c.queue.put(ch)
}

func (c *child) reload(r Reload, ok bool) {
	if !ok {
		c.Reload = nil
		return
	}
	c.Log.Info(lineReload)
	c.Config = r.Config
	c.configure(r.Config, saved{})
	c.moveOrders()
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

func (c *child) asked(ctx context.Context, a Ask, ok bool) {
	if !ok {
		c.Ask = nil
		return
	}
	switch {
	case a.Order != nil:
		c.obey(*a.Order, a.Done)
	case a.Done != nil:
		a.Done <- nil
	}
	if a.Reply == nil {
		return
	}
	if a.Audit {
		c.audit(time.Now())
	}
	c.reply(ctx, a.Reply)
}
