// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

// asInit is vipward as the first process of a pid namespace, as in a container.
func asInit(t lab.TB) string {
	path := filepath.Join(t.TempDir(), "vipward")
	script := "#!/bin/sh\nexec unshare --pid --fork --mount-proc " + lab.Vipward(t) + " \"$@\"\n"
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatalf("%v", err)
	}
	return path
}

// first is the first process of the namespace: unshare's only child.
func first(d *lab.Daemon) int { return d.PIDs()[1] }

// zombies lists the processes of a daemon that nobody has reaped.
func zombies(d *lab.Daemon) (dead []int) {
	for _, pid := range d.PIDs() {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if _, rest, _ := strings.Cut(string(b), ") "); err == nil && strings.HasPrefix(rest, "Z") {
			dead = append(dead, pid)
		}
	}
	return dead
}

// TestAsInit runs both nodes as a container does. What scripts leave behind is reaped, and TERM,
// that a container's first process gets, ends the master and then its successor in order: a
// farewell, no address, and the end within the grace period of 10 s.
func TestAsInit(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	ended := filepath.Join(t.TempDir(), "ended")
	orphan := fmt.Sprintf("  notify \"/bin/sh -c '(sleep 0.3; : >%s) & exit 0'\"\n", ended)
	p.start([2]lab.Kind{asInit, asInit}, both(instance{version: 3, advert: "0.2", extra: orphan}))
	lab.Wait(t, patient, "the orphans reaped", func() error {
		if _, err := os.Stat(ended); err != nil {
			return err
		}
		if dead := zombies(p.daemon[0]); len(dead) > 0 {
			return fmt.Errorf("zombies %v", dead)
		}
		return nil
	})
	for i, d := range p.daemon {
		p.waitHolder(i)
		told := time.Now()
		if err := unix.Kill(first(d), unix.SIGTERM); err != nil {
			t.Fatal(err)
		}
		p.wire.WaitAdvert("the farewell", patient, func(a lab.Advert) bool {
			return a.Src == nodeIP(i) && a.Priority == 0 && a.Time.After(told)
		})
		if code := d.Wait(10 * time.Second); code != 0 {
			t.Errorf("lb%d ended with %d", i+1, code)
		}
		if p.lb[i].HasAddr(vip) {
			t.Errorf("lb%d keeps %v", i+1, p.lb[i].Addrs())
		}
	}
}
