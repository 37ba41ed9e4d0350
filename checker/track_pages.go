// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"time"

	"vipward/conf"
)

// Pages is how far a check with several pages is. Each run asks for one page.
// The check has passed when all were good in turn; after a failure the page
// that failed is asked for until it is good, and then all of them again.
type Pages struct {
	Page  int32 // of the next run
	Stuck bool  // on the page that failed
}

// turn goes on behind a good page of that many, and says whether there is
// more to see before the check has passed.
func (p *Pages) turn(pages int) bool {
	switch {
	case p.Stuck:
		*p = Pages{}
		return true
	case int(p.Page)+1 < pages:
		p.Page++
		return true
	default:
		*p = Pages{}
		return false
	}
}

// goodPage is the verdict for a good page with more to come. While the check is up
// it is not worth a word.
func (t *Track) goodPage(c *conf.Checker, end time.Time) (Verdict, time.Time) {
	t.Failures = 0
	next := end.Add(c.DelayLoop)
	if t.Up {
		return Same, next
	}
	if t.Ran = true; c.HTTP.FastRecovery {
		next = end
	}
	return PageGood, next
}
