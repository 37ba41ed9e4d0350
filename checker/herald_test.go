// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vipward/conf"
	"vipward/notify"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// stall is a herald at work, with scripts that write down how they were started.
type stall struct {
	t      *testing.T
	dir    string
	log    *journal
	runner *notify.Runner
	*herald
}

func newStall(t *testing.T, made ...notify.MadeFIFO) *stall {
	j := &journal{}
	log := slog.New(j)
	s := &stall{t: t, dir: t.TempDir(), log: j, runner: notify.NewRunner(log)}
	s.herald = newHerald(s.runner, made, log)
	return s
}

// close ends the herald as the stop of the daemon does.
func (s *stall) close() {
	s.t.Helper()
	s.drain()
	if err := s.runner.Close(); err != nil {
		s.t.Error(err)
	}
}

// script writes a shell script.
func (s *stall) script(name, body string) {
	s.t.Helper()
	// A process that another test forks meanwhile would hold the file open for writing.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		s.t.Fatal(err)
	}
}

// config is a configuration in which DIR is the directory of the scripts.
func (s *stall) config(text string) *conf.Config {
	s.t.Helper()
	return written(s.t, strings.ReplaceAll(text, "DIR", s.dir))
}

// lines gives the lines of a file that is written meanwhile, as soon as there are n.
func (s *stall) lines(name string, n int) []string {
	s.t.Helper()
	var got []string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		b, err := os.ReadFile(filepath.Join(s.dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.t.Fatal(err)
		}
		if got = strings.Split(strings.TrimSpace(string(b)), "\n"); len(got) >= n && got[0] != "" {
			return got
		}
	}
	s.t.Fatalf("%s has %q, not %d lines\nlog: %q", name, got, n, s.log.take())
	return nil
}

const toldPool = `global_defs {
  script_user root
  lvs_notify_fifo DIR/lvs root
  lvs_notify_fifo_script "DIR/reader.sh one two"
  notify_fifo DIR/all root
}
virtual_server 10.9.0.1 80 {
  protocol TCP
  lvs_sched rr
  lvs_method NAT
  quorum_up "DIR/hook.sh quorum up"
  quorum_down "DIR/hook.sh quorum down"
  real_server 127.0.0.11 80 {
    notify_up "DIR/hook.sh server up"
    notify_down "DIR/hook.sh server down"
  }
}
`

// TestHerald lets real scripts and real FIFOs hear of a server and a quorum.
func TestHerald(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	s.script("hook.sh", `echo "$@" >> `+s.dir+"/hooks")
	s.script("reader.sh", `echo "$@" > `+s.dir+`/args; exec cat "$3" > `+s.dir+"/read")
	cfg := s.config(toldPool)
	s.use(cfg)
	vs := cfg.VirtualServers[0]
	all, err := os.OpenFile(filepath.Join(s.dir, "all"), os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()

	down, up := notice{vs: vs, rs: vs.RealServers[0]}, notice{vs: vs, rs: vs.RealServers[0], up: true}
	for i, n := range []notice{down, {vs: vs}, up, {vs: vs, up: true}} {
		s.tell(n)
		s.lines("hooks", i+1) // those of different keys may come in any order
	}
	if diff := cmp.Diff([]string{"server down", "quorum down", "server up", "quorum up"}, s.lines("hooks", 4)); diff != "" {
		t.Errorf("scripts (-want +got):\n%s", diff)
	}

	want := []string{
		"RS [127.0.0.11]:tcp:80 [10.9.0.1]:tcp:80 DOWN", "VS [10.9.0.1]:tcp:80 DOWN",
		"RS [127.0.0.11]:tcp:80 [10.9.0.1]:tcp:80 UP", "VS [10.9.0.1]:tcp:80 UP",
	}
	b := make([]byte, 4096)
	n, err := all.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Join(want, "\n")+"\n", string(b[:n])); diff != "" {
		t.Errorf("notify_fifo (-want +got):\n%s", diff)
	}
	s.close()
	if diff := cmp.Diff(want, s.lines("read", 4)); diff != "" {
		t.Errorf("what the program of lvs_notify_fifo read (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("one two "+s.dir+"/lvs", s.lines("args", 1)[0]); diff != "" {
		t.Errorf("its arguments (-want +got):\n%s", diff)
	}
	if left, _ := filepath.Glob(s.dir + "/{lvs,all}"); len(left) > 0 {
		t.Errorf("after the stop there are %q", left)
	}
}

// TestHeraldKeepsOrder starts the scripts of one server one after the other.
func TestHeraldKeepsOrder(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	s.script("hook.sh", `test "$2" = down && sleep 0.2; echo "$@" >> `+s.dir+"/hooks")
	cfg := s.config(toldPool)
	s.use(cfg)
	vs := cfg.VirtualServers[0]
	var want []string
	for i := range 6 {
		s.tell(notice{vs: vs, rs: vs.RealServers[0], up: i%2 == 1})
		want = append(want, []string{"server down", "server up"}[i%2])
	}
	if diff := cmp.Diff(want, s.lines("hooks", 6)); diff != "" {
		t.Errorf("scripts (-want +got):\n%s", diff)
	}
	s.close()
}

// TestHeraldOfMany: of thousands that go and come at once each record is in the FIFO when
// its reader comes, and the last script of each runs.
func TestHeraldOfMany(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	s.script("hook.sh", `echo "$@" >> `+s.dir+"/hooks")
	var text strings.Builder
	text.WriteString("global_defs {\n script_user root\n lvs_notify_fifo DIR/lvs root\n}\nvirtual_server 10.9.0.1 80 {\n protocol TCP\n lvs_sched rr\n lvs_method NAT\n")
	const servers, withScripts = 5000, 300
	for i := range servers {
		fmt.Fprintf(&text, " real_server 10.1.%d.%d 80 {\n", i/250, i%250+1)
		if i < withScripts {
			fmt.Fprintf(&text, "  notify_up \"DIR/hook.sh %d up\"\n  notify_down \"DIR/hook.sh %d down\"\n", i, i)
		}
		text.WriteString(" }\n")
	}
	text.WriteString("}\n")
	cfg := s.config(text.String())
	s.use(cfg)
	vs := cfg.VirtualServers[0]
	for _, up := range []bool{false, true} {
		for _, rs := range vs.RealServers {
			s.tell(notice{vs: vs, rs: rs, up: up})
		}
	}
	last := map[string]string{}
	for end := time.Now().Add(60 * time.Second); len(last) < withScripts || strings.Contains(fmt.Sprint(last), "down"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the last scripts of %d ran: %v", len(last), last)
		}
		b, _ := os.ReadFile(filepath.Join(s.dir, "hooks"))
		for line := range strings.Lines(string(b)) {
			id, state, _ := strings.Cut(strings.TrimSpace(line), " ")
			last[id] = state
		}
	}
	f, err := os.OpenFile(filepath.Join(s.dir, "lvs"), os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n, b := 0, make([]byte, 1<<16)
	for n < 2*servers {
		if err := f.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		size, err := f.Read(b)
		if err != nil {
			t.Fatalf("%d records, %v", n, err)
		}
		n += strings.Count(string(b[:size]), "\n")
	}
	s.close()
}

// TestHeraldAtStop gives the scripts of the last change time to end.
func TestHeraldAtStop(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	s.script("hook.sh", `sleep 0.3; echo "$@" >> `+s.dir+"/hooks")
	cfg := s.config(toldPool)
	s.use(cfg)
	vs := cfg.VirtualServers[0]
	s.tell(notice{vs: vs, rs: vs.RealServers[0]})
	s.tell(notice{vs: vs})
	s.close()
	got := sortedLines(s.lines("hooks", 2))
	if diff := cmp.Diff([]string{"quorum down", "server down"}, got); diff != "" {
		t.Errorf("scripts (-want +got):\n%s", diff)
	}
}

// TestHeraldRefuses leaves out what cannot be run or written to, and says so.
func TestHeraldRefuses(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	if err := os.WriteFile(s.dir+"/lvs", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := s.config(toldPool) // hook.sh and reader.sh do not exist
	s.use(cfg)
	s.tell(notice{vs: cfg.VirtualServers[0]})
	s.close()
	said := strings.Join(s.log.take(), "\n")
	for _, want := range []string{s.dir + "/hook.sh", s.dir + "/reader.sh", s.dir + "/lvs: not a FIFO"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in the log:\n%s", want, said)
		}
	}
	if b, err := os.ReadFile(s.dir + "/lvs"); err != nil || len(b) > 0 {
		t.Errorf("the file in the way holds %q, %v", b, err)
	}
}

// TestHeraldOfReload goes over to other scripts and FIFOs.
func TestHeraldOfReload(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	s.script("hook.sh", `echo old "$@" >> `+s.dir+"/hooks")
	s.script("other.sh", `echo new "$@" >> `+s.dir+"/hooks")
	s.use(s.config(toldPool))
	next := strings.NewReplacer("hook.sh", "other.sh", "  notify_fifo DIR/all root\n", "", "  lvs_notify_fifo_script \"DIR/reader.sh one two\"\n", "")
	cfg := s.config(next.Replace(toldPool))
	s.use(cfg)
	s.tell(notice{vs: cfg.VirtualServers[0]})
	if diff := cmp.Diff([]string{"new quorum down"}, s.lines("hooks", 1)); diff != "" {
		t.Errorf("scripts (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(s.dir + "/all"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the FIFO that is no longer configured: %v", err)
	}
	if _, err := os.Stat(s.dir + "/lvs"); err != nil {
		t.Errorf("the FIFO that stays: %v", err)
	}
	s.close()
}

// TestHeraldAdopts removes at the stop what a predecessor that crashed has made.
func TestHeraldAdopts(t *testing.T) {
	t.Parallel()
	first := newStall(t)
	cfg := first.config(strings.ReplaceAll(toldPool, "lvs_notify_fifo_script", "#"))
	first.use(cfg)
	made := first.made()
	if len(made) != 2 {
		t.Fatalf("made %v", made)
	}
	second := newStall(t, made...)
	second.use(cfg)
	if diff := cmp.Diff(fmt.Sprint(made), fmt.Sprint(second.made())); diff != "" {
		t.Errorf("FIFOs of ours (-want +got):\n%s", diff)
	}
	second.close()
	if left, _ := filepath.Glob(first.dir + "/*"); len(left) > 0 {
		t.Errorf("after the stop there are %q", left)
	}
	first.close()
}
