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
	t              lab.TB
	lb1, lb2       *lab.Host
	client         *lab.Host
	master, backup *lab.Daemon
	wire           *lab.Capture // at the client
}

// newPair starts a pair and waits until the first node is the only master of the last
// instance.
func newPair(t lab.TB, d daemon, version int, adv time.Duration, instances int) *pair {
	net := lab.NewNet(t)
	p := &pair{
		t:      t,
		lb1:    net.Host("lb1", masterAddr+"/16"),
		lb2:    net.Host("lb2", backupAddr+"/16"),
		client: net.Host("client", "10.9.0.9/16"),
	}
	p.lb1.Echo(echoPort)
	p.lb2.Echo(echoPort)
	p.wire = p.client.Capture("eth0")
	p.master = lab.StartDaemon(p.lb1, d.kind, vrrpConfig("MASTER", masterPriority, version, adv, instances), "-P")
	p.backup = lab.StartDaemon(p.lb2, d.kind, vrrpConfig("BACKUP", backupPriority, version, adv, instances), "-P")
	lab.Wait(t, settleLimit, "one master", func() error { return p.settled(instances) })
	return p
}

// settled says why the pair is not: the last adverts of the last instance do not all come
// from the first node.
func (p *pair) settled(instances int) error {
	const calm = 3
	seen := ofVRID(p.wire.Adverts(), uint8(instances))
	if len(seen) < calm {
		return fmt.Errorf("%d adverts", len(seen))
	}
	for _, a := range seen[len(seen)-calm:] {
		if a.Src.String() != masterAddr {
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
