// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/vrrp/election"
)

// asked asks a child for a view.
func (c *child) asked(v View) string {
	reply := make(chan string, 1)
	c.ask <- Question{v, reply}
	return <-reply
}

// TestViewStats: the lines, and that only one of the two views clears them.
func TestViewStats(t *testing.T) {
	t.Parallel()
	c := startChild(t, oneInstance(testInstance(255)), &memStore{})
	c.eventually("a master", c.logged("(VI_1) Entering MASTER STATE"))
	for _, v := range []View{Stats, Stats, StatsClear} {
		got := c.asked(v)
		if !strings.HasPrefix(got, "VRRP Instance: VI_1\n  Advertisements:\n    Received: 0\n    Sent: ") ||
			!strings.Contains(got, "\n  Became master: 1\n  Released master: 0\n  Packet Errors:\n    Length: 0\n    TTL: 0\n    Invalid Type: 0\n") ||
			!strings.HasSuffix(got, "    Replay: 0\n  Priority Zero:\n    Received: 0\n    Sent: 0\n") {
			t.Errorf("view %d:\n%s", v, got)
		}
	}
	if got := c.asked(Stats); !strings.Contains(got, "  Became master: 0\n") {
		t.Errorf("not cleared:\n%s", got)
	}
}

// TestViewJSON: both versions, and nothing without instances.
func TestViewJSON(t *testing.T) {
	t.Parallel()
	one, two := oneInstance(testInstance(255)), oneInstance(testInstance(255))
	two.Global.Daemon.JSONVersion = 2
	for name, tt := range map[string]struct {
		cfg  *conf.Config
		head string
	}{
		"version 1": {one, `[{"data":{"iname":"VI_1","dont_track_primary":0,`},
		"version 2": {two, `{"vrrp":[{"data":{"iname":"VI_1","dont_track_primary":0,`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startChild(t, tt.cfg, &memStore{})
			c.eventually("a master", c.logged("(VI_1) Entering MASTER STATE"))
			got := c.asked(JSON)
			if !strings.HasPrefix(got, tt.head) || !json.Valid([]byte(got)) || strings.Count(got, "\n") != 1 {
				t.Errorf("%s", got)
			}
			for _, want := range []string{`"state":2,"wantstate":2,`, `"vips":["10.0.0.100\/24 dev eth0 scope global`, `"become_master":1,`} {
				if !strings.Contains(got, want) {
					t.Errorf("no %s in %s", want, got)
				}
			}
		})
	}
	if got := startChild(t, &conf.Config{}, &memStore{}).asked(JSON); got != "" {
		t.Errorf("without instances: %q", got)
	}
}

// TestJSONValues: how keepalived writes what JSON has no type for.
func TestJSONValues(t *testing.T) {
	t.Parallel()
	got := encodeJSON([]any{
		bit01(true), bit01(false), seconds(time.Second), seconds(500 * time.Millisecond),
		epoch{},
		epoch(time.Unix(1700000000, 5000)),
		jsonState(election.Init), jsonState(election.Backup), jsonState(election.Master), jsonState(election.FaultState), jsonState(election.Stopped),
		scriptWords(&conf.Command{Args: []string{"/bin/x", "a b", "<&>"}}), scriptWords(nil),
	})
	want := `[1,0,1,0.5,0.000000,1700000000.000005,0,1,2,3,0,"'\/bin\/x' 'a b' '<&>'",""]` + "\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
