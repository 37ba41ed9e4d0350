// SPDX-License-Identifier: Apache-2.0

package tables

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/internal/lab"
)

const (
	sideBySide = 4           // files at once: the lab kernel has one processor
	quiet      = time.Second // a daemon is done when it has said nothing for so long
	mute       = 20 * time.Second
	patient    = time.Minute // for a step
)

// file is a configuration file: some pools, each a virtual server with its group and servers
// that no other has.
type file struct {
	name  string
	pools []pool // pool i has slot i+1
}

// pool is a configuration with servers that can be broken.
type pool struct {
	name   string
	text   func(dir string, at slot, reloaded bool) string
	server func(at slot, n int) string // address of real server n
	check  string                      // kind of the checks, as in ways[byCheck]
	until  string                      // the step from which on keepalived is wrong; "" is none
	fault  string                      // what is wrong there
}

func (r row) asPool() pool {
	until, fault := r.fault()
	return pool{r.String(), r.config, r.server, r[byCheck], until, fault}
}

// step is what happens to a file.
type step struct {
	name string
	do   func(*play)
}

var steps = []step{
	{"start", (*play).start},
	{"a server fails", func(p *play) { p.set(false, 1) }},
	{"all fail", func(p *play) { p.set(false, 2, 3, 4) }},
	{"a server returns", func(p *play) { p.set(true, 2) }},
	{"all return", func(p *play) { p.set(true, 1, 3, 4) }},
	{"reload", (*play).reload},
	{"a server fails again", func(p *play) { p.set(false, 1) }},
	{"stop", (*play).stop},
}

// play is a file being played: both sides of it.
type play struct {
	t        lab.TB
	f        file
	logf     func(string, ...any) // tells at once, not at the end
	dir      string               // the files that checks look at
	reloaded bool
	sides    [2]*side          // keepalived, vipward
	changed  []string          // addresses of the servers that a step has changed
	results  map[string]string // by name of the pool: what was wrong, "" is nothing
	past     map[string]bool   // pools in which keepalived is wrong from now on
}

// playFiles plays files side by side and gives what was wrong with each pool.
func playFiles(t *testing.T, files []file) map[string]string {
	t.Helper()
	var mu sync.Mutex // guards results
	results := map[string]string{}
	var g errgroup.Group
	g.SetLimit(sideBySide)
	for _, f := range files {
		g.Go(func() error {
			var said bytes.Buffer
			p := &play{f: f, results: map[string]string{}, past: map[string]bool{}, logf: t.Logf}
			err := lab.Main(t.Context(), f.name, &said, p.run)
			mu.Lock()
			defer mu.Unlock()
			for _, pool := range f.pools {
				results[pool.name] = p.results[pool.name]
				if err != nil && p.results[pool.name] == "" {
					results[pool.name] = fmt.Sprintf("%v\n%s", err, said.String())
				}
			}
			return nil // it is in results
		})
	}
	_ = g.Wait() // no file returns an error
	return results
}

// run plays the file from start to stop.
func (p *play) run(t lab.TB) {
	p.t, p.dir = t, t.TempDir()
	p.must(os.WriteFile(p.dir+"/check", []byte("#!/bin/sh\nread -r code <\"$1\"\nexit \"$code\"\n"), 0o700)) //nolint:gosec // a script
	for i := range p.f.pools {
		for n := 1; n <= servers; n++ {
			p.setFile(slot(i+1), n, true)
		}
	}
	p.sides[0] = newSide(t, p.f, "keepalived", lab.Keepalived)
	p.sides[1] = newSide(t, p.f, "vipward", lab.Vipward)
	for _, s := range steps {
		p.changed = nil
		for _, pool := range p.f.pools {
			p.past[pool.name] = p.past[pool.name] || pool.until == s.name
		}
		p.logf("%s: %s", p.f.name, s.name)
		for _, side := range p.sides {
			side.begin()
		}
		s.do(p)
		for _, side := range p.sides {
			side.since = time.Now()
		}
		p.waitDone(s)
		p.compare(s)
		if s.name == steps[0].name {
			for _, side := range p.sides {
				p.must(side.visit())
			}
		}
		if !p.reloaded {
			p.compareStats()
		}
	}
	for i, side := range p.sides {
		if left := side.tables(); len(left) > 0 && i == 1 {
			t.Errorf("vipward left behind %q", left)
		}
	}
}

func (p *play) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%v", err)
	}
}

// config is the file's text as it is now.
func (p *play) config() string {
	var b strings.Builder
	b.WriteString("global_defs {\n  script_user root\n}\n")
	for i, pool := range p.f.pools {
		b.WriteString(pool.text(p.dir, slot(i+1), p.reloaded))
	}
	return b.String()
}

func (p *play) start() {
	for _, s := range p.sides {
		s.daemon = lab.StartDaemon(s.host, s.kind, p.config(), "-C")
	}
	for i, pool := range p.f.pools {
		if pool.check == "DNS" || strings.HasPrefix(pool.check, "FILE") {
			continue // which do not tell of a first success
		}
		for n := 1; n < servers; n++ {
			p.changed = append(p.changed, "["+pool.server(slot(i+1), n)+"]")
		}
	}
}

func (p *play) reload() {
	p.reloaded = true
	for _, s := range p.sides {
		s.daemon.Reload(p.config())
	}
}

func (p *play) stop() {
	for _, s := range p.sides {
		if code := s.daemon.Stop(); code != 0 {
			p.t.Errorf("exit status %d", code)
		}
	}
}

// set breaks or repairs servers of all pools on both sides.
func (p *play) set(good bool, list ...int) {
	for i, pool := range p.f.pools {
		for _, n := range list {
			p.setFile(slot(i+1), n, good)
			for _, s := range p.sides {
				if b := s.servers[pool.server(slot(i+1), n)]; b != nil {
					p.must(b.set(good))
				}
			}
			if n < servers { // the last one is not in every configuration
				p.changed = append(p.changed, "["+pool.server(slot(i+1), n)+"]")
			}
		}
	}
}

// setFile writes what scripts and track files of a server say.
func (p *play) setFile(at slot, n int, good bool) {
	name := fmt.Sprintf("%s/rs%d_%d", p.dir, at, n)
	text := map[bool]string{true: "0\n", false: "1\n"}[good]
	p.must(os.WriteFile(name+".new", []byte(text), 0o600))
	p.must(os.Rename(name+".new", name))
}

// waitDone waits until both daemons have told of each server that has changed, and are silent; or have
// long been silent: keepalived does not always tell.
func (p *play) waitDone(s step) {
	err := lab.Poll(p.t.Context(), patient, func() error {
		time.Sleep(100 * time.Millisecond)
		for _, side := range p.sides {
			if !side.silent() {
				return errors.New("still talking")
			}
			if missing := side.untold(p.changed); len(missing) > 0 && time.Since(side.since) < mute {
				return fmt.Errorf("%s has not told of %q", side.host.Name, missing)
			}
		}
		return nil
	})
	if err != nil { // and it shows in the table
		p.logf("%s after %s: %v", p.f.name, s.name, err)
	}
}

// compare waits until ipvsadm shows the same of both, and notes which pools differ for good.
// Those are left out of later comparisons.
func (p *play) compare(s step) {
	var states [2]map[slot][]string
	err := lab.Poll(p.t.Context(), patient, func() error {
		for i, side := range p.sides {
			states[i] = side.tables()
		}
		for i, pool := range p.f.pools {
			if p.results[pool.name] == "" && !p.past[pool.name] && !slices.Equal(states[0][slot(i+1)], states[1][slot(i+1)]) {
				time.Sleep(500 * time.Millisecond) // ipvsadm is not cheap
				return errors.New("not equal")
			}
		}
		return nil
	})
	if err == nil {
		return
	}
	for i, pool := range p.f.pools {
		want, got := states[0][slot(i+1)], states[1][slot(i+1)]
		if p.results[pool.name] != "" || p.past[pool.name] || slices.Equal(want, got) {
			continue
		}
		p.results[pool.name] = fmt.Sprintf("after %s: keepalived:\n%s\nvipward:\n%s\nconfiguration:\n%s\n%s", s.name,
			strings.Join(want, "\n"), strings.Join(got, "\n"), pool.text(p.dir, slot(i+1), p.reloaded), p.linesOf(slot(i+1), pool))
		p.logf("%s: %s: %s", p.f.name, pool.name, p.results[pool.name])
	}
}

// linesOf are the lines of both logs about a pool's servers.
func (p *play) linesOf(at slot, of pool) string {
	var b strings.Builder
	for _, side := range p.sides {
		fmt.Fprintf(&b, "%s:\n", side.host.Name)
		for _, l := range side.daemon.All() {
			for n := 1; n <= servers; n++ {
				if strings.Contains(l, "["+of.server(at, n)+"]") || strings.Contains(l, "uorum") {
					b.WriteString(l + "\n")
					break
				}
			}
		}
	}
	return b.String()
}

// side is a daemon, its host and the servers that it checks.
type side struct {
	host    *lab.Host
	kind    lab.Kind
	daemon  *lab.Daemon
	servers map[string]breakable // by address
	mark    int                  // where the step began in the log
	said    int
	since   time.Time // when it said something new
}

func newSide(t lab.TB, f file, name string, kind lab.Kind) *side {
	t.Helper()
	s := &side{host: lab.NewHost(t, name), kind: kind, servers: map[string]breakable{}}
	for i, pool := range f.pools {
		for n := 1; n <= servers; n++ {
			addr := pool.server(slot(i+1), n)
			if strings.Contains(addr, ":") {
				s.host.SetAddrs("lo", addr+"/128")
			}
			if b := newBreakable(t, s.host, pool.check, addr); b != nil {
				s.servers[addr] = b
			}
		}
	}
	return s
}

// begin notes where the log of a step begins.
func (s *side) begin() {
	if s.daemon != nil {
		s.mark = s.daemon.Mark()
	}
	s.since = time.Now()
}

var (
	telling = regexp.MustCompile(`service|quorum|sorry|complete|weight`)
	verdict = regexp.MustCompile(`(Removing|Disabling|Adding|Enabling|Changing weight|success|succeed)`)
)

// silent says whether a daemon has said nothing of weight for a while.
func (s *side) silent() bool {
	n := s.daemon.Count(s.mark, telling.String())
	if n != s.said {
		s.said, s.since = n, time.Now()
	}
	return time.Since(s.since) > quiet
}

// untold are the addresses that no verdict of the step names.
func (s *side) untold(addrs []string) []string {
	lines := slices.DeleteFunc(s.daemon.From(s.mark), func(l string) bool { return !verdict.MatchString(l) })
	return slices.DeleteFunc(slices.Clone(addrs), func(a string) bool {
		return slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, a) })
	})
}

// tables is what ipvsadm -S shows, by pool.
func (s *side) tables() map[slot][]string {
	out := map[slot][]string{}
	for line := range strings.Lines(s.host.Run("ipvsadm", "-Sn")) {
		at := slotOf(line)
		out[at] = append(out[at], strings.TrimSpace(line))
	}
	return out
}
