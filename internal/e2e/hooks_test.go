// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

// hookPlay is a configuration and what happens to it. It is played to both daemons: what
// they write into the FIFOs, and which scripts they call, must be equal after each step.
type hookPlay struct {
	name   string
	config string // DIR: the folder of a play, SCRIPT: a script that notes its call
	steps  []hookStep
}

// hookStep ends when so many lines and calls have come.
type hookStep struct {
	name         string
	do           func(*hookStage)
	lines, calls int // in each FIFO; of scripts
}

// hookStage is where a play is played.
type hookStage struct {
	t     *testing.T
	dir   string
	lb    *lab.Host
	d     *lab.Daemon
	fds   map[string]int
	texts map[string]string
	seen  int // calls of earlier steps
}

// record is what came of one step. Calls are sorted: keepalived starts scripts side by side.
type record struct {
	Step  string
	FIFO  map[string][]string
	Calls []string
}

func newHookStage(t *testing.T) *hookStage {
	t.Helper()
	s := &hookStage{t: t, dir: t.TempDir(), fds: map[string]int{}, texts: map[string]string{}}
	script := filepath.Join(s.dir, "hook.sh")
	// Anybody may note calls, as scripts run as different users.
	text := "#!/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\necho \"$*\" >>" + s.dir + "/calls\n"
	for name, text := range map[string]string{
		script: text,
		s.dir + "/env.sh": strings.TrimSuffix(text, "\n") + ".tmp\n" + `exec 9>>` + s.dir + `/calls; flock 9 # keepalived runs scripts side by side
			{ id -u; id -g; id -G; umask; echo "$PWD"
			grep -E '^Sig(Blk|Ign)' /proc/$$/status; read -r _ _ _ _ group _ </proc/$$/stat; test "$group" = $$ && echo own group
			env | grep -vE '^(PWD|OLDPWD|SHLVL|_|TMPDIR|PATH|VIPWARD_BIN)=' | sort; } | tr '\n\t' '  ' >>` + s.dir + "/calls\necho \"$*\" >>" + s.dir + "/calls\n",
	} {
		s.must(os.WriteFile(name, []byte(text), 0o600))
		s.must(os.Chmod(name, 0o755))
	}
	s.must(os.WriteFile(s.dir+"/calls", nil, 0o600))
	s.must(os.Chmod(s.dir+"/calls", 0o666))
	for _, dir := range []string{s.dir, filepath.Dir(s.dir)} {
		s.must(os.Chmod(dir, 0o755))
	}
	return s
}

func (s *hookStage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *hookStage) fill(config string) string {
	return strings.NewReplacer("DIR", s.dir, "SCRIPT", s.dir+"/hook.sh").Replace(config)
}

// read takes what is in a FIFO, also when it is another one of the same name by now.
func (s *hookStage) read(name string) []string {
	drain := func(fd int) {
		b := make([]byte, 4096)
		for {
			n, err := unix.Read(fd, b)
			if n <= 0 || err != nil {
				return
			}
			s.texts[name] += string(b[:n])
		}
	}
	if old, ok := s.fds[name]; ok {
		drain(old)
	}
	if fd, err := unix.Open(filepath.Join(s.dir, name), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err == nil {
		drain(fd)
		if old, ok := s.fds[name]; ok {
			_ = unix.Close(old)
		}
		s.fds[name] = fd
	}
	return strings.FieldsFunc(s.texts[name], func(c rune) bool { return c == '\n' })
}

func (s *hookStage) calls() []string {
	b, err := os.ReadFile(s.dir + "/calls")
	s.must(err)
	lines := strings.FieldsFunc(string(b), func(c rune) bool { return c == '\n' })
	return lines[min(s.seen, len(lines)):]
}

// end waits for the end of a step and records it.
func (s *hookStage) end(step hookStep) record {
	s.t.Helper()
	r := record{Step: step.name, FIFO: map[string][]string{}}
	lab.Wait(s.t, patient, step.name, func() error {
		for _, name := range []string{"fifo", "vfifo"} {
			r.FIFO[name] = s.read(name)
			if len(r.FIFO[name]) < step.lines {
				return fmt.Errorf("%s has %q, %d are expected", name, r.FIFO[name], step.lines)
			}
		}
		if r.Calls = s.calls(); len(r.Calls) < step.calls {
			return fmt.Errorf("calls %q, %d are expected", r.Calls, step.calls)
		}
		return nil
	})
	for _, lines := range r.FIFO {
		sortMembers(lines)
	}
	clear(s.texts)
	s.seen += len(r.Calls)
	for i, call := range r.Calls {
		r.Calls[i] = strings.ReplaceAll(call, s.dir, "DIR")
	}
	slices.Sort(r.Calls)
	return r
}

// sortMembers sorts lines of instances that follow each other with one state: which member of
// a group is the first depends on microseconds.
func sortMembers(lines []string) {
	key := func(line string) string { // INSTANCE "V1" MASTER 100
		f := strings.Fields(line)
		return f[0] + f[len(f)-2]
	}
	for from := 0; from < len(lines); {
		to := from + 1
		for to < len(lines) && key(lines[to]) == key(lines[from]) {
			to++
		}
		slices.Sort(lines[from:to])
		from = to
	}
}

// play plays a play to a daemon.
func (p hookPlay) play(t *testing.T, kind lab.Kind) []record {
	t.Helper()
	s := newHookStage(t)
	s.lb = lab.NewNet(t).Host("lb1", nodeAddr[0]+"/24")
	s.d = lab.StartDaemon(s.lb, kind, s.fill(p.config), "-P")
	var records []record
	for _, step := range p.steps {
		if step.do != nil {
			step.do(s)
		}
		records = append(records, s.end(step))
	}
	for _, fd := range s.fds {
		_ = unix.Close(fd)
	}
	for _, name := range []string{"fifo", "vfifo"} {
		if _, err := os.Lstat(filepath.Join(s.dir, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s stayed: %v", name, err)
		}
	}
	return records
}

const hookGlobals = `global_defs {
  script_user root
  enable_script_security
  notify_fifo DIR/fifo
  vrrp_notify_fifo DIR/vfifo nobody
}
`

// hookInstance is an instance with every script. It is master 0.7 s after its start.
func hookInstance(name string, vrid int, extra string) string {
	return fmt.Sprintf(`vrrp_instance %[1]s {
  interface eth0
  virtual_router_id %[2]d
  version 3
  advert_int 0.2
  priority 100
  notify_master "SCRIPT %[1]s master 'two words'"
  notify_backup "SCRIPT %[1]s backup"
  notify_fault "SCRIPT %[1]s fault"
  notify_stop "SCRIPT %[1]s stop" nobody
  notify "SCRIPT %[1]s generic" root nogroup
  notify_deleted "SCRIPT %[1]s deleted"
  virtual_ipaddress { 192.0.2.%[2]d/24 }
  %[3]s
}
`, name, vrid, extra)
}

func hookGroup(extra string, members ...string) string {
	return fmt.Sprintf(`vrrp_sync_group G1 {
  group { 
    %s
  }
  notify_master "SCRIPT G1 master"
  notify_backup "SCRIPT G1 backup"
  notify_fault "SCRIPT G1 fault"
  notify_stop "SCRIPT G1 stop"
  notify "SCRIPT G1 generic"
  %s
}
`, strings.Join(members, "\n    "), extra)
}

func stopDaemon(s *hookStage) {
	s.t.Helper()
	if code := s.d.Stop(); code != 0 {
		s.t.Errorf("exit status %d", code)
	}
}

func reloadTo(config string) func(*hookStage) {
	return func(s *hookStage) {
		s.t.Helper()
		mark := s.d.Reload(s.fill(config))
		s.d.WaitLineFrom(mark, "Reload complete", patient)
	}
}

// weigh writes a number into the tracked file.
func weigh(n int) func(*hookStage) {
	return func(s *hookStage) { s.must(os.WriteFile(s.dir+"/weight", fmt.Appendln(nil, n), 0o600)) }
}

func hookPlays() []hookPlay {
	oneMaster := hookStep{name: "start", lines: 2, calls: 4}
	v1, v2, v3 := hookInstance("V1", 51, ""), hookInstance("V2", 52, ""), hookInstance("V3", 53, "")
	quiet := strings.Replace(v2, "notify_deleted", "#", 1)
	const weights = "track_file w {\n  file DIR/weight\n  weight 1\n}\n"
	const tracks = "track_file {\n w\n }\n"
	return []hookPlay{
		{
			name: "an instance through all states", config: hookGlobals + v1,
			steps: []hookStep{
				oneMaster,
				{name: "link down", do: func(s *hookStage) { s.lb.LinkDown("eth0") }, lines: 1, calls: 2},
				{name: "link up", do: func(s *hookStage) { s.lb.LinkUp("eth0") }, lines: 2, calls: 4},
				{name: "reload", do: reloadTo(hookGlobals + v1)},
				{name: "stop", do: stopDaemon, lines: 1, calls: 2},
			},
		},
		{
			name: "a group", config: hookGlobals + v1 + v2 + hookGroup("", "V1", "V2"),
			steps: []hookStep{
				{name: "start", lines: 6, calls: 12},
				{name: "link down", do: func(s *hookStage) { s.lb.LinkDown("eth0") }, lines: 3, calls: 6},
				{name: "link up", do: func(s *hookStage) { s.lb.LinkUp("eth0") }, lines: 6, calls: 12},
				{name: "a group less", do: reloadTo(hookGlobals + v1 + v2)},
				{name: "stop", do: stopDaemon, lines: 2, calls: 4},
			},
		},
		{
			name: "deleted by a reload", config: hookGlobals + v1 + quiet + v3,
			steps: []hookStep{
				{name: "start", lines: 6, calls: 12},
				{name: "reload", do: reloadTo(hookGlobals + v1), lines: 2, calls: 3},
				{name: "stop", do: stopDaemon, lines: 1, calls: 2},
			},
		},
		{
			name: "an owner", config: hookGlobals + strings.Replace(v1, "priority 100", "priority 255\n  state MASTER", 1),
			steps: []hookStep{
				{name: "start", lines: 1, calls: 2},
				{name: "stop", do: stopDaemon, lines: 1, calls: 2},
			},
		},
		{
			name: "changes of priority", config: weights + hookGlobals +
				hookInstance("V1", 51, "notify_priority_changes\n"+tracks) + hookInstance("V2", 52, tracks),
			steps: []hookStep{
				{name: "start", lines: 4, calls: 8},
				{name: "more", do: weigh(5), lines: 1},
				{name: "less", do: weigh(-20), lines: 1},
				{name: "as before", do: weigh(0), lines: 1},
				{name: "stop", do: stopDaemon, lines: 2, calls: 4},
			},
		},
		{
			name: "what scripts find", config: hookGlobals + strings.ReplaceAll(v1, "SCRIPT", "DIR/env.sh"),
			steps: []hookStep{oneMaster, {name: "stop", do: stopDaemon, lines: 1, calls: 2}},
		},
	}
}

// TestHooksAsKeepalived: FIFO bytes, calls, arguments and surroundings of the scripts.
func TestHooksAsKeepalived(t *testing.T) {
	t.Parallel()
	for _, p := range hookPlays() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			want, got := p.play(t, lab.Keepalived), p.play(t, lab.Vipward)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("keepalived and vipward (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFIFOProgramAsKeepalived: the program that reads a FIFO is started with the path, ended
// and started anew at a reload, and ended at the stop.
func TestFIFOProgramAsKeepalived(t *testing.T) {
	t.Parallel()
	const config = hookGlobals + "global_defs {\n  notify_fifo_script \"DIR/reader.sh arg\"\n}\n"
	play := func(kind lab.Kind) []string {
		s := newHookStage(t)
		s.must(os.WriteFile(s.dir+"/reader.sh", []byte("#!/bin/sh\nexec 3<>$2\ntrap 'echo TERM >>"+s.dir+
			"/calls; exit' TERM\necho \"$*\" >>"+s.dir+"/calls\nwhile :; do sleep 0.02; done\n"), 0o600))
		s.must(os.Chmod(s.dir+"/reader.sh", 0o755))
		s.lb = lab.NewNet(t).Host("lb1", nodeAddr[0]+"/24")
		bare := "vrrp_instance V1 {\n  interface eth0\n  virtual_router_id 51\n  virtual_ipaddress { 192.0.2.51/24 }\n}\n"
		s.d = lab.StartDaemon(s.lb, kind, s.fill(config+bare), "-P")
		expect := func(n int) {
			t.Helper()
			lab.Wait(t, patient, fmt.Sprintf("%d notes of the program", n), func() error {
				if got := s.calls(); len(got) < n {
					return fmt.Errorf("got %q", got)
				}
				return nil
			})
		}
		expect(1)
		s.d.Signal(syscall.SIGHUP)
		expect(3)
		stopDaemon(s)
		expect(4)
		got := s.calls()
		slices.Sort(got[1:3]) // keepalived does not wait for the end of the first
		return strings.Split(strings.ReplaceAll(strings.Join(got, "\n"), s.dir, "DIR"), "\n")
	}
	want, got := play(lab.Keepalived), play(lab.Vipward)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keepalived and vipward (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"arg DIR/fifo", "TERM", "arg DIR/fifo", "TERM"}, want); diff != "" {
		t.Errorf("keepalived (-want +got):\n%s", diff)
	}
}
