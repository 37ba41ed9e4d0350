// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"testing"
	"time"
)

// TestPace: what a real server does not say comes from its virtual server, and what a check
// does not say from both.
func TestPace(t *testing.T) {
	t.Parallel()
	text := serverText(`slow_start 5
rise 2
TCP_CHECK {
fall 3
}
PING_CHECK {
rise 4
}`, "slow_start 60", "drain 300", "rise 7", "fall 8", "weight_by response_time")
	l := loadText(text)
	for _, d := range l.Diagnostics {
		t.Errorf("%s", d.Message)
	}
	vs := l.Config.VirtualServers[0]
	rs := vs.RealServers[0]
	diff(t, "weight_by", ByResponseTime, vs.WeightBy)
	diff(t, "slow_start and drain", []time.Duration{5 * time.Second, 300 * time.Second}, []time.Duration{rs.SlowStart, rs.Drain})
	diff(t, "rise and fall of TCP_CHECK", []int{2, 3}, []int{rs.Checkers[0].Rise, rs.Checkers[0].Fall})
	diff(t, "rise and fall of PING_CHECK", []int{4, 8}, []int{rs.Checkers[1].Rise, rs.Checkers[1].Fall})
}

// TestPaceRanges refuses what makes no sense, and goes on with the default.
func TestPaceRanges(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"rise 0", "rise 65536", "fall 0", "slow_start -1", "slow_start 86401", "drain x", "drain", "weight_by speed"} {
		l := loadText(serverText("TCP_CHECK {\n}", line))
		if len(l.Diagnostics) == 0 {
			t.Errorf("%s: nothing is said", line)
		}
		if l.Config == nil || len(l.Config.VirtualServers) == 0 {
			continue // refused as a whole
		}
		vs := l.Config.VirtualServers[0]
		rs := vs.RealServers[0]
		c := rs.Checkers[0]
		if vs.WeightBy != "" || rs.SlowStart != 0 || rs.Drain != 0 || c.Rise != 0 || c.Fall != 0 {
			t.Errorf("%s: %q, %s, %s, %d, %d", line, vs.WeightBy, rs.SlowStart, rs.Drain, c.Rise, c.Fall)
		}
	}
}
