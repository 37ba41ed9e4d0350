// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// harmTables lets another program change what is in the tables of two daemons. Each looks at its
// table every 30 seconds; verify is to be called when some time has passed, with what else there was to do.
func harmTables(t *testing.T) (verify func(*testing.T)) {
	t.Helper()
	cleared, changed := newHarmed(t), newHarmed(t)
	cleared.harm("-C", "-A -u 10.9.0.77:53 -s wrr")
	changed.harm(
		"-D -t 10.9.0.1:80",                           // a service
		"-d -t 10.9.0.2:80 -r 192.0.2.51:80",          // a server
		"-e -t 10.9.0.3:80 -r 192.0.2.51:80 -m -w 77", // a weight
		"-E -t 10.9.0.4:80 -s wlc",                    // a scheduler
		"-a -t 10.9.0.4:80 -r 127.0.0.77:80 -m -w 1",  // a server more
		"-A -u 10.9.0.77:53 -s wrr",                   // what is not ours
	)
	return func(t *testing.T) {
		cleared.undone(t, 12) // 4 services, 8 servers
		changed.undone(t, 7)  // the server of the service is one, and its service
	}
}

// harmed is a daemon whose table another program changes.
type harmed struct {
	lb     *lab.Host
	daemon *lab.Daemon
	table  []string // as it is to be
	at     time.Time
}

func newHarmed(t *testing.T) *harmed {
	t.Helper()
	h := &harmed{lb: lab.NewHost(t, "lb")}
	var config strings.Builder
	for n := range 4 {
		at := fmt.Sprintf("10.9.0.%d", n+1)
		config.WriteString(strings.Replace(unchecked, vip, at, 1))
		h.table = append(h.table, "-A -t "+at+":80 -s rr")
		for _, server := range []string{"192.0.2.51", "192.0.2.52"} {
			h.table = append(h.table, "-a -t "+at+":80 -r "+server+":80 -m -w 1")
		}
	}
	h.daemon = lab.StartDaemon(h.lb, lab.Vipward, config.String(), "-C")
	waitTable(t, h.lb, h.table...)
	h.daemon.WaitLine(`Startup complete`, patient)
	return h
}

func (h *harmed) harm(commands ...string) {
	for _, c := range commands {
		h.lb.Run(append([]string{"ipvsadm"}, strings.Fields(c)...)...)
	}
	h.table = append(h.table, "-A -u 10.9.0.77:53 -s wrr")
	h.at = time.Now()
}

// undone waits until all is as it was but for what is not ours, and was told once.
func (h *harmed) undone(t *testing.T, changes int) {
	t.Helper()
	const every = 30 * time.Second
	h.daemon.WaitLine(fmt.Sprintf(`IPVS: another program had changed the table; %d changes were undone`, changes), every+2*patient-time.Since(h.at))
	if diff := cmp.Diff(slices.Sorted(slices.Values(h.table)), slices.Sorted(slices.Values(table(h.lb)))); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	if n := h.daemon.Count(0, `another program had changed`); n != 1 {
		t.Errorf("told %d times", n)
	}
}
