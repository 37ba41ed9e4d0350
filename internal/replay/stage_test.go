// SPDX-License-Identifier: Apache-2.0

//go:build replay

package replay

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"vipward/internal/lab"
)

// stage is two hosts joined by two cables, as they were when the recordings were made, and
// the daemons on them.
type stage struct {
	t       lab.TB
	rec     *Recording
	dir     string // DIR of the configurations
	a, b    *lab.Host
	daemons map[string]*lab.Daemon
	marks   map[string]int // lines of each daemon that belong to earlier steps
	wires   map[string]*lab.Capture
	reloads int
	fifo    *fifoReader
	calls   int
	flow    func() // ends the flow of adverts
}

// before is what had been done on host a before a case began.
var before = map[string]string{
	"start-no-address": "ip addr del 10.0.0.1/24 dev eth0",
}

// newStage builds the network of a recording.
func newStage(t lab.TB, rec *Recording) *stage {
	t.Helper()
	n := lab.NewNet(t)
	s := &stage{
		t: t, rec: rec, dir: t.TempDir(), a: n.Host("a"), b: n.Host("b"),
		daemons: map[string]*lab.Daemon{}, marks: map[string]int{}, wires: map[string]*lab.Capture{},
		flow: func() {},
	}
	s.a.Run("ip", "link", "del", "eth0")
	for _, h := range []*lab.Host{s.a, s.b} {
		h.Sysctl("net/ipv6/conf/default/dad_transmits", "0") // link-local addresses at once
	}
	for i, addr := range []string{"10.0.0.%d/24", "10.1.0.%d/24", "10.2.0.%d/24"} {
		name := fmt.Sprintf("eth%d", i)
		if i == 0 {
			_, _ = s.b.TryRun("ip", "link", "del", "eth0") // it may have gone with its other end
		}
		s.a.Run("ip", "link", "add", name, "address", fmt.Sprintf("02:00:00:00:%02d:0a", i), "type", "veth",
			"peer", "name", name, "address", fmt.Sprintf("02:00:00:00:%02d:0b", i), "netns", s.b.NS)
		if i == 2 && !slices.Contains(strings.Fields(rec.Configs["a"]), name) {
			continue // few of the recordings had it
		}
		for n, h := range []*lab.Host{s.a, s.b} {
			h.Run("ip", "addr", "add", fmt.Sprintf(addr, n+1), "dev", name)
			h.Run("ip", "link", "set", name, "up")
		}
	}
	s.waitForCarrier()
	if command, ok := before[rec.Name]; ok {
		s.a.Run("sh", "-c", command)
	}
	for _, name := range []string{"eth0", "eth1"} {
		s.wires[name] = s.b.Capture(name)
	}
	s.scripts()
	s.fifo = openFIFO(t, filepath.Join(s.dir, "fifo"), strings.Contains(rec.Configs["a"], "DIR/fifo") && !strings.Contains(rec.Configs["a"], "fifo_script"))
	return s
}

// scripts writes the programs that the configurations name.
func (s *stage) scripts() {
	s.t.Helper()
	s.write("n.sh", 0o755, logger("calls"))
	s.write("calls", 0o644, "")
	s.write("verdict", 0o644, "0")
	s.must(os.Mkdir(filepath.Join(s.dir, "d"), 0o755))
	s.write("d/real.sh", 0o755, logger("../calls"))
	s.must(os.Symlink("d/real.sh", filepath.Join(s.dir, "link.sh")))
	s.must(os.Symlink("d", filepath.Join(s.dir, "ld")))
	s.write("ww.sh", 0o777, logger("calls"))
	s.write("noexec.sh", 0o644, logger("calls"))
	s.write("r.sh", 0o755, `#!/bin/bash
calls=$(dirname "$0")/calls
trap 'echo "reader got SIGTERM" >> "$calls"; exit 0' TERM
echo "reader started argv: $0 $*" >> "$calls"
exec 3<> "${@: -1}"
while read -r line <&3; do echo "read: $line" >> "$calls"; done
`)
	s.write("tf", 0o644, "0\n")
	s.write("chk.sh", 0o755, `#!/bin/bash
v=$(cat "$(dirname "$0")/verdict")
case $v in
sleep) sleep 30 ;;
hang) trap '' TERM; while :; do sleep 0.2; done ;;
sig) kill -9 $$ ;;
*) exit "$v" ;;
esac
`)
}

// logger is a script that writes its arguments into a file beside it.
func logger(file string) string {
	return `#!/bin/bash
l=argv:
for a in "$0" "$@"; do l="$l [$a]"; done
exec 9>>"$(dirname "$(readlink -f "$0")")/` + file + `"
flock 9
echo "$l" >&9
`
}

func (s *stage) write(name string, mode os.FileMode, text string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	s.must(os.WriteFile(path, []byte(text), mode))
	s.must(os.Chmod(path, mode)) // whatever the umask is
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%v", err)
	}
}

// config is a configuration of the recording with the stage's folder in it.
func (s *stage) config(name string) string {
	s.t.Helper()
	text, ok := s.rec.Configs[name]
	if !ok {
		s.t.Fatalf("the recording has no configuration %q", name)
	}
	return strings.ReplaceAll(text, "DIR", s.dir)
}

func (s *stage) start(name string) {
	host := s.a
	if strings.HasPrefix(name, "b") {
		host = s.b
	}
	if d := s.daemons[name]; d != nil {
		if text, ok := s.next(); ok {
			d.Write(text)
		}
		d.Start()
		s.marks[name] = 0
		return
	}
	config := name
	if _, ok := s.rec.Configs[name]; !ok {
		config = strings.TrimRight(name, "0123456789")
	}
	s.daemons[name] = lab.StartDaemon(host, lab.Vipward, s.config(config), append(options[s.rec.Name], "-P")...)
}

// reload sends SIGHUP, with the next configuration if there is one.
func (s *stage) reload() {
	if text, ok := s.next(); ok {
		s.daemons["a"].Write(text)
	}
	s.signal("a", syscall.SIGHUP)
}

// waitForCarrier waits until the kernel has noticed that both ends are up.
func (s *stage) waitForCarrier() {
	for _, h := range []*lab.Host{s.a, s.b} {
		lab.Wait(s.t, 5*time.Second, "carrier of eth0", func() error {
			return h.Do(func() error {
				ifi, err := net.InterfaceByName("eth0")
				if err == nil && ifi.Flags&net.FlagRunning == 0 {
					err = errors.New("not running")
				}
				return err
			})
		})
	}
}

// options are those of the cases about them.
var options = map[string][]string{
	"respawn-off":       {"-R"},
	"dont-release-vrrp": {"-V"},
}

// next is the configuration of the next reload, or start. Where a case has fewer of them than
// reloads, the first reloads are of the same configuration.
func (s *stage) next() (string, bool) {
	s.reloads++
	n := s.reloads - max(s.rec.reloads()-(len(s.rec.Configs)-1), 0)
	name := fmt.Sprintf("a.reload%d", n)
	if _, ok := s.rec.Configs[name]; !ok {
		return "", false
	}
	return s.config(name), true
}

// take collects what has happened since the last call, but for frames.
func (s *stage) take(do string) Step {
	got := Step{Do: do}
	for _, name := range []string{"a", "b", "b2"} {
		d := s.daemons[name]
		if d == nil {
			continue
		}
		for _, l := range s.clean(name, d.From(s.marks[name])) {
			got.Log = append(got.Log, prefixOf(name)+l)
		}
		s.marks[name] = d.Mark()
	}
	got.FIFO = s.fifo.take()
	b, err := os.ReadFile(filepath.Join(s.dir, "calls"))
	s.must(err)
	calls := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	if len(b) == 0 {
		calls = nil
	}
	for _, c := range calls[s.calls:] {
		got.Calls = append(got.Calls, strings.ReplaceAll(c, s.dir, "DIR"))
	}
	s.calls = len(calls)
	return got
}

// prefixOf marks the lines of the daemons on host b.
func prefixOf(name string) string {
	if name == "a" {
		return ""
	}
	return "[" + name + "] "
}

// frames gives each captured frame to the step in which it came.
func (s *stage) frames(got *Recording, begins []time.Time) {
	for name, wire := range s.wires {
		for _, f := range wire.Frames() {
			key, ok := frameKey(name, f.Data)
			i := stepAt(begins, f.Time)
			if f.Out || !ok || i < 0 {
				continue
			}
			end := begins[i].Add(time.Hour)
			if i+1 < len(begins) {
				end = begins[i+1]
			}
			inner := within(f.Time.Sub(begins[0]), begins[i].Sub(begins[0]), end.Sub(begins[0]))
			got.Steps[i].Frames = append(got.Steps[i].Frames, Frame{Key: key, Inner: inner})
		}
	}
}

// stepAt finds the step of a time; -1 is before the first.
func stepAt(begins []time.Time, at time.Time) int {
	i, found := slices.BinarySearchFunc(begins, at, time.Time.Compare)
	if found {
		return i
	}
	return i - 1
}

var pidText = regexp.MustCompile(`\b(pid[ =]|process\()\d+`)

// clean brings lines to the form of the recordings.
func (s *stage) clean(name string, lines []string) []string {
	var out []string
	for _, l := range lines {
		if _, rest, ok := strings.Cut(l, ": "); ok && strings.Count(l[:len(l)-len(rest)], ":") == 3 {
			l = rest // the time stamp
		}
		l = strings.ReplaceAll(l, s.daemons[name].Config, "DIR/"+name+".conf")
		l = strings.ReplaceAll(l, s.dir, "DIR")
		out = append(out, pidText.ReplaceAllString(l, "${1}PID"))
	}
	return out
}

// signal sends a signal to a daemon's parent.
func (s *stage) signal(name string, sig syscall.Signal) { s.daemons[name].Signal(sig) }

// fifoReader reads lines from a FIFO as they come.
type fifoReader struct {
	mu   sync.Mutex // guards text
	text []byte
}

// openFIFO makes the FIFO and reads from it until the test ends.
func openFIFO(t lab.TB, path string, wanted bool) *fifoReader {
	t.Helper()
	r := &fifoReader{}
	if !wanted {
		return r
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatalf("make %s: %v", path, err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 4096)
		for {
			n, err := f.Read(buf)
			if err != nil {
				return
			}
			r.mu.Lock()
			r.text = append(r.text, buf[:n]...)
			r.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = f.SetReadDeadline(time.Now())
		_ = f.Close()
		<-done
	})
	return r
}

// take gives the whole lines since the last call.
func (r *fifoReader) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for {
		line, rest, ok := bytes.Cut(r.text, []byte("\n"))
		if !ok {
			return out
		}
		out = append(out, string(line))
		r.text = rest
	}
}
