// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"vipward/internal/lab"
)

// enough is how many answers in a row show who serves.
const enough = 25

// finding is what the log says of an error in a file.
var finding = regexp.MustCompile(`keepalived\.conf:\d+:\d+: .*?\]`)

// removing and adding are the log lines of a server's way out and in.
func removing(name string) string {
	return "Removing service " + regexp.QuoteMeta("["+servers[name]+"]")
}

func adding(name string) string { return "Adding service " + regexp.QuoteMeta("["+servers[name]+"]") }

// check fails the demo when something is not as its story says.
func (s *stage) check(ok bool, problem string) {
	if !ok {
		s.t.Fatalf("%s", problem)
	}
}

// served waits for answers in a row and says whose they are: all of the named servers
// and no others.
func (s *stage) served(names ...string) {
	from := time.Now()
	var seen tally
	lab.Wait(s.t, soon, "answers in a row", func() error {
		seen = s.traffic.since(from).run()
		if len(seen) < enough {
			return fmt.Errorf("%d of %d", len(seen), enough)
		}
		return nil
	})
	s.say("client", "gets its next answers from %s", seen.shares())
	if got := seen.servers(); !slices.Equal(got, names) {
		s.t.Fatalf("served by %v, not by %v", got, names)
	}
}

// lost says how many of the client's requests failed from a moment on.
func (s *stage) lost(from time.Time) {
	s.say("client", "%s", s.traffic.since(from).verdict())
}

// left waits for a node's end and checks that nothing of it stays in its kernel.
func (s *stage) left(name string, n *node) {
	code := n.Wait(soon)
	s.check(code == 0, fmt.Sprintf("%s stopped with status %d", name, code))
	table := n.table(s.t)
	if n.host.HasAddr(vip) || n.host.HasAddr(gateway) || len(table) > 0 {
		s.t.Fatalf("%s left something behind: %v %v", name, n.host.Addrs(), table)
	}
	s.say(name, "stopped, with no address and no IPVS entry left behind")
}

// table is the node's IPVS table, a line an entry.
func (n *node) table(t lab.TB) []string {
	out, err := n.host.TryRun("ipvsadm", "-Sn")
	if err != nil {
		t.Fatalf("read IPVS table: %v", err)
	}
	var lines []string
	for line := range strings.Lines(out) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// changed gives the one entry that differs, as it is now.
func changed(before, now []string) (string, error) {
	if len(before) != len(now) {
		return "", fmt.Errorf("the table had %d entries and has %d", len(before), len(now))
	}
	var diff []string
	for i, line := range now {
		if line != before[i] {
			diff = append(diff, line)
		}
	}
	switch len(diff) {
	case 0:
		return "", errors.New("no entry changed")
	case 1:
		return diff[0], nil
	default:
		return "", fmt.Errorf("%d entries changed: %s", len(diff), strings.Join(diff, "; "))
	}
}
