// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"time"

	"vipward/internal/lab"
)

// takeoverRow kills the master at a random moment and measures when the backup speaks, by
// the client's capture: the time beyond the bound that the RFC sets. The client's outage
// is that of probes sent every millisecond.
func takeoverRow(name string, version int, adv time.Duration, instances, rounds int) row {
	return row{
		name:   name,
		doc:    fmt.Sprintf("take-over of %d instances after SIGKILL, VRRPv%d, advert_int %g", instances, version, adv.Seconds()),
		rounds: rounds,
		quick:  adv < time.Second && instances == 1,
		run: func(t lab.TB, d daemon, _ bool) []figure {
			return takeover(t, d, version, adv, instances)
		},
	}
}

func takeover(t lab.TB, d daemon, version int, adv time.Duration, instances int) []figure {
	p := newPair(t, d, shape{version, adv, instances})
	probe := p.client.Probe(fmt.Sprintf("%s:%d", vip(1), echoPort), time.Millisecond)
	probe.WaitAnswer(settleLimit)
	p.pause(time.Duration(rand.Int64N(int64(adv))))
	killed := time.Now()
	p.master.KillTree()
	p.lb1.Unplug("eth0") // a dead node's kernel does not answer either
	lab.Wait(t, settleLimit, "the backup's adverts and announcements", func() error { return p.taken(killed, instances) })
	probe.WaitAnswer(settleLimit)

	late := lateness(p.wires[0].Adverts(), bound(version, adv), instances)
	figures := []figure{
		{"late ms", ms(late[0])},
		{"gratuitous ARP late ms", ms(p.announced(killed).Sub(lastAdvert(p.wires[0], 1)) - bound(version, adv))},
		{"client outage ms", ms(probe.Outage(killed.Add(-time.Second)))},
	}
	if instances > 1 {
		figures = append(figures, figure{"latest instance ms", ms(maxOf(late))})
	}
	return figures
}

// taken says what is still missing of the backup after the kill.
func (p *pair) taken(killed time.Time, instances int) error {
	all := p.wires[0].Adverts()
	for n := 1; n <= instances; n++ {
		if _, ok := firstOf(ofVRID(all, uint8(n)), backupAddr, killed); !ok {
			return fmt.Errorf("no advert of instance %d", n)
		}
	}
	if p.announced(killed).IsZero() {
		return errors.New("no gratuitous ARP")
	}
	return nil
}

// announced is when the backup first announced the first instance's address.
func (p *pair) announced(killed time.Time) time.Time {
	addr, mac := netip.MustParseAddr(vip(1)), p.lb2.MAC("eth0")
	for _, a := range p.wires[0].ARPs() {
		if a.Gratuitous() && a.Sender == addr && a.SenderMAC.String() == mac && a.Time.After(killed) {
			return a.Time
		}
	}
	return time.Time{}
}

func lastAdvert(c *lab.Capture, vrid uint8) time.Time {
	a, _ := lastOf(ofVRID(c.Adverts(), vrid), masterAddr)
	return a.Time
}

// lateness is, for each instance, the time from the dead master's last advert to the
// backup's first, beyond the bound; never where one of them is missing.
func lateness(all []lab.Advert, bound time.Duration, instances int) []time.Duration {
	late := make([]time.Duration, 0, instances)
	for n := 1; n <= instances; n++ {
		mine := ofVRID(all, uint8(n))
		last, was := lastOf(mine, masterAddr)
		first, is := firstOf(mine, backupAddr, last.Time)
		if !was || !is {
			late = append(late, never)
			continue
		}
		late = append(late, first.Time.Sub(last.Time)-bound)
	}
	return late
}

func maxOf(ds []time.Duration) time.Duration {
	var most time.Duration
	for _, d := range ds {
		most = max(most, d)
	}
	return most
}

// never stands for the time of what did not happen. As a figure it is neverFigure, since JSON
// has no infinity.
const (
	never       = time.Duration(math.MaxInt64)
	neverFigure = math.MaxFloat64
)

func ms(d time.Duration) float64 {
	if d == never {
		return neverFigure
	}
	return float64(d.Microseconds()) / 1000
}
