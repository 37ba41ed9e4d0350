// SPDX-License-Identifier: Apache-2.0

package election

import (
	"net/netip"
	"slices"
	"time"
)

// AnswerSpacing is the least time between two answers to adverts of the same router. Without
// it one sender could make us send many frames and log lines for each of its own.
const AnswerSpacing = 10 * time.Millisecond

// answerAgain is when one bare advert follows for what came sooner.
const answerAgain = time.Millisecond

// answers limits the answers to other routers: to each one in AnswerSpacing, and to no more
// routers than fit in it, since a flood may come under any name.
type answers struct {
	since time.Time
	to    [4]netip.Addr
	n     int
	again bool // what came sooner has its advert, too
}

// allow says whether a router may be answered now, and counts it if so.
func (a *answers) allow(now time.Time, from netip.Addr) bool {
	if now.Sub(a.since) >= AnswerSpacing {
		a.since, a.n, a.again = now, 0, false
	}
	if a.n == len(a.to) || slices.Contains(a.to[:a.n], from) {
		return false
	}
	a.to[a.n] = from
	a.n++
	return true
}

// once says whether what came sooner may still have an advert.
func (a *answers) once() bool {
	first := !a.again
	a.again = true
	return first
}
