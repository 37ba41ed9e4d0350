// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

// dumpSignals are those that write files: data, counters, counters set to zero, JSON.
var dumpSignals = []syscall.Signal{unix.SIGUSR1, unix.SIGUSR2, 63, 36}

// TestSignalStorm sends HUP a hundred times a second from the very start of the master, with all
// dumps among them, while its configuration changes, and through its stop. The backup hears no gap; what
// is in use at the end is the newest file; all dumps are there; nobody is left unreaped.
func TestSignalStorm(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	config := func(n int) string {
		return instance{
			version: 3, advert: "0.2", extra: fmt.Sprintf("  track_script {\n    s%d\n  }\n", n),
			before: fmt.Sprintf("vrrp_script s%d {\n  script /usr/bin/true\n  weight 1\n}\n", n),
		}.String()
	}
	p.daemon[0] = lab.StartDaemon(p.lb[0], lab.Vipward, config(0))
	d := p.daemon[0]
	d.RolePID(lab.Parent) // it hears signals now
	stop := storm(t, d)
	p.daemon[1] = lab.StartDaemon(p.lb[1], lab.Vipward, instance{version: 3, advert: "0.2", node: 1}.String())
	d.WaitLine(`Entering MASTER STATE`, patient)
	p.waitHolder(0)
	mark := p.daemon[1].Mark()
	for n := range 20 {
		d.Write(config(n + 1))
		p.nextAdvert()
	}
	stop()

	last := d.Mark()
	d.Signal(unix.SIGUSR1)
	lab.Wait(t, patient, "the newest configuration", func() error {
		b, err := os.ReadFile(filepath.Join(d.Dir, "keepalived.data"))
		if err == nil && !strings.Contains(string(b), "s20") {
			d.Signal(unix.SIGUSR1)
			err = errors.New("an older one")
		}
		return err
	})
	for _, name := range []string{"keepalived_parent.data", "keepalived.stats", "keepalived.json"} {
		if _, err := os.Stat(filepath.Join(d.Dir, name)); err != nil {
			t.Error(err)
		}
	}
	if dead := zombies(d); len(dead) > 0 {
		t.Errorf("zombies %v", dead)
	}
	if n := p.daemon[1].Count(mark, `MASTER STATE`); n != 0 {
		t.Errorf("the backup missed adverts and became master %d times", n)
	}
	if n := d.Count(0, `Reload complete`); n < 2 {
		t.Errorf("%d reloads, before the end %d", n, d.Count(last, `Reload complete`))
	}

	stop = storm(t, d)
	code := d.Stop()
	stop()
	if code != 0 || p.lb[0].HasAddr(vip) {
		t.Errorf("stopped with %d, addresses %v", code, p.lb[0].Addrs())
	}
}

// storm sends HUP a hundred times a second, and now and then a signal for a dump, until it is
// stopped or the daemon has ended.
func storm(t *testing.T, d *lab.Daemon) (stop func()) {
	t.Helper()
	done := make(chan struct{})
	var g errgroup.Group
	g.Go(func() error {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for n := 0; d.Running(); n++ {
			_ = unix.Kill(d.PID, unix.SIGHUP) // it may have ended just now
			if n%5 == 0 {
				_ = unix.Kill(d.PID, dumpSignals[n/5%len(dumpSignals)])
			}
			select {
			case <-tick.C:
			case <-done:
				return nil
			}
		}
		return nil
	})
	return func() {
		close(done)
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	}
}
