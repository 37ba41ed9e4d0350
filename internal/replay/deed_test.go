// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

// deed is a kind of step: what its text looks like, and how it is done.
type deed struct {
	text *regexp.Regexp
	do   func(s *stage, m []string)
}

var deeds = []deed{
	{regexp.MustCompile(`^start keepalived (\w+)$`), func(s *stage, m []string) { s.start(m[1]) }},
	{exitStep, func(s *stage, m []string) { s.exited(m[1]) }},
	{regexp.MustCompile(`^SIGTERM to the parent of (\w+)$`), func(s *stage, m []string) { s.stop(m[1]) }},
	{regexp.MustCompile(`^SIGHUP to the parent of a$`), func(s *stage, _ []string) { s.reload() }},
	{regexp.MustCompile(`^SIGUSR1 to the parent of a$`), func(s *stage, _ []string) { s.signal("a", syscall.SIGUSR1) }},
	{regexp.MustCompile(`^SIGUSR2 to the parent of a$`), func(s *stage, _ []string) { s.signal("a", syscall.SIGUSR2) }},
	{regexp.MustCompile(`^SIG(JSON|STATS_CLEAR) to the parent of a$`), func(s *stage, m []string) { s.signal("a", realtime[m[1]]) }},
	{regexp.MustCompile(`^kernel snapshot: `), func(*stage, []string) {}},
	{regexp.MustCompile(`^\[a\] (.*)$`), func(s *stage, m []string) { s.shell(s.a, m[1]) }},
	{regexp.MustCompile(`^\[b\] (.*)$`), func(s *stage, m []string) { s.shell(s.b, m[1]) }},
	{regexp.MustCompile(`^script from now on: (\w+)$`), func(s *stage, m []string) { s.write("verdict", 0o644, m[1]) }},
	{regexp.MustCompile(`^file (?:value )?(-?\d+)$`), func(s *stage, m []string) { s.write("tf", 0o644, m[1]+"\n") }},
	{regexp.MustCompile(`^file removed$`), func(s *stage, _ []string) { _ = os.Remove(filepath.Join(s.dir, "tf")) }},
	{regexp.MustCompile(`^file with 7 garbage$`), func(s *stage, _ []string) { s.write("tf", 0o644, "7 garbage\n") }},
	{regexp.MustCompile(`^file with text$`), func(s *stage, _ []string) { s.write("tf", 0o644, "text\n") }},
	{regexp.MustCompile(`^(\w) := '(.*)'$`), func(s *stage, m []string) { s.write("d/"+m[1], 0o644, m[2]) }},
	{regexp.MustCompile(`^kill -9 of the vrrp child$`), func(s *stage, _ []string) { s.daemons["a"].KillRole(lab.VRRP) }},
	{regexp.MustCompile(`^SIGTERM to the vrrp child only$`), func(s *stage, _ []string) {
		_ = unix.Kill(s.daemons["a"].RolePID(lab.VRRP), unix.SIGTERM)
	}},
	{regexp.MustCompile(`^kill -9 of the parent$`), func(s *stage, _ []string) { s.signal("a", syscall.SIGKILL) }},
	{regexp.MustCompile(`^kill -9 of the parent and the child$`), func(s *stage, _ []string) {
		s.daemons["a"].KillTree()
	}},
	{regexp.MustCompile(`^SIGSTOP to the vrrp child$`), func(s *stage, _ []string) {
		_ = unix.Kill(s.daemons["a"].RolePID(lab.VRRP), unix.SIGSTOP)
	}},
	{regexp.MustCompile(`^start process (?:sleep-copy (\d+)|PID)$`), func(s *stage, m []string) { s.startSleeper(m[1]) }},
	{regexp.MustCompile(`^kill process$`), func(s *stage, _ []string) { s.killSleeper() }},
	{regexp.MustCompile(`^(?:process state of |reader opened only now|global: )`), func(*stage, []string) {}},
	{regexp.MustCompile(`^flow stopped$`), func(s *stage, _ []string) { s.flow() }},
	{regexp.MustCompile(`^(flow.*)`), func(s *stage, m []string) { s.startFlow(m[1]) }},
	{regexp.MustCompile(`^(.*(?:adverts?\b|prio \d+\)|from the peer|no peer\)).*)$`), func(s *stage, m []string) { s.send(m[1]) }},
}

// realtime are the signals that have no names; --signum tells them.
var realtime = map[string]syscall.Signal{"JSON": 36, "STATS_CLEAR": 63}

// deedOf finds how a step is done; false says that it cannot be.
func deedOf(text string) (func(*stage), bool) {
	for _, d := range deeds {
		if d.text.MatchString(text) {
			return func(s *stage) { d.do(s, d.text.FindStringSubmatch(text)) }, true
		}
	}
	return nil, false
}

// stop asks a daemon to stop, and waits until it says that it does: on a busy machine that may
// take it some adverts.
func (s *stage) stop(name string) {
	s.t.Helper()
	const limit = 3 * time.Second
	s.flow()
	s.signal(name, syscall.SIGTERM)
	stopping := func(line string) bool { return strings.HasSuffix(line, "Stopping") }
	for began := time.Now(); !slices.ContainsFunc(s.said(name), stopping) && time.Since(began) < limit; {
		time.Sleep(5 * time.Millisecond)
	}
}

// exited waits for the end of a daemon.
func (s *stage) exited(name string) {
	s.t.Helper()
	const limit = 20 * time.Second
	d := s.daemons[name]
	for began := time.Now(); d.Running() && time.Since(began) < limit; {
		time.Sleep(20 * time.Millisecond)
	}
	if d.Running() {
		s.now.Exit = fmt.Sprintf("keepalived %s is still running", name)
		return
	}
	status := d.Wait(limit)
	if status == -1 {
		status = -9 // the lab tells no signals, and this is the only one that was sent
	}
	s.now.Exit = fmt.Sprintf("keepalived %s exited with status %d", name, status)
	time.Sleep(100 * time.Millisecond) // what its scripts still do
}

func (s *stage) shell(h *lab.Host, command string) {
	if out, err := h.TryRun("sh", "-c", strings.ReplaceAll(command, "DIR", s.dir)); err != nil {
		s.t.Logf("%s: %v %s", command, err, out)
	}
}

// startSleeper starts a process by the name that the configuration tracks.
func (s *stage) startSleeper(seconds string) {
	s.t.Helper()
	m := regexp.MustCompile(`process (kv\w+)`).FindStringSubmatch(s.rec.Configs["a"])
	if m == nil {
		s.t.Fatalf("the configuration tracks no process")
	}
	b, err := os.ReadFile("/bin/sleep")
	s.must(err)
	file := filepath.Join(s.dir, m[1])
	if _, err := os.Stat(file); err != nil {
		s.must(os.WriteFile(file, b, 0o755))
	}
	s.sleepers = append(s.sleepers, s.a.Start(file, cmp.Or(seconds, "100")))
}

// killSleeper kills the youngest of them.
func (s *stage) killSleeper() {
	s.t.Helper()
	last := len(s.sleepers) - 1
	s.sleepers[last].KillTree()
	s.sleepers = s.sleepers[:last]
}
