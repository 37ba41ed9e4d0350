// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vipward/control"
	"vipward/internal/lab"
)

// watched is a pair whose first node has a local API.
type watched struct {
	*pair
	socket string
	client *control.Client
}

func newWatched(t *testing.T, v instance, options ...string) *watched {
	t.Helper()
	dir, err := os.MkdirTemp("", "vipward-e2e-*") // short: the name of a socket has 107 characters
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	w := &watched{pair: newPair(t), socket: filepath.Join(dir, "api", "s")}
	w.client = control.NewClient(w.socket)
	configs := both(v)
	w.daemon[0] = lab.StartDaemon(w.lb[0], lab.Vipward, configs[0], append(options, "--control", w.socket)...)
	w.daemon[1] = lab.StartDaemon(w.lb[1], lab.Vipward, configs[1])
	w.daemon[1].WaitLine(`Entering BACKUP STATE`, patient)
	w.daemon[0].WaitLine(`Entering MASTER STATE`, patient)
	w.waitHolder(0)
	return w
}

// vipward runs a command of the command line against the first node.
func (w *watched) vipward(args ...string) (string, error) {
	cmd := exec.CommandContext(w.t.Context(), lab.Vipward(w.t), append(args, "--control", w.socket)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// An operator hands the mastership over and takes it back. The backup takes over while the
// master still serves, so that there is never nobody; without a backup nothing happens.
func TestControlFailover(t *testing.T) {
	t.Parallel()
	w := newWatched(t, instance{version: 3, advert: "0.2"})
	before := len(w.wire.Adverts())
	out, err := w.vipward("failover", "VI_1")
	if err != nil || !strings.Contains(out, nodeAddr[1]+" is master now") {
		t.Fatalf("failover: %v\n%s", err, out)
	}
	w.waitHolder(1)
	for _, a := range w.wire.Adverts()[before:] {
		if a.Priority == 0 {
			t.Errorf("%s said priority 0: there was a moment without a master", a.Src)
		}
	}
	out, err = w.vipward("status")
	if err != nil || !strings.Contains(out, "BACKUP  1 (150)") || !strings.Contains(out, nodeAddr[1]+" (100)") {
		t.Errorf("status: %v\n%s", err, out)
	}
	if out, err = w.vipward("explain", "VI_1"); err != nil || !strings.Contains(out, "an operator made it rest") {
		t.Errorf("explain: %v\n%s", err, out)
	}
	if out, err = w.vipward("maintenance", "VI_1", "off"); err != nil {
		t.Fatalf("maintenance: %v\n%s", err, out)
	}
	w.waitHolder(0)

	w.daemon[1].KillTree()
	out, err = w.vipward("failover", "VI_1")
	if err == nil || !strings.Contains(out, "no other router took over VI_1") {
		t.Errorf("failover without a backup: %v\n%s", err, out)
	}
	if !w.lb[0].HasAddr(vip) {
		t.Error("the VIP is gone")
	}
	w.wire.WaitAdvert("the own priority again", patient, func(a lab.Advert) bool {
		return a.Src.String() == nodeAddr[0] && a.Priority == 150
	})
	if out, err = w.vipward("events", "--once"); err != nil || !strings.Contains(out, "VI_1: MASTER -> BACKUP") || !strings.Contains(out, "failover VI_1: done") {
		t.Errorf("events: %v\n%s", err, out)
	}
}
