// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

// starved is a pair whose master runs out of something.
type starved struct {
	*pair
	broken string // the script of the first node fails while this file is there
}

func newStarved(t *testing.T) *starved {
	t.Helper()
	s := &starved{pair: newPair(t), broken: filepath.Join(t.TempDir(), "broken")}
	before := fmt.Sprintf("vrrp_script look {\n  script \"/usr/bin/test ! -e %s\"\n  interval 0.2\n}\n", s.broken)
	configs := both(instance{version: 3, advert: "0.2", before: before, extra: "  track_script {\n    look\n  }\n"})
	configs[1] = strings.ReplaceAll(configs[1], s.broken, s.broken+"-2")
	s.start(twoVipwards, configs)
	return s
}

// goesOn asks the master, which can start nothing, for all that it needs no program for.
// It stays master meanwhile, and tells once what it lacks.
func (s *starved) goesOn(mark int) {
	s.t.Helper()
	d := s.daemon[0]
	adverts := len(s.wire.Adverts())
	d.WaitLineFrom(mark, `VRRP_Script\(look\) cannot be started, and counts as before`, patient)
	d.Signal(syscall.SIGUSR1)
	d.WaitLineFrom(mark, `Printing VRRP data`, patient)
	d.Signal(syscall.SIGHUP)
	d.WaitLineFrom(mark, `Reload complete`, patient)
	for range 5 { // longer than the backup waits
		s.nextAdvert()
	}
	if who := speakers(s.wire.Adverts()[adverts:]); len(who) != 1 || who[0] != nodeIP(0) {
		s.t.Errorf("adverts of %v, want those of the first node only", who)
	}
	if n := d.Count(mark, `cannot be started`); n > 2 { // once, and once after the reload
		s.t.Errorf("%d lines about the script", n)
	}
}

// seesAgain has the script fail and succeed: it runs again.
func (s *starved) seesAgain() {
	s.t.Helper()
	if err := os.WriteFile(s.broken, nil, 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.waitHolder(1)
	if err := os.Remove(s.broken); err != nil {
		s.t.Fatal(err)
	}
	s.waitHolder(0)
}

// TestStarved takes from a master what a sick machine runs out of, and stops it for a while
// as a hypervisor does.
func TestStarved(t *testing.T) {
	t.Parallel()
	group := newPIDsGroup(t) // before the daemons: it can go only after them
	s := newStarved(t)
	d := s.daemon[0]

	t.Log("no more processes")
	group.take(d.PIDs())
	mark := d.Mark()
	group.limit(group.current())
	s.goesOn(mark)
	killed := d.KillRole(lab.VRRP) // its threads leave room for a successor
	d.RunningRole(lab.VRRP, killed, patient)
	s.waitHolder(0)
	group.limit("max")
	s.seesAgain()

	t.Log("no more descriptors")
	vrrp := d.RolePID(lab.VRRP)
	var room unix.Rlimit
	must(t, unix.Prlimit(vrrp, unix.RLIMIT_NOFILE, nil, &room))
	mark = d.Mark()
	must(t, unix.Prlimit(vrrp, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: uint64(openFiles(t, vrrp)), Max: room.Max}, nil))
	s.goesOn(mark)
	must(t, unix.Prlimit(vrrp, unix.RLIMIT_NOFILE, &room, nil))
	s.seesAgain()

	t.Log("no more time")
	for _, pid := range d.PIDs() {
		must(t, unix.Kill(pid, unix.SIGSTOP))
	}
	s.daemon[1].WaitLineFrom(s.daemon[1].Mark(), `Entering MASTER STATE`, patient)
	woken := time.Now()
	for _, pid := range d.PIDs() {
		must(t, unix.Kill(pid, unix.SIGCONT))
	}
	s.waitHolder(0)
	s.waitGARP(0, woken) // neighbours have learned the other one meanwhile
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// openFiles counts the descriptors of a process.
func openFiles(t *testing.T, pid int) int {
	t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	must(t, err)
	return len(list)
}

// pidsGroup is a control group that limits processes and threads.
type pidsGroup struct {
	t   *testing.T
	dir string
}

// newPIDsGroup makes a group of the version that this machine has (cgroups(7)).
func newPIDsGroup(t *testing.T) pidsGroup {
	t.Helper()
	root := "/sys/fs/cgroup/pids"
	if _, err := os.Stat(root); errors.Is(err, os.ErrNotExist) {
		root = "/sys/fs/cgroup"
		must(t, os.WriteFile(root+"/cgroup.subtree_control", []byte("+pids"), 0o600))
	}
	dir, err := os.MkdirTemp(root, "vipward-test-")
	must(t, err)
	t.Cleanup(func() { // the processes have to be gone
		lab.Wait(t, patient, "end of "+dir, func() error { return os.Remove(dir) })
	})
	return pidsGroup{t, dir}
}

// take moves processes into the group.
func (g pidsGroup) take(pids []int) {
	g.t.Helper()
	for _, pid := range pids {
		g.write("cgroup.procs", strconv.Itoa(pid))
	}
}

func (g pidsGroup) write(name, value string) {
	g.t.Helper()
	must(g.t, os.WriteFile(filepath.Join(g.dir, name), []byte(value), 0o600))
}

// limit allows so many processes and threads.
func (g pidsGroup) limit(n string) { g.write("pids.max", n) }

// current is how many there are.
func (g pidsGroup) current() string {
	g.t.Helper()
	b, err := os.ReadFile(filepath.Join(g.dir, "pids.current"))
	must(g.t, err)
	return strings.TrimSpace(string(b))
}
