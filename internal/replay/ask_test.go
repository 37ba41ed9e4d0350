// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// settling is how long a kernel may take to come to the recorded state.
const settling = 3 * time.Second

// ask takes the snapshots of host a's kernel that were taken at this step, again until they are
// as they were: the kernel, and who changes it, are late on a busy machine.
func (s *stage) ask(all []snapshot) {
	s.t.Helper()
	for _, want := range all {
		if want.isBaseline() {
			s.sysctls = s.readSysctls()
			continue
		}
		lines := s.snapshot(want)
		for began := time.Now(); !s.asRecorded(want, lines) && time.Since(began) < settling; {
			time.Sleep(100 * time.Millisecond)
			lines = s.snapshot(want)
		}
		s.now.Kernel = append(s.now.Kernel, lines...)
	}
}

// asRecorded says whether a snapshot differs only in what is accepted.
func (s *stage) asRecorded(want snapshot, lines []string) bool {
	return len(s.accepted.Refuse(s.rec.Name, compareSnapshots(s.step, want.lines(), lines))) == 0
}

// snapshot asks what was asked then.
func (s *stage) snapshot(want snapshot) []string {
	s.t.Helper()
	got := snapshot{title: want.title}
	if want.isSysctl() {
		got.asked = []question{{answer: changed(s.sysctls, s.readSysctls())}}
	}
	for _, command := range want.commands() {
		out, err := s.a.TryRun("sh", "-c", command)
		if err != nil {
			s.t.Logf("%s: %v", command, err) // there may be no such interface any more
		}
		got.asked = append(got.asked, question{command, strings.Split(out, "\n")})
	}
	return got.lines()
}

// sysctlFiles are those that the recordings watched, below /proc/sys/net.
var sysctlFiles = []string{"ipv4/conf", "ipv6/conf", "ipv4/igmp_link_local_mcast_reports"}

// readSysctls reads what can be read.
func (s *stage) readSysctls() map[string]string {
	s.t.Helper()
	out := map[string]string{}
	read := func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // an interface has gone meanwhile
		}
		if b, err := os.ReadFile(path.Join("/proc/sys/net", name)); err == nil {
			out[name] = strings.TrimSpace(string(b))
		}
		return nil
	}
	s.must(s.a.Do(func() error {
		for _, root := range sysctlFiles {
			if err := fs.WalkDir(os.DirFS("/proc/sys/net"), root, read); err != nil {
				return err
			}
		}
		return nil
	}))
	return out
}

// changed tells what has changed as the recordings do. A new interface is compared with
// "default" as it was.
func changed(before, after map[string]string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		was, known := before[name]
		if !known {
			was = before[path.Join(path.Dir(path.Dir(name)), "default", path.Base(name))]
		}
		switch {
		case was == after[name] || ownKernels(name):
		case known:
			out = append(out, fmt.Sprintf("%s: %s -> %s", name, was, after[name]))
		default:
			out = append(out, fmt.Sprintf("%s: (new; default had %s) %s", name, was, after[name]))
		}
	}
	return out
}

// ownKernels says whether the kernel makes up a value for each interface.
func ownKernels(name string) bool { return path.Base(name) == "stable_secret" }
