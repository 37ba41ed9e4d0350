// SPDX-License-Identifier: Apache-2.0

package control

import (
	"encoding/json"
	"testing"
	"time"

	"vipward/checker"
	"vipward/vrrp"
	"vipward/watchdog"
)

func TestEventText(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		kind string
		data any
		want string
	}{
		{"instance", vrrp.News{Kind: "instance", Name: "VI_1", From: "BACKUP", To: "MASTER", Priority: 100, Why: "timeout"}, "VI_1: BACKUP -> MASTER, priority 100: timeout"},
		{"group", vrrp.News{Kind: "group", Name: "G", To: "MASTER"}, "sync group G: MASTER"},
		{"priority", vrrp.News{Kind: "priority", Name: "VI_1", To: "BACKUP", Priority: 90}, "VI_1: priority 90 (BACKUP)"},
		{"server", checker.News{Kind: "server", Server: "rs", Service: "vs", Why: "refused"}, "real server rs of vs: DOWN: refused"},
		{"server", checker.News{Kind: "server", Server: "rs", Service: "vs", Up: true}, "real server rs of vs: UP"},
		{"quorum", checker.News{Kind: "quorum", Service: "vs", Up: true}, "virtual server vs: quorum UP"},
		{"phase", map[string]string{"phase": "reloading"}, "daemon reloading"},
		{"process", watchdog.Life{Role: watchdog.VRRP, PID: 7}, "vrrp process 7 started"},
		{"process", watchdog.Life{Role: watchdog.VRRP, PID: 7, Ended: "signal 9 (Killed)"}, "vrrp process 7 ended: signal 9 (Killed)"},
		{"reload", watchdog.ReloadResult{Began: at, Ended: at.Add(15 * time.Millisecond)}, "reload done in 15 ms"},
		{"reload", watchdog.ReloadResult{Refused: "k.conf:1:1: no"}, "reload refused: k.conf:1:1: no"},
		{"reload", watchdog.ReloadResult{Problems: []string{"a", "b"}}, "reload done in part: a; b"},
		{"action", map[string]string{"by": "uid 0", "what": "drain x", "outcome": "done"}, "uid 0: drain x: done"},
		{"lost", map[string]int{"lost": 7}, "7 events before this are not kept"},
		{"lost", gap{Lost: 7, Restarted: true}, "the daemon was started anew: events of the one before, and 7 of this one, may be missing"},
		{"later", 7, "later 7"},
		{"phase", 7, "phase 7"},
	}
	for _, tt := range tests {
		b, err := json.Marshal(tt.data)
		must(t, err)
		if got := (Event{Kind: tt.kind, Data: b}).Text(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.kind, got, tt.want)
		}
	}
}
