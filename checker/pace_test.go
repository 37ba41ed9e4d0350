// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"testing"
	"time"

	"vipward/conf"
)

// TestSlowStartAndClock: slow_start takes its time and no more, also when the clock is set back
// or on meanwhile.
func TestSlowStartAndClock(t *testing.T) {
	t.Parallel()
	rs := &conf.RealServer{Weight: 100, ServerSettings: &conf.ServerSettings{SlowStart: time.Minute}}
	for _, step := range []time.Duration{0, -time.Hour, time.Hour} {
		p := &pool{vs: &conf.VirtualServer{}}
		s := &server{rs: rs, pool: p}
		p.servers = []*server{s}
		now := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
		s.begin(now)
		if w := s.served(); w != 10 {
			t.Errorf("step %v: weight %d at the beginning, want 10", step, w)
		}
		now = now.Add(10*time.Second + step)
		p.adjust(now)
		for range 60 {
			now = now.Add(time.Second)
			p.adjust(now)
		}
		if w := s.served(); w != 100 || !s.pace.Since.IsZero() {
			t.Errorf("step %v: weight %d a minute after the step, want 100", step, w)
		}
	}
}
