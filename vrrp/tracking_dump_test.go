// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"vipward/conf"
)

// TestTrackingDump is what keepalived 2.2.7 writes of trackers, but for the timers and
// numbers of processes, which only the watcher knows.
func TestTrackingDump(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f")
	put(t, path, "5")
	a := shell(t, "a", "exit 0", time.Minute)
	a.Command.Args = append(a.Command.Args, "one", "two words")
	a.Rise, a.Fall = 2, 3
	b := shell(t, "b", "exec sleep 100", time.Minute)
	b.Timeout, b.Weight, b.Reverse = b.Interval, 3, true
	f := &conf.TrackedFile{Name: "f", Path: path, Weight: 3, Reverse: true}
	p := &conf.TrackedProcess{
		Name: "p", Args: []string{"ab", "cd", "ef"}, Match: "initial", Quorum: 2, QuorumMax: 4, FullCommand: true,
		TerminateDelay: 2 * time.Second, ForkDelay: 1500 * time.Millisecond,
	}
	q := &conf.TrackedProcess{Name: "q", Args: []string{"ab"}, Quorum: 1, QuorumMax: -1, Weight: 4}
	cfg := tracksScripts(conf.TrackScript{Script: a}, conf.TrackScript{Script: b, Weight: 7, Reverse: true})
	cfg.Files, cfg.Processes = []*conf.TrackedFile{f}, []*conf.TrackedProcess{p, q}
	cfg.Instances[0].Tracking = conf.Tracking{
		Files:     []conf.TrackFile{{File: f, Weight: 2, Reverse: true}},
		Processes: []conf.TrackProcess{{Process: p}, {Process: q, Weight: 4}},
	}
	c := startChild(t, cfg, &memStore{})
	c.eventually("a result", c.logged("VRRP_Script(a) succeeded"))
	c.eventually("one run at rest, one at work", func() bool {
		return strings.Count(c.dumped(), "State = idle") == 1 && strings.Count(c.dumped(), "State = running") == 1
	})
	want := `------< VRRP Scripts >------
 VRRP Script = a
   Command = '` + a.Command.Args[0] + `' 'one' 'two words'
   Interval = 60 sec
   Timeout = 20 sec
   Weight = 0
   Rise = 2
   Fall = 3
   Result = 4
   Insecure = no
   Init state = unknown
   Status = GOOD
   Script uid:gid = 0:0
   VRRP instances :
   Tracking instances :
     VI_1, weight 0
   State = idle
 VRRP Script = b
   Command = '` + b.Command.Args[0] + `'
   Interval = 60 sec
   Timeout = 0 sec
   Weight = 3 reverse
   Rise = 1
   Fall = 1
   Result = 0
   Insecure = no
   Init state = INIT
   Status = BAD
   Script uid:gid = 0:0
   VRRP instances :
   Tracking instances :
     VI_1, weight 7 reverse
   State = running
------< VRRP Track files >------
 Track file = f
   File = ` + path + `
   Status = 5
   Weight = 3 reverse
   Tracking instances :
     VI_1, weight 2 reverse
------< VRRP Track processes >------
 VRRP Track process = p
   Process = ab
   Parameters = cd ef
   Param match = initial
   Min processes = 2
   Max processes = 4
   Current processes = 0
   Have quorum = false
   Weight = 0
   Terminate delay = 2.000000s
   Fork delay = 1.500000s
   Fork delay timer not running
   Terminate delay timer not running
   Full command = true
   Tracking instances :
     VI_1, weight 0
 VRRP Track process = q
   Process = ab
   Min processes = 1
   Current processes = 0
   Have quorum = false
   Weight = 4
   Terminate delay = 0.000000s
   Fork delay = 0.000000s
   Fork delay timer not running
   Terminate delay timer not running
   Full command = false
   Tracking instances :
     VI_1, weight 4
`
	if diff := gocmp.Diff(want, c.dumped()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// dumped is the part of the dump that tells of trackers.
func (c *child) dumped() string {
	reply := make(chan string, 1)
	c.ask <- Question{Reply: reply}
	_, text, _ := strings.Cut(<-reply, "------< VRRP Scripts >------\n")
	text, _, _ = strings.Cut(text, "------< VRRP Loop")
	return "------< VRRP Scripts >------\n" + text
}

// TestUnusedScript is named, as keepalived does.
func TestUnusedScript(t *testing.T) {
	t.Parallel()
	cfg := oneInstance(slow(testInstance(100)))
	cfg.Scripts = []*conf.Script{shell(t, "chk", "exit 0", time.Minute)}
	c := startChild(t, cfg, &memStore{})
	c.eventually("the line", c.logged("Warning - script chk is not used"))
}
