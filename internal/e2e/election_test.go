// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vipward/internal/lab"
)

// fault is something that takes the master away and can be undone.
type fault struct {
	name string
	hit  func(p *pair)
	heal func(p *pair)
	// stays says that the broken node keeps the address, since nobody is left to remove it.
	stays bool
}

func faults() []fault {
	return []fault{
		{
			name:  "all processes killed",
			hit:   func(p *pair) { p.daemon[0].KillTree() },
			heal:  func(p *pair) { p.daemon[0].Start() },
			stays: true,
		},
		{
			name: "stopped",
			hit: func(p *pair) {
				if code := p.daemon[0].Stop(); code != 0 {
					p.t.Errorf("stopped with exit status %d", code)
				}
			},
			heal: func(p *pair) { p.daemon[0].Start() },
		},
		{
			name: "cable pulled",
			hit:  func(p *pair) { p.lb[0].Unplug("eth0") },
			heal: func(p *pair) { p.lb[0].Plug("eth0") },
		},
		{
			name: "interface down",
			hit:  func(p *pair) { p.lb[0].LinkDown("eth0") },
			heal: func(p *pair) { p.lb[0].LinkUp("eth0") },
		},
	}
}

// TestVIPMoves breaks the master in every way: the address moves to the other node, the
// client hears of it, and it moves back by preemption once the node is well again.
func TestVIPMoves(t *testing.T) {
	t.Parallel()
	modes := []struct {
		name   string
		config instance
	}{
		{"multicast v2", instance{}},
		{"unicast v3", instance{version: 3, advert: "0.2", unicast: true}},
	}
	for _, mode := range modes {
		for _, f := range faults() {
			t.Run(mode.name+" "+f.name, func(t *testing.T) {
				t.Parallel()
				p := newPair(t)
				p.start(twoVipwards, both(mode.config))
				p.moveAndReturn(f)
			})
		}
	}
}

// TestVIPMovesWhenScriptFails does the same with a vrrp_script that takes 60 off the priority.
func TestVIPMovesWhenScriptFails(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "broken")
	config := instance{version: 3, advert: "0.2", unicast: true}
	configs := both(config)
	config.before = fmt.Sprintf("vrrp_script chk {\n  script \"/usr/bin/test ! -e %s\"\n  interval 1\n  weight -60\n}\n", broken)
	config.extra = "  track_script {\n    chk\n  }\n"
	configs[0] = config.String()
	p := newPair(t)
	p.start(twoVipwards, configs)
	p.moveAndReturn(fault{
		hit: func(p *pair) {
			if err := os.WriteFile(broken, nil, 0o600); err != nil {
				p.t.Fatal(err)
			}
			p.daemon[0].WaitLine(`Changing effective priority from 150 to 90`, patient)
		},
		heal: func(p *pair) {
			if err := os.Remove(broken); err != nil {
				p.t.Fatal(err)
			}
		},
	})
}

// moveAndReturn breaks the first node and heals it, and looks at who has the address, what
// the client hears and who speaks.
func (p *pair) moveAndReturn(f fault) {
	p.t.Helper()
	probe := p.client.Probe(fmt.Sprintf("%s:%d", vip, echo), 5*time.Millisecond)
	probe.WaitAnswer(patient)
	converged := p.nextAdvert()
	stopWatch := p.watchHolders(f.stays)

	mark, hit := p.daemon[1].Mark(), time.Now()
	f.hit(p)
	p.daemon[1].WaitLineFrom(mark, `\(VI_1\) Entering MASTER STATE`, patient)
	p.waitGARP(1, hit)
	if !f.stays {
		p.waitHolder(1)
	}
	probe.WaitAnswer(patient)
	p.t.Logf("outage %v", probe.Outage(hit.Add(-time.Second)).Round(time.Millisecond))

	mark, healed := p.daemon[1].Mark(), time.Now()
	f.heal(p)
	p.daemon[1].WaitLineFrom(mark, `\(VI_1\) Entering BACKUP STATE`, patient)
	p.waitHolder(0)
	p.waitGARP(0, healed)
	probe.WaitAnswer(patient)
	stopWatch()

	want := []netip.Addr{nodeIP(0), nodeIP(1), nodeIP(0)}
	if diff := cmp.Diff(want, speakers(p.wire.Adverts()[converged:]), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		p.t.Errorf("senders of adverts (-want +got)\n%s", diff)
	}
}

// nextAdvert waits for one more advert and returns how many there were before it.
func (p *pair) nextAdvert() int {
	p.t.Helper()
	before := len(p.wire.Adverts())
	lab.Wait(p.t, patient, "another advert", func() error {
		if len(p.wire.Adverts()) == before {
			return fmt.Errorf("none after %d", before)
		}
		return nil
	})
	return before
}

// tolerated is how long both nodes may have the address while it moves: the one that gives
// way hears of it by the other's first advert.
const tolerated = 250 * time.Millisecond

// watchHolders watches until stop that the nodes do not both have the address. With
// stays nobody watches.
func (p *pair) watchHolders(stays bool) (stop func()) {
	if stays {
		return func() {}
	}
	var since time.Time // of the overlap
	return watch(p.t, func() error {
		switch overlap := p.lb[0].HasAddr(vip) && p.lb[1].HasAddr(vip); {
		case !overlap:
			since = time.Time{}
		case since.IsZero():
			since = time.Now()
		case time.Since(since) > tolerated:
			return fmt.Errorf("both nodes have the address for more than %v", tolerated)
		}
		return nil
	})
}

func nodeIP(node int) netip.Addr { return netip.MustParseAddr(nodeAddr[node]) }
