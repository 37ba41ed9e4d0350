// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/netip"
	"time"

	"vipward/internal/lab"
)

const (
	echoPort    = 7007
	settleLimit = 30 * time.Second
)

// pair is two nodes with the same daemon, and a client that sees and probes them.
type pair struct {
	shape
	t              lab.TB
	lb1, lb2       *lab.Host
	client         *lab.Host
	master, backup *lab.Daemon
	wires          []*lab.Capture // at the client, one a link
}

// newPair starts a pair and waits until the first node is the only master of the last
// instance.
func newPair(t lab.TB, d daemon, s shape) *pair {
	p := startPair(t, d, s)
	lab.Wait(t, settleLimit, "one master", p.settled)
	return p
}

// startPair starts a pair and waits for nothing.
func startPair(t lab.TB, d daemon, s shape) *pair {
	p := &pair{shape: s, t: t}
	for link := range s.links() {
		net := lab.NewNet(t)
		for _, h := range []struct {
			host       **lab.Host
			name, addr string
		}{{&p.lb1, "lb1", masterAddr}, {&p.lb2, "lb2", backupAddr}, {&p.client, "client", clientAddr}} {
			addr := nodeAddr(link, h.addr) + "/16"
			if link == 0 {
				*h.host = net.Host(h.name, addr)
			} else {
				net.Join(*h.host, addr)
			}
		}
		p.wires = append(p.wires, p.client.Capture(fmt.Sprintf("eth%d", link)))
	}
	p.lb1.Echo(echoPort)
	p.lb2.Echo(echoPort)
	p.master = lab.StartDaemon(p.lb1, d.kind, vrrpConfig("MASTER", masterPriority, s), "-P")
	p.backup = lab.StartDaemon(p.lb2, d.kind, vrrpConfig("BACKUP", backupPriority, s), "-P")
	return p
}

// of picks the adverts of the n-th instance, without goodbyes.
func (p *pair) of(n int) []lab.Advert {
	link, vrid := place(n)
	return ofVRID(p.wires[link].Adverts(), vrid)
}

// settled says why the pair is not: the last adverts of the last instance do not all come
// from the first node.
func (p *pair) settled() error {
	const calm = 3
	seen := p.of(p.instances)
	if len(seen) < calm {
		return fmt.Errorf("%d adverts", len(seen))
	}
	for _, a := range seen[len(seen)-calm:] {
		if want := nodeAddr(p.links()-1, masterAddr); a.Src.String() != want {
			return fmt.Errorf("an advert of %v", a.Src)
		}
	}
	return nil
}

// pause waits, or ends the run when it is cancelled.
func (p *pair) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.t.Context().Done():
		p.t.Fatalf("stopped")
	}
}

// ofVRID picks the adverts of one instance, without goodbyes.
func ofVRID(all []lab.Advert, vrid uint8) []lab.Advert {
	var some []lab.Advert
	for _, a := range all {
		if a.VRID == vrid && a.Priority > 0 {
			some = append(some, a)
		}
	}
	return some
}

// lastOf finds the last advert of src.
func lastOf(all []lab.Advert, src string) (lab.Advert, bool) {
	addr := netip.MustParseAddr(src)
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Src == addr {
			return all[i], true
		}
	}
	return lab.Advert{}, false
}

// firstOf finds the first advert of src after a time.
func firstOf(all []lab.Advert, src string, after time.Time) (lab.Advert, bool) {
	addr := netip.MustParseAddr(src)
	for _, a := range all {
		if a.Src == addr && a.Time.After(after) {
			return a, true
		}
	}
	return lab.Advert{}, false
}
