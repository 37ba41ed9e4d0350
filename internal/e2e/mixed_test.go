// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// modes are the forms of adverts that both daemons must agree about.
func modes() map[string]instance {
	return map[string]instance{
		"multicast v2 PASS": {},
		"unicast v2 PASS":   {unicast: true},
		"multicast v3":      {version: 3, advert: "0.2"},
		"unicast v3":        {version: 3, advert: "0.2", unicast: true},
	}
}

// TestMixedPair pairs vipward with the real keepalived, each as master: kill, take-over,
// return.
func TestMixedPair(t *testing.T) {
	t.Parallel()
	masters := map[string][2]lab.Kind{
		"vipward master":    {lab.Vipward, lab.Keepalived},
		"keepalived master": {lab.Keepalived, lab.Vipward},
	}
	for name, config := range modes() {
		for master, kinds := range masters {
			t.Run(name+" "+master, func(t *testing.T) {
				t.Parallel()
				p := newPair(t)
				p.start(kinds, both(config))
				p.moveAndReturn(faults()[0])
			})
		}
	}
}

// TestSameAdverts compares what both daemons put on the wire for one configuration: all
// but the IP identification is equal, in life and in farewell.
func TestSameAdverts(t *testing.T) {
	t.Parallel()
	for name, config := range modes() {
		config.extra = "  virtual_ipaddress_excluded {\n    192.0.2.102/24\n  }\n"
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, got := lifeAndFarewell(t, lab.Keepalived, config), lifeAndFarewell(t, lab.Vipward, config)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("adverts (-keepalived +vipward)\n%s", diff)
			}
		})
	}
}

// lifeAndFarewell runs a lone daemon and returns its first adverts and its last one, each
// with how far the IP identification had moved on.
func lifeAndFarewell(t *testing.T, kind lab.Kind, config instance) []sentAdvert {
	t.Helper()
	const live = 3
	net := lab.NewNet(t)
	lb := net.Host("lb1", nodeAddr[0]+"/24")
	net.Host("lb2", nodeAddr[1]+"/24") // the unicast peer answers ARP
	wire := net.Capture()
	d := lab.StartDaemon(lb, kind, config.String())
	d.WaitLine(`Entering MASTER STATE`, patient)
	wire.WaitAdvert("third advert", patient, func(a lab.Advert) bool { return a.ID() == live })
	if code := d.Stop(); code != 0 {
		t.Errorf("stopped with exit status %d", code)
	}
	wire.WaitAdvert("farewell", patient, func(a lab.Advert) bool { return a.Priority == 0 })
	adverts := wire.Adverts()
	var sent []sentAdvert
	for i, a := range adverts {
		if i < live || i == len(adverts)-1 {
			sent = append(sent, sentAdvert{Bytes: a.WithoutID(), TTL: a.TTL()})
		}
	}
	return sent
}

type sentAdvert struct {
	Bytes []byte
	TTL   uint8
}
