// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// recorder is a hook script that writes its arguments into a file, one line a call.
type recorder struct {
	t      *testing.T
	script string
	file   string
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	dir := t.TempDir()
	r := &recorder{t: t, script: filepath.Join(dir, "hook.sh"), file: filepath.Join(dir, "calls")}
	text := fmt.Sprintf("#!/bin/sh\necho \"$*\" >>%s\n", r.file)
	if err := os.WriteFile(r.script, []byte(text), 0o755); err != nil { //nolint:gosec // a script must be executable
		t.Fatal(err)
	}
	return r
}

// calls returns the recorded lines.
func (r *recorder) calls() []string {
	b, err := os.ReadFile(r.file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		r.t.Fatal(err)
	}
	return strings.FieldsFunc(string(b), func(c rune) bool { return c == '\n' })
}

// wait waits for exactly these calls, in order.
func (r *recorder) wait(want ...string) {
	r.t.Helper()
	lab.Wait(r.t, patient, "calls of the hook script", func() error {
		if diff := cmp.Diff(want, r.calls()); diff != "" {
			return errors.New("(-want +got)\n" + diff)
		}
		return nil
	})
}

// TestNotifyScripts follows one node through all states: each change calls the script of
// the state and then the general one, in order, with the reference's arguments.
func TestNotifyScripts(t *testing.T) {
	t.Parallel()
	hook := newRecorder(t)
	var extra strings.Builder
	for _, state := range []string{"master", "backup", "fault", "stop"} {
		fmt.Fprintf(&extra, "  notify_%s \"%s now %s\"\n", state, hook.script, state)
	}
	fmt.Fprintf(&extra, "  notify \"%s general\"\n", hook.script)
	lb := lab.NewNet(t).Host("lb1", nodeAddr[0]+"/24")
	d := lab.StartDaemon(lb, lab.Vipward, instance{version: 3, advert: "0.2", extra: extra.String()}.String())
	var want []string
	expect := func(states ...string) {
		t.Helper()
		for _, state := range states {
			want = append(want, "now "+state, fmt.Sprintf("general INSTANCE VI_1 %s 150", strings.ToUpper(state)))
		}
		hook.wait(want...)
	}
	expect("backup", "master")
	lb.LinkDown("eth0")
	expect("fault")
	lb.LinkUp("eth0")
	expect("backup", "master")
	if code := d.Stop(); code != 0 {
		t.Errorf("stopped with exit status %d", code)
	}
	expect("stop")
}

// TestHangingScriptDoesNotDelayAdverts has a hook that never ends: the node stays master
// and goes on speaking, and the stop is not held up.
func TestHangingScriptDoesNotDelayAdverts(t *testing.T) {
	t.Parallel()
	hang := "  notify \"/usr/bin/sleep 1000\"\n"
	p := newPair(t)
	p.start(twoVipwards, both(instance{version: 3, advert: "0.2", extra: hang}))
	before, mark := len(p.wire.Adverts()), p.daemon[1].Mark()
	lab.Wait(t, patient, "ten more adverts", func() error {
		if n := len(p.wire.Adverts()) - before; n < 10 {
			return fmt.Errorf("%d so far", n)
		}
		return nil
	})
	if n := p.daemon[1].Count(mark, `MASTER STATE`); n != 0 {
		t.Errorf("the backup became master %d times", n)
	}
	if code := p.daemon[0].Stop(); code != 0 {
		t.Errorf("stopped with exit status %d", code)
	}
	p.waitHolder(1)
}
