// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"slices"
	"time"
)

const (
	// burstLines may be logged at once about results of checks, and lineRate a second in
	// the long run: when 10,000 servers fail together, the log is not what fails next.
	burstLines = 2000
	lineRate   = 100
	// summaryAfter is how long what was left out waits for its summary.
	summaryAfter = time.Second
	// summaryPools is how many virtual servers a summary names.
	summaryPools = 50
)

// brake bounds the lines about results of checks. What it leaves out is summed up.
type brake struct {
	spent   float64 // of burstLines
	at      time.Time
	skipped int
	pools   []*pool // that lines were left out of, in the order of the first
	since   time.Time
}

// admit says how many of n lines about a pool may be logged.
func (b *brake) admit(now time.Time, p *pool, n int) int {
	if n == 0 {
		return 0
	}
	if now.After(b.at) { // results come a little out of order
		b.spent = max(b.spent-now.Sub(b.at).Seconds()*lineRate, 0)
		b.at = now
	}
	free := max(burstLines-int(b.spent+0.999), 0)
	if b.skipped > 0 {
		free = 0 // in order: nothing passes what waits for its summary
	}
	free = min(free, n)
	b.spent += float64(free)
	if free < n {
		b.skip(now, p, n-free)
	}
	return free
}

func (b *brake) skip(now time.Time, p *pool, n int) {
	if b.skipped == 0 {
		b.since = now
	}
	b.skipped += n
	if !p.braked {
		p.braked = true
		b.pools = append(b.pools, p)
	}
}

// due is when the next summary is; zero: nothing was left out.
func (b *brake) due() time.Time {
	if b.skipped == 0 {
		return time.Time{}
	}
	return b.since.Add(summaryAfter)
}

// summary says how things are now that lines were left out, and begins anew.
func (b *brake) summary(now time.Time) []string {
	if b.skipped == 0 {
		return nil
	}
	lines := []string{lineLeftOut(b.skipped, len(b.pools))}
	for _, p := range b.pools {
		if p.braked = false; len(lines) <= summaryPools {
			lines = append(lines, linePoolNow(p))
		}
	}
	if more := b.pools[min(len(b.pools), summaryPools):]; len(more) > 0 {
		lines = append(lines, linePoolsNow(more))
	}
	*b = brake{spent: b.spent + float64(len(lines)), at: now}
	return lines
}

// alive counts the real servers that are alive.
func (p *pool) alive() int {
	n := 0
	for _, s := range p.servers {
		if s.alive() {
			n++
		}
	}
	return n
}

// logRun logs what a result of a check of a pool means.
func (c *child) logRun(now time.Time, p *pool, lines []string) {
	c.log(lines[:c.brake.admit(now, p, len(lines))])
}

// summarize logs what the brake has left out, when it is time.
func (c *child) summarize(now time.Time) {
	if at := c.brake.due(); !at.IsZero() && !at.After(now) {
		c.log(c.brake.summary(now))
	}
}

// quorate counts the pools that have their quorum.
func quorate(pools []*pool) int {
	return len(slices.DeleteFunc(slices.Clone(pools), func(p *pool) bool { return !p.quorum.Up }))
}
