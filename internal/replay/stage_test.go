// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"vipward/internal/lab"
)

// stage is two hosts joined by two cables, as they were when the recordings were made, and
// the daemons on them.
type stage struct {
	t        lab.TB
	rec      *Recording
	accepted *Accepted
	dir      string // DIR of the configurations
	a, b     *lab.Host
	daemons  map[string]*lab.Daemon
	marks    map[string]int    // lines of each daemon that belong to earlier steps
	step     int               // its number
	now      *Step             // what is being recorded
	past     map[string]int    // lines of earlier steps
	patience time.Duration     // what is left of it
	sysctls  map[string]string // at the beginning
	wires    map[string]*lab.Capture
	reloads  int
	fifo     *fifoReader
	calls    int
	sleepers []*lab.Proc // processes that are tracked
	flow     func()      // ends the flow of adverts
}

// newStage builds the network of a recording.
func newStage(t lab.TB, rec *Recording) *stage {
	t.Helper()
	n := lab.NewNet(t)
	s := &stage{
		t: t, rec: rec, dir: t.TempDir(), a: n.Host("a"), b: n.Host("b"),
		daemons: map[string]*lab.Daemon{}, marks: map[string]int{}, past: map[string]int{}, wires: map[string]*lab.Capture{},
		patience: patience, flow: func() {},
	}
	s.network()
	s.programs()
	if command, ok := before[rec.Name]; ok {
		s.a.Run("sh", "-c", strings.ReplaceAll(command, "DIR", s.dir))
	}
	wantsFIFO := strings.Contains(rec.Configs["a"], "DIR/fifo") && !strings.Contains(rec.Configs["a"], "fifo_script")
	s.fifo = openFIFO(t, filepath.Join(s.dir, "fifo"), wantsFIFO)
	return s
}

// network joins the hosts by eth0, and by those of eth1 and eth2 that the recording names.
func (s *stage) network() {
	s.t.Helper()
	s.a.Run("ip", "link", "del", "eth0") // the lab's own
	_, _ = s.b.TryRun("ip", "link", "del", "eth0")
	for _, h := range []*lab.Host{s.a, s.b} {
		h.Sysctl("net/ipv6/conf/default/dad_transmits", "0") // link-local addresses at once
	}
	for i := range 3 {
		if name := fmt.Sprintf("eth%d", i); i > 0 && !s.rec.mentions(name) {
			continue
		}
		s.cable(i)
		for n, h := range []*lab.Host{s.a, s.b} {
			s.connect(h, n, i)
		}
	}
	s.waitForCarrier()
	for i := range 2 {
		if name := fmt.Sprintf("eth%d", i); i == 0 || s.rec.mentions(name) {
			s.wires[name] = s.b.Capture(name)
		}
	}
}

// cable makes a pair of interfaces, one on each host.
func (s *stage) cable(i int) {
	s.t.Helper()
	name := fmt.Sprintf("eth%d", i)
	s.a.Run("ip", "link", "add", name, "address", fmt.Sprintf("02:00:00:00:%02d:0a", i), "type", "veth",
		"peer", "name", name, "address", fmt.Sprintf("02:00:00:00:%02d:0b", i), "netns", s.b.NS)
}

// connect gives the n-th host's end of a cable its address, and raises it.
func (s *stage) connect(h *lab.Host, n, i int) {
	s.t.Helper()
	name := fmt.Sprintf("eth%d", i)
	h.Run("ip", "addr", "add", fmt.Sprintf("10.%d.0.%d/24", i, n+1), "dev", name)
	h.Run("ip", "link", "set", name, "up")
}

// mentions says whether a configuration or a step has a word.
func (r *Recording) mentions(word string) bool {
	for _, config := range r.Configs {
		if strings.Contains(config, word) {
			return true
		}
	}
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return strings.Contains(s.Do, word) })
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
	return notHere.Replace(strings.ReplaceAll(text, "DIR", s.dir))
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
	opts, ok := options[s.rec.Name]
	if !ok {
		opts = []string{"-D"}
	}
	s.daemons[name] = lab.StartPlain(host, lab.Vipward, s.config(config), slices.Concat(opts, []string{"-P"})...)
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

// signal sends a signal to a daemon's parent.
func (s *stage) signal(name string, sig syscall.Signal) { s.daemons[name].Signal(sig) }
