// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vipward/internal/lab"
	"vipward/ipvs"

	"github.com/google/go-cmp/cmp"
)

// wire is the kernel's table with a switch: once it is cut nothing reaches the
// kernel, as if the process had been killed.
type wire struct {
	ipvs.Kernel
	mu  sync.Mutex // guards all below
	ops []string
	cut bool
}

func (w *wire) Apply(ops []ipvs.Op) []error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return make([]error, len(ops))
	}
	for _, op := range ops {
		w.ops = append(w.ops, op.String())
	}
	return w.Kernel.Apply(ops)
}

func (w *wire) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	ops := w.ops
	w.ops = nil
	return ops
}

func (w *wire) kill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
}

// live is a child that works on the table of a test host. Its probes are real
// connections to listeners in this process.
type live struct {
	t      *testing.T
	h      *lab.Host
	store  *memory
	log    *journal
	wire   *wire
	reload chan Reload
	asks   chan Ask
	stop   func()
}

// audit asks for a look at the kernel's table, and gives how many changes of others were
// undone so far.
func (l *live) audit() int {
	reply := make(chan View, 1)
	l.asks <- Ask{Audit: true, Reply: reply}
	return (<-reply).Repaired
}

func (l *live) start(config string) {
	l.t.Helper()
	ctx, cancel := context.WithCancel(l.t.Context())
	l.reload, l.asks, l.wire, l.log = make(chan Reload), make(chan Ask), &wire{}, &journal{}
	ready, done := make(chan struct{}), make(chan error, 1)
	env := Env{
		Config: parseConfig(l.t, config), State: l.store, Reload: l.reload, Ask: l.asks, Log: slog.New(l.log),
		Ready: func() { close(ready) },
		Kernel: func() (ipvs.Kernel, error) {
			return l.wire, l.h.Do(func() (err error) {
				l.wire.Kernel, err = ipvs.Open()
				return err
			})
		},
	}
	go func() { done <- Run(ctx, env) }()
	<-ready
	l.stop = func() {
		l.t.Helper()
		cancel()
		if err := <-done; err != nil {
			l.t.Errorf("the child ended with %v", err)
		}
	}
}

// crash ends the child as kill -9 does: the table and the state stay as they
// are.
func (l *live) crash() {
	l.t.Helper()
	l.wire.kill()
	kept := l.store.Load()
	l.stop()
	l.store = &memory{b: kept}
}

func (l *live) switchTo(config string) {
	done := make(chan error, 1)
	l.reload <- Reload{Config: parseConfig(l.t, config), Done: done}
	if err := <-done; err != nil {
		l.t.Errorf("reload: %v", err)
	}
}

// wantTable waits until ipvsadm shows the table.
func (l *live) wantTable(want ...string) {
	l.t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		got := strings.Split(strings.TrimSpace(l.h.Run("ipvsadm", "-Sn")), "\n")
		slices.Sort(got)
		slices.Sort(want)
		diff := cmp.Diff(want, got)
		if diff == "" {
			return
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("table (-want +got):\n%s\n%s", diff, strings.Join(l.log.take(), "\n"))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// accept makes a real server at an address.
func accept(t *testing.T, addr string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	return l
}

// TestRunInKernel leads a child through a life with the real table and real
// connections.
func TestRunInKernel(t *testing.T) {
	if !lab.IPVS(t) {
		return
	}
	one := accept(t, "127.0.0.11:0")
	two := accept(t, "127.0.0.12:0")
	a, b := one.Addr().String(), two.Addr().String()
	config := fmt.Sprintf(`vs 10.9.0.1:80 sorry=127.0.0.99:80
rs %s weight=5 delay=1
rs %s weight=70000 delay=1`, a, b)
	const foreign, service = "-A -u 10.9.0.77:53 -s wrr", "-A -t 10.9.0.1:80 -s rr"
	rsOne := "-a -t 10.9.0.1:80 -r " + a + " -m -w 5"
	rsTwo := "-a -t 10.9.0.1:80 -r " + b + " -m -w 70000"

	l := &live{t: t, h: lab.NewNet(t).Host("lb"), store: &memory{}}
	l.h.Run(append([]string{"ipvsadm"}, strings.Fields(foreign)...)...)
	l.start(config)
	l.wantTable(foreign, service, rsOne, rsTwo)

	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	l.wantTable(foreign, service, rsTwo)
	l.crash()
	l.wantTable(foreign, service, rsTwo)
	l.start(config)
	if ops := l.wire.take(); len(ops) != 0 {
		t.Errorf("a new process after a crash changed the table: %q", ops)
	}
	l.switchTo(strings.Replace(config, "weight=70000", "weight=8", 1))
	rsTwo = "-a -t 10.9.0.1:80 -r " + b + " -m -w 8"
	l.wantTable(foreign, service, rsTwo)
	if diff := cmp.Diff([]string{"-e" + strings.TrimPrefix(rsTwo, "-a")}, l.wire.take()); diff != "" {
		t.Errorf("operations of the reload (-want +got):\n%s", diff)
	}

	l.repairs(a, b, foreign, service, rsTwo)

	if err := two.Close(); err != nil {
		t.Fatal(err)
	}
	l.wantTable(foreign, service, "-a -t 10.9.0.1:80 -r 127.0.0.99:80 -m -w 1")
	accept(t, a)
	l.wantTable(foreign, service, rsOne)
	l.stop()
	l.wantTable(foreign)
}

// repairs lets ipvsadm change what is ours, in every way: each audit undoes it and tells it
// once, and what is foreign stays. down is a server that must not come back with that.
func (l *live) repairs(down, up string, table ...string) {
	l.t.Helper()
	l.log.take()
	const svc, other = "10.9.0.1:80", "10.9.0.77:53"
	repaired := 0
	for _, harm := range []struct {
		what    string
		undone  int
		ipvsadm []string // further commands
	}{
		{"-C", 2, []string{"-A -u " + other + " -s wrr"}},
		{"-D -t " + svc, 2, nil},
		{"-d -t " + svc + " -r " + up, 1, nil},
		{"-e -t " + svc + " -r " + up + " -m -w 77", 1, nil},
		{"-e -t " + svc + " -r " + up + " -m -w 8 -x 5 -y 2", 1, nil},
		{"-E -t " + svc + " -s wlc -p 60", 1, nil},
		{"-a -t " + svc + " -r 127.0.0.77:80 -m -w 1", 1, nil},
		{"-a -t " + svc + " -r " + down + " -m -w 1", 1, nil},
	} {
		for _, line := range append([]string{harm.what}, harm.ipvsadm...) {
			l.h.Run(append([]string{"ipvsadm"}, strings.Fields(line)...)...)
		}
		got := l.audit()
		if got-repaired != harm.undone {
			l.t.Errorf("ipvsadm %s: %d changes were undone, want %d", harm.what, got-repaired, harm.undone)
		}
		if again := l.audit(); again != got {
			l.t.Errorf("ipvsadm %s: the second audit undid %d more", harm.what, again-got)
		}
		repaired = got
		l.wantTable(table...)
		told := 0
		for _, line := range l.log.take() {
			if strings.Contains(line, "another program had changed the table") {
				told++
			}
		}
		if told != 1 {
			l.t.Errorf("ipvsadm %s: told %d times", harm.what, told)
		}
	}
}
