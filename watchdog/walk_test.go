// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// walker does random things to a supervisor and checks what must hold after each.
type walker struct {
	*world
	rnd   *rand.Rand
	ready map[int]bool // pids that said so
	dead  map[int]bool
	steps []string
}

// Whatever happens in whatever order: there is never more than one process of a role, a
// dead one always comes back, reloads end, and a stop ends all within its limit.
func TestRandomWalk(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { walk(t, seed) })
		})
	}
}

func walk(t *testing.T, seed uint64) {
	w := &walker{
		world: newWorld(t, both, nil), rnd: rand.New(rand.NewPCG(seed, 7)),
		ready: make(map[int]bool), dead: make(map[int]bool),
	}
	// Its own source: files are read beside the walk.
	rnd := rand.New(rand.NewPCG(seed, 8))
	w.load = func() (Plan, error) {
		if rnd.IntN(3) == 0 {
			return Plan{}, errors.New("wrong")
		}
		return both, nil
	}
	for range 150 {
		w.step()
		w.check()
	}
	w.calm()
	w.end()
}

// alive lists the processes that run.
func (w *walker) alive() []*fakeProc {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []*fakeProc
	for _, p := range w.procs {
		if !w.dead[p.pid] && !p.killed {
			out = append(out, p)
		}
	}
	return out
}

func (w *walker) did(format string, args ...any) {
	w.steps = append(w.steps, fmt.Sprintf(format, args...))
}

func (w *walker) step() {
	procs := w.alive()
	var p *fakeProc
	if len(procs) > 0 {
		p = procs[w.rnd.IntN(len(procs))]
	}
	switch n := w.rnd.IntN(8); {
	case n == 0:
		w.did("reload")
		w.request(RequestReload)
	case n == 1:
		w.did("dump")
		w.request(RequestDump)
	case n == 2:
		d := time.Duration(w.rnd.IntN(90)) * time.Second
		w.did("sleep %s", d)
		time.Sleep(d)
	case p == nil:
	case n <= 4:
		w.kill(p)
	default:
		w.answer(p)
	}
}

// kill ends a process in a way that is no permanent error.
func (w *walker) kill(p *fakeProc) {
	exits := []Exit{{}, {Signal: 9}, {Code: 3}}
	if w.ready[p.pid] {
		exits = append(exits, Exit{Code: ExitFatal})
	}
	e := exits[w.rnd.IntN(len(exits))]
	w.did("%d ends with %+v", p.pid, e)
	w.dead[p.pid] = true
	p.end(e)
}

// answer makes a process do what it has been asked for and has not answered yet.
func (w *walker) answer(p *fakeProc) {
	if !w.ready[p.pid] {
		w.did("%d is ready", p.pid)
		w.ready[p.pid] = true
		p.say(Message{Kind: Ready})
		return
	}
	w.mu.Lock()
	asked := p.sent
	p.sent = nil
	w.mu.Unlock()
	for _, m := range asked {
		w.did("%d answers %s", p.pid, m.Kind)
		switch m.Kind {
		case Reload:
			p.say(Message{Kind: Reloaded})
		case Dump:
			p.say(Message{Kind: Dump, Payload: []byte("x")})
		case Ready, Reloaded, Stop, Ask, News, Progress, Ping:
			w.t.Errorf("%d was sent %s", p.pid, m.Kind)
		}
	}
}

func (w *walker) check() {
	w.t.Helper()
	count := map[Role]int{}
	for _, p := range w.alive() {
		count[p.role]++
	}
	if count[VRRP] > 1 || count[Checker] > 1 {
		w.t.Fatalf("%d vrrp and %d checker processes; steps: %q", count[VRRP], count[Checker], w.steps)
	}
}

// calm lets everybody answer: then both roles run, and a reload goes through.
func (w *walker) calm() {
	w.t.Helper()
	for range 3 {
		time.Sleep(2 * time.Minute)
		for _, p := range w.alive() {
			w.answer(p) // is ready
			w.answer(p) // answers what came meanwhile
		}
	}
	if n := len(w.alive()); n != 2 {
		w.t.Fatalf("%d processes run after calm, want 2; steps: %q", n, w.steps)
	}
	if last := w.phases[len(w.phases)-1]; last != Running {
		w.t.Errorf("phase %s after calm, want running; steps: %q", last, w.steps)
	}
}

// end stops the daemon; a process may hang.
func (w *walker) end() {
	w.t.Helper()
	start := time.Now()
	w.cancel()
	for _, p := range w.alive() {
		if w.rnd.IntN(3) > 0 {
			w.dead[p.pid] = true
			p.end(Exit{})
		}
	}
	if err := w.wait(); err != nil {
		w.t.Errorf("Run: %v", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		w.t.Errorf("the stop took %s", took)
	}
	if slices.Contains(w.phases[:len(w.phases)-1], Stopping) {
		w.t.Errorf("phases %v: stopping is not the last", w.phases)
	}
}
