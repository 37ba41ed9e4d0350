// SPDX-License-Identifier: Apache-2.0

package replayipvs

import (
	"errors"
	"os"
	"strings"
	"time"

	"vipward/internal/lab"
	"vipward/internal/replay"
)

// shown is what ipvsadm has shown last. To run it is dear in the lab kernel; a look at
// /proc/net/ip_vs is not, but that leaves thresholds, flags and tunnels out.
type shown struct {
	proc  string // /proc/net/ip_vs of that time
	at    time.Time
	lines []string
}

const stale = 3 * time.Second // for what /proc/net/ip_vs leaves out

// table is what ipvsadm shows.
func (s *stage) table() []string {
	var proc string
	s.must(s.host.Do(func() error {
		b, err := os.ReadFile("/proc/thread-self/net/ip_vs")
		proc = string(b)
		return err
	}))
	if proc == s.shown.proc && time.Since(s.shown.at) < stale {
		return s.shown.lines
	}
	var out []string
	for line := range strings.Lines(s.host.Run("ipvsadm", "-Sn")) {
		out = append(out, strings.TrimSpace(line))
	}
	s.shown = shown{proc, time.Now(), out}
	return out
}

// waitTable waits until the table is as it was recorded, but for what may differ, and gives what
// it was at the end; or passed, since the lines that came after it have come already.
func (s *stage) waitTable(want Table, ac *replay.Accepted, past func() bool) (got []string, passed bool) {
	s.shown = shown{}
	_ = lab.Poll(s.t.Context(), tableLimit, func() error { // the caller compares
		if got = s.table(); len(ac.Refuse(s.rec.Name, lineDifferences(0, want, got))) == 0 {
			return nil
		}
		if passed = past(); passed {
			return nil
		}
		time.Sleep(pause)
		return errors.New("not equal")
	})
	return got, passed
}

// heard is how many lines tell something of those that were there at the last count.
type heard struct {
	daemon *lab.Proc
	mark   int // where the step began
	lines  int
	count  int
}

// told counts the lines that tell something and that the daemon has said in this step.
func (s *stage) told(ac *replay.Accepted) int {
	if s.daemon == nil {
		return 0
	}
	now := heard{daemon: s.daemon.Proc, mark: s.mark, lines: s.daemon.Mark()}
	if now.daemon == s.heard.daemon && now.mark == s.heard.mark && now.lines == s.heard.lines {
		return s.heard.count
	}
	now.count = s.count("+", s.lines(), ac)
	s.heard = now
	return now.count
}
