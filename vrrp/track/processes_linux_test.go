// SPDX-License-Identifier: Apache-2.0

package track

import (
	"context"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
)

// processRig watches processes and remembers what was told.
type processRig struct {
	mu   sync.Mutex // guards told
	t    *testing.T
	told []string
	newC chan struct{}
	log  strings.Builder // to be read when the watch has ended
}

// watchProcesses watches by events (which it skips without), or by looking.
func watchProcesses(t *testing.T, way string, trackers ...ProcessTracker) *processRig {
	t.Helper()
	if way == "events" {
		openForTest(t, 0)
	}
	r := &processRig{t: t, newC: make(chan struct{}, 1)}
	log := slog.New(slog.NewTextHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w := &ProcessWatch{Trackers: trackers, Log: log, Emit: r.tell}
	ctx, cancel := context.WithCancel(context.Background())
	var g errgroup.Group
	g.Go(func() error {
		if way == "events" {
			return w.Run(ctx)
		}
		w.begin()
		return w.poll(ctx)
	})
	t.Cleanup(func() {
		cancel()
		if err := g.Wait(); err != nil {
			t.Errorf("watch: %v", err)
		}
	})
	r.await(len(trackers))
	return r
}

func (r *processRig) tell(changes []ProcessChange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range changes {
		r.told = append(r.told, fmt.Sprintf("%s %v", c.Name, c.Up))
	}
	select {
	case r.newC <- struct{}{}:
	default:
	}
}

func (r *processRig) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.told...)
}

// await waits for n changes.
func (r *processRig) await(n int) {
	r.t.Helper()
	late := time.After(patience)
	for len(r.all()) < n {
		select {
		case <-r.newC:
		case <-late:
			r.t.Fatalf("only %v", r.all())
		}
	}
}

// said waits for all that has to be told, in order.
func (r *processRig) said(want ...string) {
	r.t.Helper()
	r.await(len(want))
	if diff := gocmp.Diff(want, r.all()); diff != "" {
		r.t.Fatalf("told (-want +got):\n%s", diff)
	}
}

// TestProcesses follows processes by events and by looking: what runs already, what starts,
// what ends, and what a name or a parameter selects.
func TestProcesses(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"events", "looking"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			name := ownName()
			path := program(t, name)
			_, endFirst := run(t, path)
			one := Quorum{Min: 1, Max: -1}
			r := watchProcesses(t, way,
				ProcessTracker{"name", ProcessMatch{Args: []string{name}}, one},
				ProcessTracker{"two", ProcessMatch{Args: []string{name}}, Quorum{Min: 2, Max: -1}},
				ProcessTracker{"full", ProcessMatch{Args: []string{path, "1000", "7"}, Full: true}, one},
			)
			told := []string{"name true", "two false", "full false"}
			more := func(want ...string) {
				t.Helper()
				told = append(told, want...)
				r.said(told...)
			}
			more()
			_, endSecond := run(t, path, "7")
			more("two true", "full true")
			endFirst()
			more("two false")
			_, endThird := run(t, path, "8")
			more("two true")
			endSecond()
			more("two false", "full false")
			endThird()
			more("name false")
		})
	}
}

// TestProcessesRename: a process may take the name later.
func TestProcessesRename(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"events", "looking"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			name := ownName()
			r := watchProcesses(t, way, tracker("p", name, Quorum{Min: 1, Max: -1}))
			r.said("p false")
			cmd := exec.Command("/bin/sh", "-c", "read x; printf "+name+" > /proc/$$/comm; read x")
			in, err := cmd.StdinPipe()
			must(t, err)
			must(t, cmd.Start())
			_, err = in.Write([]byte("now\n"))
			must(t, err)
			r.said("p false", "p true")
			must(t, in.Close())
			_ = cmd.Wait() // read fails at the end of the input
			r.said("p false", "p true", "p false")
		})
	}
}

// TestProcessesTerminateDelay: a restart within the delay is no loss.
func TestProcessesTerminateDelay(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"events", "looking"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			name := ownName()
			path := program(t, name)
			_, end := run(t, path)
			r := watchProcesses(t, way,
				ProcessTracker{"slow", ProcessMatch{Args: []string{name}}, Quorum{Min: 1, Max: -1, ExitDelay: 2 * time.Second}},
				ProcessTracker{"quick", ProcessMatch{Args: []string{name}}, Quorum{Min: 1, Max: -1}})
			told := []string{"slow true", "quick true"}
			r.said(told...)
			end()
			told = append(told, "quick false")
			r.said(told...)
			_, end = run(t, path)
			told = append(told, "quick true")
			r.said(told...)
			end()
			told = append(told, "quick false", "slow false")
			r.said(told...)
		})
	}
}

// TestProcessesZombie: who has ended and was not waited for does not run.
func TestProcessesZombie(t *testing.T) {
	t.Parallel()
	name := ownName()
	path := program(t, name)
	cmd := exec.Command(path, "1000")
	must(t, cmd.Start())
	trackers := []ProcessTracker{tracker("p", name, Quorum{Min: 1, Max: -1})}
	r := watchProcesses(t, "looking", trackers...)
	r.said("p true")
	must(t, cmd.Process.Kill())
	r.said("p true", "p false")
	ups, err := CountProcesses(trackers)
	must(t, err)
	if ups["p"] {
		t.Error("a zombie counts")
	}
	_ = cmd.Wait()
	if got := r.all(); len(got) != 2 {
		t.Errorf("told %v", got)
	}
}

// TestCountProcesses sees what runs now.
func TestCountProcesses(t *testing.T) {
	t.Parallel()
	name := ownName()
	_, end := run(t, program(t, name))
	trackers := []ProcessTracker{
		tracker("one", name, Quorum{Min: 1, Max: -1}),
		tracker("two", name, Quorum{Min: 2, Max: -1}),
		tracker("none", name, Quorum{Max: 0}),
	}
	for _, want := range []map[string]Up{
		{"one": true, "two": false, "none": false},
		{"one": false, "two": false, "none": true},
	} {
		got, err := CountProcesses(trackers)
		must(t, err)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		end()
	}
}

// TestProcessesElsewhere: where the kernel tells nothing, Run looks, and says so.
func TestProcessesElsewhere(t *testing.T) {
	t.Parallel()
	name := ownName()
	var text strings.Builder
	var got []ProcessChange
	inNewNamespace(t, func() {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		w := &ProcessWatch{
			Trackers: []ProcessTracker{tracker("p", name, Quorum{Min: 1, Max: -1})},
			Log:      slog.New(slog.NewTextHandler(&text, nil)),
			Emit: func(changes []ProcessChange) {
				got = append(got, changes...)
				cancel()
			},
		}
		if err := w.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	if diff := gocmp.Diff([]ProcessChange{{"p", false}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.Contains(text.String(), "Tracked processes are looked for every 500ms: the kernel tells no process events here (") || strings.Contains(text.String(), `\n`) {
		t.Errorf("log: %s", text.String())
	}
}
