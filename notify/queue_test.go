// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// stage runs scripts of a play: each takes the time that its name says.
type stage struct {
	mu    sync.Mutex // guards lines
	lines []string
	began time.Time
	log   logLines
}

func newStage() (*stage, *Queue) {
	s := &stage{began: time.Now()}
	return s, newQueue(s.run, s.log.logger())
}

func (s *stage) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, fmt.Sprintf("%v ", time.Since(s.began))+fmt.Sprintf(format, args...))
}

func (s *stage) run(ctx context.Context, c Command) Result {
	took, err := time.ParseDuration(c.Args[0])
	if err != nil {
		return Result{Err: err}
	}
	s.note("begin %s", c)
	select {
	case <-time.After(took):
		s.note("end %s", c)
		return Result{}
	case <-ctx.Done():
		s.note("end %s by force", c)
		return Result{Err: context.Cause(ctx)}
	}
}

// sort puts what was at the same time into an order.
func (s *stage) sort() {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.lines)
}

func (s *stage) check(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if diff := cmp.Diff(want, s.lines); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestLimit keeps to so many keys at work. Of a key in line the newest job is run.
func TestLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, q := newStage()
		q.Limit(2)
		for _, key := range []string{"a", "b", "c", "d"} {
			q.Add(job(key, "DOWN", "1s "+key))
		}
		q.Add(job("a", "UP", "1s a again")) // at work, so behind the other
		q.Add(job("c", "UP", "2s c newer"))
		q.Add(job("c", "DOWN", "1s c newest"))
		time.Sleep(10 * time.Second)
		s.sort()
		s.check(t,
			"0s begin 1s a", "0s begin 1s b", "1s begin 1s a again", "1s begin 1s c newest", "1s end 1s a", "1s end 1s b",
			"2s begin 1s d", "2s end 1s a again", "2s end 1s c newest", "3s end 1s d",
		)
		want := []string{"notify scripts of 2 changes skipped: too many at once, the last of each was run"}
		if diff := cmp.Diff(want, s.warnings()); diff != "" {
			t.Errorf("warnings (-want +got)\n%s", diff)
		}
		q.Add(job("e", "DOWN", "1s e"))
		q.Drain()
		if n := len(q.waiting) + len(q.inLine) + q.atWork; n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}

// TestLimitAtStop: the line goes on while the stop has time, and is given up together.
func TestLimitAtStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, q := newStage()
		q.Limit(1)
		for i := range 10 {
			q.Add(job(fmt.Sprint("key ", i), "DOWN", fmt.Sprintf("900ms %d", i)))
		}
		q.Drain()
		if took := time.Since(s.began); took > 4*time.Second {
			t.Errorf("the stop took %s", took)
		}
		began := 0
		for _, line := range s.lines {
			began += strings.Count(line, "begin")
		}
		if began != 3 {
			t.Errorf("%d began, want those of 2.5 s: %q", began, s.lines)
		}
		want := []string{"notify scripts of 7 changes skipped: the daemon stops"}
		if got := s.warnings(); !slices.Equal(got[len(got)-1:], want) {
			t.Errorf("warnings %q, want %q at the end", got, want)
		}
	})
}

// warnings are the lines of level Warn.
func (s *stage) warnings() []string {
	var list []string
	for _, line := range s.log.all() {
		if msg, ok := strings.CutPrefix(line, "level=WARN msg="); ok {
			list = append(list, strings.Trim(msg, `"`))
		}
	}
	return list
}

func job(key, state string, commands ...string) Job {
	j := Job{Key: key, State: state}
	for _, c := range commands {
		j.Commands = append(j.Commands, Command{Args: strings.Fields(c)})
	}
	return j
}

func TestQueueKeepsTheOrderOfAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, q := newStage()
		q.Add(job("(VI_1)", "BACKUP", "2s notify_backup", "1s notify BACKUP"))
		q.Add(job("(VI_1)", "MASTER", "0s notify_master", "0s notify MASTER"))
		time.Sleep(5 * time.Second)
		q.Drain()
		s.check(t,
			"0s begin 2s notify_backup", "2s end 2s notify_backup",
			"2s begin 1s notify BACKUP", "3s end 1s notify BACKUP",
			"3s begin 0s notify_master", "3s end 0s notify_master",
			"3s begin 0s notify MASTER", "3s end 0s notify MASTER")
	})
}

func TestQueueRunsKeysSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, q := newStage()
		q.Add(job("(VI_1)", "BACKUP", "2s one"))
		time.Sleep(time.Second)
		q.Add(job("(VI_2)", "BACKUP", "2s two"))
		time.Sleep(5 * time.Second)
		q.Drain()
		s.check(t, "0s begin 2s one", "1s begin 2s two", "2s end 2s one", "3s end 2s two")
	})
}

// TestQueueSkipsTheMiddle: when scripts are slower than the states change, what is run last
// is the state that holds.
func TestQueueSkipsTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, q := newStage()
		const jobs = waitingLimit + 3 // one runs, so that two are too many
		for i := range jobs {
			q.Add(job("(VI_1)", fmt.Sprintf("S%d", i), fmt.Sprintf("1s %d", i)))
			synctest.Wait()
		}
		time.Sleep(jobs * time.Second)
		q.Drain()
		var want []string
		at := 0
		for i := range jobs {
			if i == 1 || i == 2 {
				continue
			}
			want = append(want, fmt.Sprintf("%ds begin 1s %d", at, i), fmt.Sprintf("%ds end 1s %d", at+1, i))
			at++
		}
		s.check(t, want...)
		wantWarnings := []string{
			"(VI_1) skipping the notify scripts for S1: scripts take too long",
			"(VI_1) skipping the notify scripts for S2: scripts take too long",
		}
		if diff := cmp.Diff(wantWarnings, s.warnings()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// TestQueueGoesOnAfterALongScript: it is not ended, but the next states do not wait for it.
func TestQueueGoesOnAfterALongScript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, q := newStage()
		q.Add(job("(VI_1)", "MASTER", "90s slow"))
		q.Add(job("(VI_1)", "BACKUP", "1s next"))
		time.Sleep(100 * time.Second)
		q.Drain()
		s.check(t, "0s begin 90s slow", "1m0s begin 1s next", "1m1s end 1s next", "1m30s end 90s slow")
		want := []string{"(VI_1) notify script 90s for MASTER is still running - not waiting for it any longer"}
		if diff := cmp.Diff(want, s.warnings()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestQueueDrain(t *testing.T) {
	const skipped, forced = "(VI_1) skipping the notify scripts for %s: the daemon stops", "(VI_1) notify script %s for %s: ended since the daemon stops"
	tests := []struct {
		name string
		jobs []Job
		want []string
		said []string // warnings, and what was ended by force
	}{
		{name: "nothing to do"},
		{
			name: "waits for the last",
			jobs: []Job{job("(VI_1)", "BACKUP", "100ms a"), job("(VI_1)", "STOP", "200ms stop")},
			want: []string{"0s begin 100ms a", "100ms end 100ms a", "100ms begin 200ms stop", "300ms end 200ms stop"},
		},
		{
			name: "the last does not wait for others longer than half a second",
			jobs: []Job{job("(VI_1)", "MASTER", "1h a"), job("(VI_1)", "STOP", "900ms stop")},
			want: []string{"0s begin 1h a", "500ms begin 900ms stop", "1.4s end 900ms stop", "1.4s end 1h a by force"},
			said: []string{fmt.Sprintf(forced, "1h", "MASTER")},
		},
		{
			name: "the last has a second",
			jobs: []Job{job("(VI_1)", "STOP", "900ms stop", "2h stop")},
			want: []string{"0s begin 900ms stop", "900ms end 900ms stop", "900ms begin 2h stop", "1.9s end 2h stop by force"},
			said: []string{fmt.Sprintf(forced, "2h", "STOP")},
		},
		{
			name: "all but the last are skipped when it has to begin",
			jobs: []Job{job("(VI_1)", "MASTER", "1h a", "0s generic"), job("(VI_1)", "BACKUP", "0s b"), job("(VI_1)", "FAULT", "0s c"), job("(VI_1)", "STOP", "0s stop")},
			want: []string{"0s begin 1h a", "500ms begin 0s stop", "500ms end 0s stop", "500ms end 1h a by force"},
			said: []string{
				fmt.Sprintf(skipped, "MASTER"), fmt.Sprintf(skipped, "BACKUP"), fmt.Sprintf(skipped, "FAULT"),
				fmt.Sprintf(forced, "1h", "MASTER"),
			},
		},
		{
			name: "all programs of the last are started",
			jobs: []Job{job("(VI_1)", "STOP", "1h notify_stop", "400ms notify")},
			want: []string{"0s begin 1h notify_stop", "1s begin 400ms notify", "1.4s end 400ms notify", "1.4s end 1h notify_stop by force"},
			said: []string{fmt.Sprintf(forced, "1h", "STOP")},
		},
		{
			name: "in all two and a half seconds",
			jobs: []Job{job("(VI_1)", "MASTER", "1h a"), job("(VI_1)", "STOP", "1h b", "1h c", "1h d")},
			want: []string{
				"0s begin 1h a", "500ms begin 1h b", "1.5s begin 1h c", "2.5s begin 1h d",
				"2.5s end 1h a by force", "2.5s end 1h b by force", "2.5s end 1h c by force", "2.5s end 1h d by force",
			},
			said: []string{
				fmt.Sprintf(forced, "1h", "MASTER"), fmt.Sprintf(forced, "1h", "STOP"), fmt.Sprintf(forced, "1h", "STOP"), fmt.Sprintf(forced, "1h", "STOP"),
			},
		},
		{
			name: "longer while others come to their end",
			jobs: []Job{job("(VI_1)", "STOP", "1900ms slow"), job("(VI_2)", "STOP", "950ms other")},
			want: []string{"0s begin 1900ms slow", "0s begin 950ms other", "950ms end 950ms other", "1.9s end 1900ms slow"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, q := newStage()
				for _, j := range tt.jobs {
					q.Add(j)
				}
				synctest.Wait()
				q.Drain()
				slices.Sort(s.lines) // of one moment the order is not defined
				slices.Sort(tt.want)
				s.check(t, tt.want...)
				var said []string
				for _, line := range s.log.all() {
					if !strings.HasPrefix(line, "level=DEBUG") {
						_, text, _ := strings.Cut(line, "msg=")
						said = append(said, strings.Trim(text, `"`))
					}
				}
				slices.Sort(said)
				slices.Sort(tt.said)
				if diff := cmp.Diff(tt.said, said); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		})
	}
}

func TestQueueAfterDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, q := newStage()
		q.Drain()
		q.Drain()
		q.Add(job("(VI_1)", "MASTER", "0s a"))
		synctest.Wait()
		s.check(t)
		want := []string{"(VI_1) skipping the notify scripts for MASTER: the daemon stops"}
		if diff := cmp.Diff(want, s.warnings()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestQueueWithoutCommandsDoesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, q := newStage()
		q.Add(job("(VI_1)", "MASTER"))
		if len(q.waiting) != 0 {
			t.Error("an empty job waits")
		}
		q.Drain()
	})
}

func TestQueueLogsResults(t *testing.T) {
	t.Parallel()
	var log logLines
	results := []Result{{Output: "unseen"}, {Status: 2, Output: "cannot\n\nfind it\n"}, {Signal: 9}, {Err: errors.New("start /x: no such file")}}
	q := newQueue(func(_ context.Context, c Command) Result { return results[len(c.Args)-1] }, log.logger())
	for i := range results {
		c := Command{Path: "/x", Args: make([]string, i+1)}
		q.Add(Job{Key: "(VI_1)", State: "MASTER", Commands: []Command{c}})
	}
	q.Drain()
	want := []string{
		`level=DEBUG msg="(VI_1) notify script /x for MASTER: exited with status 0"`,
		`level=INFO msg="(VI_1) notify script /x for MASTER: exited with status 2"`,
		`level=INFO msg="(VI_1) notify script /x for MASTER said: cannot"`,
		`level=INFO msg="(VI_1) notify script /x for MASTER said: find it"`,
		`level=INFO msg="(VI_1) notify script /x for MASTER: due to signal 9"`,
		`level=INFO msg="(VI_1) notify script /x for MASTER: start /x: no such file"`,
	}
	if diff := cmp.Diff(want, log.all()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestQueueRunsPrograms is the whole way, with real programs.
func TestQueueRunsPrograms(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	var log logLines
	q := NewQueue(r, log.logger())
	file := t.TempDir() + "/log"
	c := script(t, `echo "$@" >> `+file)
	q.Add(Job{Key: "(VI_1)", State: "BACKUP", Commands: []Command{c, c.With("INSTANCE", "VI_1", "BACKUP", "100")}})
	q.Add(Job{Key: "(VI_1)", State: "MASTER", Commands: []Command{c.With("INSTANCE", "VI_1", "MASTER", "100")}})
	eventually(t, "all calls", func() bool { b, _ := os.ReadFile(file); return strings.Count(string(b), "\n") == 3 })
	q.Drain()
	if diff := cmp.Diff("\nINSTANCE VI_1 BACKUP 100\nINSTANCE VI_1 MASTER 100\n", read(t, file)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
