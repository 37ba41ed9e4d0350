// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vipward/internal/lab"
)

// stage is two hosts joined by two cables, as they were when the recordings were made, and
// the daemons on them.
type stage struct {
	t       *testing.T
	rec     *Recording
	dir     string // DIR of the configurations
	a, b    *lab.Host
	daemons map[string]*lab.Daemon
	marks   map[string]int // lines of each daemon that belong to earlier steps
	wires   map[string]*lab.Capture
	seen    map[string]int
	reloads int
	fifo    *fifoReader
	calls   int
	flow    func() // ends the flow of adverts
	adverts advertSource
}

// newStage builds the network of a recording.
func newStage(t *testing.T, rec *Recording) *stage {
	t.Helper()
	net := lab.NewNet(t)
	s := &stage{
		t: t, rec: rec, dir: t.TempDir(), a: net.Host("a"), b: net.Host("b"),
		daemons: map[string]*lab.Daemon{}, marks: map[string]int{}, wires: map[string]*lab.Capture{}, seen: map[string]int{},
		flow: func() {},
	}
	s.a.Run("ip", "link", "del", "eth0")
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
	for _, name := range []string{"eth0", "eth1"} {
		s.wires[name] = s.b.Capture(name)
	}
	s.adverts = advertSource{host: s.b, rec: rec}
	s.scripts()
	s.fifo = openFIFO(t, filepath.Join(s.dir, "fifo"), strings.Contains(rec.Configs["a"], "DIR/fifo"))
	return s
}

// scripts writes the programs that the configurations name.
func (s *stage) scripts() {
	s.t.Helper()
	s.write("n.sh", 0o755, "#!/bin/bash\nl=argv:\nfor a in \"$0\" \"$@\"; do l=\"$l [$a]\"; done\nflock \"$(dirname \"$0\")/calls\" bash -c 'echo \"$1\" >> \"$2\"' - \"$l\" \"$(dirname \"$0\")/calls\"\n")
	s.write("calls", 0o644, "")
	s.write("verdict", 0o644, "0")
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

func (s *stage) write(name string, mode os.FileMode, text string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		s.t.Fatal(err)
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
		d.Start()
		s.marks[name] = 0
		return
	}
	config := name
	if _, ok := s.rec.Configs[name]; !ok {
		config = strings.TrimRight(name, "0123456789")
	}
	s.daemons[name] = lab.StartDaemon(host, lab.Vipward, s.config(config), "-P")
}

func (s *stage) reload() {
	s.reloads++
	name := fmt.Sprintf("a.reload%d", s.reloads)
	text := s.rec.Configs["a"]
	if _, ok := s.rec.Configs[name]; ok {
		text = s.config(name)
	}
	s.daemons["a"].Reload(strings.ReplaceAll(text, "DIR", s.dir))
}

// take collects what has happened since the last call.
func (s *stage) take() Step {
	var got Step
	for _, name := range []string{"a", "b", "b2"} {
		d := s.daemons[name]
		if d == nil {
			continue
		}
		got.Log = append(got.Log, s.clean(d.From(s.marks[name]))...)
		s.marks[name] = d.Mark()
	}
	got.Log = slices.Compact(got.Log)
	for _, name := range []string{"eth0", "eth1"} {
		frames := s.wires[name].Frames()
		for _, f := range frames[s.seen[name]:] {
			if key, ok := frameKey(name, f.Data); ok && !f.Out && !slices.Contains(got.Frames, key) {
				got.Frames = append(got.Frames, key)
			}
		}
		s.seen[name] = len(frames)
	}
	got.FIFO = s.fifo.take()
	b, err := os.ReadFile(filepath.Join(s.dir, "calls"))
	if err != nil {
		s.t.Fatal(err)
	}
	calls := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	if len(b) == 0 {
		calls = nil
	}
	for _, c := range calls[s.calls:] {
		got.Calls = append(got.Calls, strings.ReplaceAll(c, s.dir, "DIR"))
	}
	s.calls = len(calls)
	slices.Sort(got.Calls)
	return got
}

// clean brings lines to the form of the recordings.
func (s *stage) clean(lines []string) []string {
	var out []string
	for _, l := range lines {
		if _, rest, ok := strings.Cut(l, ": "); ok && strings.Count(l[:len(l)-len(rest)], ":") == 3 {
			l = rest // the time stamp
		}
		out = append(out, strings.ReplaceAll(l, s.dir, "DIR"))
	}
	return out
}

// fromParent are the lines of the other process: where they stand among the child's is chance.
var fromParent = regexp.MustCompile(`^(Startup complete|Stopping|Reloading \.\.\.|Reload finished)`)

// parentFirst moves the parent's lines to the front.
func parentFirst(lines []string) []string {
	out := slices.Clone(lines)
	slices.SortStableFunc(out, func(a, b string) int {
		return cmp.Compare(btoi(!fromParent.MatchString(a)), btoi(!fromParent.MatchString(b)))
	})
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// signal sends a signal to a daemon's parent.
func (s *stage) signal(name string, sig syscall.Signal) { s.daemons[name].Signal(sig) }

// fifoReader reads lines from a FIFO as they come.
type fifoReader struct {
	mu   sync.Mutex // guards text
	text []byte
}

// openFIFO makes the FIFO and reads from it until the test ends.
func openFIFO(t *testing.T, path string, wanted bool) *fifoReader {
	t.Helper()
	r := &fifoReader{}
	if !wanted {
		return r
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
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
