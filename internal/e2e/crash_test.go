// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

// back is how soon a killed child must have a successor.
const back = time.Second

// mustHold says whether a node has the VIP.
func mustHold(h *lab.Host) error {
	if !h.HasAddr(vip) {
		return fmt.Errorf("%s lost the VIP", h.Name)
	}
	return nil
}

// TestKilledVRRPChild kills the master's VRRP child: a new one goes on where it was, and
// neither the client nor the neighbour notices.
func TestKilledVRRPChild(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.start(twoVipwards, both(instance{version: 3, advert: "0.5"}))
	probe := p.client.Probe(fmt.Sprintf("%s:%d", vip, echo), 5*time.Millisecond)
	probe.WaitAnswer(patient)
	p.nextAdvert()
	before, killed := len(p.wire.Adverts()), time.Now()
	holder := watch(t, func() error { return mustHold(p.lb[0]) })

	dead := p.daemon[0].KillRole(lab.VRRP)
	p.daemon[0].RunningRole(lab.VRRP, dead, back)
	for range 4 { // longer than the neighbour waits
		p.nextAdvert()
	}
	holder()
	probe.WaitAnswer(patient)
	t.Logf("outage %v", probe.Outage(killed.Add(-time.Second)).Round(time.Millisecond))
	if n := p.daemon[1].Count(0, `MASTER STATE`); n != 0 {
		t.Errorf("the backup became master %d times", n)
	}
	for _, a := range p.wire.Adverts()[before:] {
		if a.Src != nodeIP(0) || a.Priority != uint8(priorities[0]) {
			t.Errorf("advert of %v with priority %d", a.Src, a.Priority)
		}
	}
}

// TestKilledCheckerChild kills the checker child while one server is down: the table
// keeps every entry, the dead server stays out, and a connection goes on.
func TestKilledCheckerChild(t *testing.T) {
	t.Parallel()
	if !needIPVS(t) {
		return
	}
	f := newDRFarm(t)
	f.start(twoVipwards, drConfigs())
	f.waitAnswers("web1", "web2")
	f.web[0].Stop()
	want := []string{"-A -t " + vip + ":80 -s rr", "-a -t " + vip + ":80 -r 192.0.2.52:80 -g -w 1"}
	waitTable(t, f.lb[0], want...)

	connection := f.connect()
	connection.ask("web2")
	kept := watch(t, func() error { return sameTable(f.lb[0], want) })
	mark, dead := f.daemon[0].Mark(), f.daemon[0].KillRole(lab.Checker)
	f.daemon[0].RunningRole(lab.Checker, dead, back)
	connection.ask("web2")
	f.startTraffic().wait(20)
	kept()
	f.web[0].Start()
	f.waitAnswers("web1", "web2")
	connection.ask("web2")
	if n := f.daemon[0].Count(mark, `Entering \w+ STATE`); n != 0 {
		t.Errorf("the VRRP side changed its state %d times", n)
	}

	// One that hangs at the stop is killed, and its parent clears up for it.
	if err := unix.Kill(f.daemon[0].RolePID(lab.Checker), unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if code := f.daemon[0].Stop(); code != 0 {
		t.Errorf("stopped with exit status %d", code)
	}
	waitTable(t, f.lb[0])
}
