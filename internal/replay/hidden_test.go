// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"vipward/internal/lab"
)

// What was done when the recordings were made and is no step of them: options, what had been
// done on host a before, and what was done in the midst of a step.

// options are those of the cases about them; without an entry a daemon is started with -D.
var options = map[string][]string{
	"respawn-off":       {"-D", "-R"},
	"dont-release-vrrp": {"-D", "-V"},
	"start-no-D":        {},
}

// before are shell commands on host a; newPair makes eth0 as it was.
var before = map[string]string{
	"start-no-address":                   "ip addr del 10.0.0.1/24 dev eth0",
	"interface-missing-at-start-dynamic": "ip link del eth0",
	"track-process-events":               "ip link set eth0 down; ip link set eth0 name kvp0; ip link set kvp0 up; timeout 5 sh -c 'until ip link show kvp0 | grep -q LOWER_UP; do sleep 0.05; done'",
	"stop-with-hung-script":              "echo hang > DIR/verdict",
	"dump-rich":                          "echo 3 > DIR/tf",
	"dump-rich-json2":                    "echo 3 > DIR/tf",
}

// notHere takes the place of a process name that other tests of this machine may run.
var notHere = strings.NewReplacer("process keepalived\n", "process kvnothere\n")

// aside is a deed in the midst of a step: when a line has come, and some time after it.
type aside struct {
	step  int
	line  *regexp.Regexp
	later time.Duration
	do    func(s *stage)
}

var asides = map[string][]aside{
	"fault-sends-prio0": {{
		0, regexp.MustCompile(`^Sending gratuitous ARP`), 1100 * time.Millisecond,
		func(s *stage) { s.write("tf", 0o644, "1\n") },
	}},
	"interface-deleted":                  {{1, regexp.MustCompile(`^Interface eth0 deleted`), time.Second, (*stage).newPair}},
	"interface-deleted-dynamic-vmac":     {{1, regexp.MustCompile(`^Interface eth0 deleted`), time.Second, (*stage).newPair}},
	"interface-missing-at-start-dynamic": {{0, regexp.MustCompile(`^Startup complete`), time.Second, (*stage).newPair}},
}

// meanwhile does what belongs into the midst of a step.
func (s *stage) meanwhile(step int) {
	s.t.Helper()
	for _, a := range asides[s.rec.Name] {
		if a.step != step {
			continue
		}
		deadline := time.Now().Add(longestGap)
		for !slices.ContainsFunc(s.fresh(), a.line.MatchString) && time.Now().Before(deadline) {
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(a.later)
		a.do(s)
	}
}

// newPair makes eth0 of both hosts again.
func (s *stage) newPair() {
	s.cable(0)
	for n, h := range []*lab.Host{s.a, s.b} {
		s.connect(h, n, 0)
	}
}
