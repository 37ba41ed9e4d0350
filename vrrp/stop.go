// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"slices"
	"time"

	"vipward/netif"
	"vipward/vrrp/election"
)

// stop ends all instances and takes away what belongs to the configuration.
func (l *loop) stop() {
	now := time.Now()
	for _, vi := range l.vis {
		if l.env.ReleaseAll && vi.m.State() != election.Master {
			l.clean(vi)
			l.keeper.set(vi.key, netif.Holdings{})
		}
		l.step(vi, now, election.Stop{})
	}
	if l.env.Keep {
		l.todo = slices.DeleteFunc(l.todo, touchesOthers)
	} else {
		l.static.stop()
	}
	l.flush()
	l.keeper.commit()
	l.stopped = true
}

// touchesOthers says whether an action of a stop changes what a daemon that keeps its
// addresses is to leave alone: the network and the kernel.
func touchesOthers(t todo) bool {
	switch a := t.act.(type) {
	case election.SendAdvert, election.RemoveAddresses:
		return true
	case election.Log:
		return a.Code == election.LogSentZero
	}
	return false
}
