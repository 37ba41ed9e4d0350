// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"vipward/checker"
)

// TestPausedServer: who looks at a server whose checks are paused sees that, whether it is up or
// not.
func TestPausedServer(t *testing.T) {
	t.Parallel()
	at := netip.MustParseAddrPort("10.0.0.1:80")
	pause := &checker.Order{Hold: checker.HoldPause, By: "uid 0"}
	for _, tt := range []struct {
		rs         checker.RealView
		word, text string
	}{
		{checker.RealView{Address: at, Alive: true, Paused: pause}, "UP PAUSED", "it stays alive (vipward resume)"},
		{checker.RealView{Address: at, Paused: pause}, "DOWN PAUSED", "it stays down (vipward resume)"},
		{checker.RealView{Address: at, Alive: true, Paused: pause, Order: &checker.Order{Hold: checker.HoldDrain}}, "DRAIN", "it stays alive"},
	} {
		if got := tt.rs.State(); got != tt.word {
			t.Errorf("state %q, want %q", got, tt.word)
		}
		if serverIsWell(tt.rs) {
			t.Errorf("%s: there is nothing to tell of it", tt.word)
		}
		var b strings.Builder
		explainVirtual(&b, checker.VirtualView{Up: true, Reals: []checker.RealView{tt.rs}}, "", time.Now())
		if !strings.Contains(b.String(), "its checks are paused, asked for by uid 0") || !strings.Contains(b.String(), tt.text) {
			t.Errorf("%s: explained as\n%s", tt.word, b.String())
		}
	}
}
