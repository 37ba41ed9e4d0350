// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/control"
	"vipward/internal/lab"
)

// watched is a pair whose first node has a local API.
type watched struct {
	*pair
	socket string
	client *control.Client
}

func newWatched(t *testing.T, v instance) *watched {
	t.Helper()
	dir, err := os.MkdirTemp("", "vipward-e2e-*") // short: the name of a socket has 107 characters
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	w := &watched{pair: newPair(t), socket: filepath.Join(dir, "api", "s")}
	w.client = control.NewClient(w.socket)
	configs := both(v)
	w.daemon[0] = lab.StartDaemon(w.lb[0], lab.Vipward, configs[0], "--control", w.socket)
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

// Whatever happens at the socket, the master stays master and its adverts go on.
func TestControlUnderAttack(t *testing.T) {
	t.Parallel()
	w := newWatched(t, instance{version: 3, advert: "0.2"})
	before := len(w.wire.Adverts())
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	attacks := []func(context.Context, string) error{slowHeaders, deafListener, floodOfQuestions, giantBody}
	var g errgroup.Group
	for _, attack := range attacks {
		g.Go(func() error {
			for ctx.Err() == nil {
				_ = attack(ctx, w.socket) // the daemon hangs up on some of them, as it should
			}
			return nil
		})
	}
	_ = g.Wait() // it has no error
	if who := speakers(w.wire.Adverts()[before:]); len(who) != 1 || who[0].String() != nodeAddr[0] {
		t.Errorf("masters in turn: %v, want %s alone", who, nodeAddr[0])
	}
	lab.Wait(t, patient, "an answer after the attack", func() error {
		_, err := w.client.State(t.Context())
		return err
	})
	for _, line := range w.daemon[0].All() {
		if strings.Contains(line, "Respawning") {
			t.Errorf("a child died: %s", line)
		}
	}
}

// slowHeaders opens connections and says a little on each.
func slowHeaders(_ context.Context, socket string) error {
	var all []net.Conn
	defer func() {
		for _, c := range all {
			_ = c.Close()
		}
	}()
	for range 200 {
		c, err := net.Dial("unix", socket)
		if err != nil {
			return err
		}
		all = append(all, c)
		if _, err := io.WriteString(c, "GET /v1/status HTTP/1.1\r\nX-"); err != nil {
			return err
		}
	}
	return nil
}

// deafListener asks for events and does not read them.
func deafListener(_ context.Context, socket string) error {
	c, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = io.WriteString(c, "GET /v1/events?since=0 HTTP/1.1\r\nHost: x\r\n\r\n")
	return err
}

// floodOfQuestions asks for everything, again and again.
func floodOfQuestions(ctx context.Context, socket string) error {
	_, err := control.NewClient(socket).State(ctx)
	return err
}

// giantBody sends what nobody wants.
func giantBody(ctx context.Context, socket string) error {
	dial := func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", socket) }
	c := &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	q, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://x/v1/real-servers", strings.NewReader(strings.Repeat("[", 1<<20)))
	if err != nil {
		return err
	}
	resp, err := c.Do(q)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode < 400 {
		return fmt.Errorf("a giant body was answered with %s", resp.Status)
	}
	return errors.New(resp.Status)
}
