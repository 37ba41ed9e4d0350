// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// largeServers is a good 10 MB of virtual servers, in text.
func largeServers() string {
	var b strings.Builder
	for i := 0; b.Len() < 10<<20; i++ {
		fmt.Fprintf(&b, "virtual_server 10.%d.%d.%d 80 {\n  delay_loop 600\n  lb_algo rr\n  lb_kind DR\n  protocol TCP\n", i>>16&255, i>>8&255, i&255)
		for j := range 4 {
			fmt.Fprintf(&b, "  real_server 192.168.%d.%d 80 {\n    weight 1\n    TCP_CHECK {\n      connect_timeout 3\n    }\n  }\n", j, i&255)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// TestReloadOfLargeFile reloads 10 MB on a master whose backup waits for 0.7 s only: it
// hears of nothing. Only the vrrp process runs (-P), the rest is read all the same.
func TestReloadOfLargeFile(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	config := instance{version: 3, advert: "0.2"}
	configs := both(config)
	p.start(twoVipwards, configs, "-P")
	p.nextAdvert()
	before, backup := len(p.wire.Adverts()), p.daemon[1].Mark()
	holder := watch(t, func() error { return mustHold(p.lb[0]) })
	mark := p.daemon[0].Reload(configs[0] + largeServers())
	p.daemon[0].WaitLineFrom(mark, `Reload complete`, 2*patient)
	p.nextAdvert()
	holder()
	adverts := p.wire.Adverts()[before:]
	var gap time.Duration
	for i := 1; i < len(adverts); i++ {
		gap = max(gap, adverts[i].Time.Sub(adverts[i-1].Time))
		if adverts[i].Priority != uint8(priorities[0]) {
			t.Errorf("advert of %v with priority %d", adverts[i].Src, adverts[i].Priority)
		}
	}
	t.Logf("longest time between two of %d adverts: %v", len(adverts), gap.Round(time.Microsecond))
	if n := p.daemon[1].Count(backup, `MASTER STATE`); n != 0 {
		t.Errorf("the backup became master %d times", n)
	}
}
