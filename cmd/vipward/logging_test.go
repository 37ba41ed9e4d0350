// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/watchdog"
)

// memory keeps entries.
type memory struct {
	mu      sync.Mutex
	entries []entry
	gate    chan struct{} // if not nil, each write waits for it
}

func (m *memory) write(e entry) {
	if m.gate != nil {
		<-m.gate
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries = append(m.entries, e)
}

func (m *memory) texts() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for _, e := range m.entries {
		out = append(out, fmt.Sprintf("%d %s", e.severity, e.text))
	}
	return out
}

// secret is a value that must not be printed as it is.
type secret string

func (secret) LogValue() slog.Value { return slog.StringValue("********") }

func TestLogLines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		log  func(*slog.Logger)
		want []string
	}{
		{"plain", func(l *slog.Logger) { l.Info("(VI_1) Entering MASTER STATE") }, []string{"6 (VI_1) Entering MASTER STATE"}},
		{"detail is info", func(l *slog.Logger) { l.Debug("(VI_1) setting VIPs.") }, []string{"6 (VI_1) setting VIPs."}},
		{"warning", func(l *slog.Logger) { l.Warn("w") }, []string{"4 w"}},
		{"error", func(l *slog.Logger) { l.Error("e") }, []string{"3 e"}},
		{"alert", func(l *slog.Logger) { l.Log(t.Context(), watchdog.LevelAlert, "a") }, []string{"1 a"}},
		{"attributes", func(l *slog.Logger) { l.Info("m", "n", 1, "err", errors.New("no way"), "e", "") }, []string{`6 m n=1 err="no way" e=""`}},
		{"with and groups", func(l *slog.Logger) {
			l.With("a", 1).WithGroup("g").With("b", 2).Info("m", "c", 3, slog.Group("h", "d", 4), slog.Group("", "e", 5))
			l.Info("unchanged")
		}, []string{"6 m a=1 g.b=2 g.c=3 g.h.d=4 g.e=5", "6 unchanged"}},
		{"secret", func(l *slog.Logger) { l.Info("m", "pass", secret("d0ck3r")) }, []string{"6 m pass=********"}},
		{"no attribute", func(l *slog.Logger) { l.Info("m", slog.Attr{}) }, []string{"6 m"}},
		{"one line stays one line", func(l *slog.Logger) { l.Info("a\nb\x1b[31m\x00", "k", "x\ny") }, []string{`6 a\nb\x1b[31m\x00 k="x\ny"`}},
		{"final newline", func(l *slog.Logger) { l.Info("a\n") }, []string{"6 a"}},
		{"broken UTF-8", func(l *slog.Logger) { l.Info("a\xff\nb") }, []string{"6 a\ufffd\\nb"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := &memory{}
			q := newLogQueue(10, m)
			tt.log(slog.New(&lineHandler{queue: q, min: slog.LevelDebug}))
			q.close()
			if diff := cmp.Diff(tt.want, m.texts()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLogLevel(t *testing.T) {
	t.Parallel()
	for _, detail := range []bool{false, true} {
		c := &command{opts: options{console: true, noSyslog: true, detail: detail}}
		var b bytes.Buffer
		c.stderr = &b
		log, flush := c.logger("")
		log.Debug("detail")
		log.Info("plain")
		flush()
		if got := strings.Contains(b.String(), "detail"); got != detail || !strings.Contains(b.String(), "plain") {
			t.Errorf("detail %v: logged %q", detail, b.String())
		}
	}
}

// The form of -l, exactly as keepalived's.
func TestConsole(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	c := &console{w: &b}
	c.write(entry{when: time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC), severity: severityInfo, text: "Startup complete"})
	c.write(entry{when: time.Date(2026, 11, 2, 4, 5, 6, 0, time.UTC), severity: severityInfo, text: "Stopping"})
	c.flush()
	want := "Sun Nov 22 14:00:00 2026: Startup complete\nMon Nov  2 04:05:06 2026: Stopping\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// countWrites counts the system calls that a writer would make.
type countWrites struct {
	bytes.Buffer
	calls, longest int
}

func (c *countWrites) Write(b []byte) (int, error) {
	c.calls++
	c.longest = max(c.longest, len(b))
	return c.Buffer.Write(b)
}

// Many lines are few writes, of whole lines, in order, and nothing is kept back.
func TestConsoleTogether(t *testing.T) {
	t.Parallel()
	const lines = 1000
	var w countWrites
	q := newLogQueue(lines, &console{w: &w})
	var want strings.Builder
	for i := range lines {
		text := fmt.Sprintf("line %d", i)
		q.post(entry{text: text})
		want.WriteString("Mon Jan  1 00:00:00 0001: " + text + "\n")
	}
	q.close()
	if diff := cmp.Diff(want.String(), w.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if w.longest > consoleRoom {
		t.Errorf("a write of %d bytes", w.longest)
	}
}

// A line longer than that is written as it is.
func TestConsoleLongLine(t *testing.T) {
	t.Parallel()
	var w countWrites
	c := &console{w: &w}
	c.write(entry{text: "short"})
	c.write(entry{text: strings.Repeat("x", 2*consoleRoom)})
	c.flush()
	c.flush()
	if w.calls != 2 || w.longest <= 2*consoleRoom {
		t.Errorf("%d writes, the longest of %d bytes", w.calls, w.longest)
	}
}

// A logger is never held up: what does not fit is dropped, counted, and reported.
func TestQueueFull(t *testing.T) {
	t.Parallel()
	m := &memory{gate: make(chan struct{})}
	q := newLogQueue(2, m)
	log := slog.New(&lineHandler{queue: q})
	for i := range 10 {
		log.Info(fmt.Sprintf("line %d", i))
	}
	// The writer holds at most one, and two wait: at least seven of ten are gone.
	close(m.gate)
	q.close()
	got := m.texts()
	kept := 0
	reported := 0
	for _, text := range got {
		var n int
		if _, err := fmt.Sscanf(text, "4 %d log lines were lost", &n); err == nil {
			reported += n
		} else {
			kept++
		}
	}
	if kept > 3 || kept+reported != 10 {
		t.Errorf("%d lines kept, %d reported as lost, want 10 in all and at most 3 kept:\n%s", kept, reported, strings.Join(got, "\n"))
	}
}

// Details leave room for the lines that programs read.
func TestQueueDropsDetailsFirst(t *testing.T) {
	t.Parallel()
	m := &memory{gate: make(chan struct{})}
	q := newLogQueue(10, m)
	log := slog.New(&lineHandler{queue: q, min: slog.LevelDebug})
	for range 50 {
		log.Debug("detail")
	}
	for range 5 {
		log.Info("Entering MASTER STATE")
	}
	close(m.gate)
	q.close()
	all := strings.Join(m.texts(), "\n")
	if n := strings.Count(all, "Entering MASTER STATE"); n != 5 {
		t.Errorf("%d of 5 lines kept:\n%s", n, all)
	}
	if n := strings.Count(all, "detail"); n < 5 || n > 6 {
		t.Errorf("%d details kept, want half of the queue:\n%s", n, all)
	}
}

// The ring grows by need and keeps the order, wherever its beginning is.
func TestLines(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]int{ // how many are put, then how many taken
		"one by one":       {1, 1, 1, 1, 1, 1},
		"grows":            {linesRoom + 1, 5, 3 * linesRoom, 4 * linesRoom},
		"grows turned":     {linesRoom, 20, 30, 1, 100, 2},
		"to the limit":     {1000, 10, 10, 1000},
		"with room behind": {20, 15, 20, 10, 30, 50},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := lines{limit: 1000}
			put, taken := 0, 0
			for i, n := range steps {
				for range n {
					if i%2 == 0 {
						l.put(entry{severity: put})
						put++
						continue
					}
					e, ok := l.take()
					if want := taken < put; ok != want || ok && e.severity != taken {
						t.Fatalf("step %d: %d, %t, want %d, %t", i, e.severity, ok, taken, want)
					}
					if ok {
						taken++
					}
				}
				if l.n != put-taken || len(l.ring) > l.limit {
					t.Fatalf("step %d: %d lines in %d places, want %d", i, l.n, len(l.ring), put-taken)
				}
			}
		})
	}
}

// Lines that are written in time take no memory but their text.
func TestLogMakesNoGarbage(t *testing.T) { // not parallel: all of the process is counted
	c := &console{w: io.Discard}
	q := &logQueue{writers: []logWriter{c}, moreC: make(chan struct{}, 1), lines: lines{limit: 10}}
	log := &lineHandler{queue: q}
	record := slog.NewRecord(time.Now(), slog.LevelInfo, "a line", 0)
	pieces := testing.AllocsPerRun(1000, func() {
		if err := log.Handle(t.Context(), record); err != nil {
			t.Error(err)
		}
		q.drain()
	})
	if pieces >= 1 {
		t.Errorf("%v allocations a line", pieces)
	}
}

// A writer that is stuck does not keep the process from its end.
func TestQueueCloseStuck(t *testing.T) {
	t.Parallel()
	m := &memory{gate: make(chan struct{})}
	q := newLogQueue(2, m)
	q.post(entry{text: "never"})
	q.close()
	if got := m.texts(); got != nil {
		t.Errorf("written: %q", got)
	}
	close(m.gate)
	<-q.drained
}

// listenSyslog is a logger of the system.
func listenSyslog(t *testing.T, path string) *net.UnixConn {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func readPacket(t *testing.T, conn *net.UnixConn) string {
	t.Helper()
	b := make([]byte, 1000)
	n, err := conn.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

func TestSyslog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	conn := listenSyslog(t, path)
	when := time.Date(2026, 11, 2, 4, 5, 6, 0, time.UTC)
	tests := []struct {
		role     watchdog.Role
		facility int
		severity int
		want     string
	}{
		{"", facilityDaemon, severityInfo, "<30>Nov  2 04:05:06 Keepalived[PID]: text"},
		{watchdog.VRRP, facilityLocal0 + 3, severityInfo, "<158>Nov  2 04:05:06 Keepalived_vrrp[PID]: text"},
		{watchdog.Checker, facilityUser, severityInfo, "<14>Nov  2 04:05:06 Keepalived_healthcheckers[PID]: text"},
		{"", facilityDaemon, severityAlert, "<25>Nov  2 04:05:06 Keepalived[PID]: text"},
	}
	for _, tt := range tests {
		s := newSyslog(path, ident(tt.role), tt.facility)
		s.write(entry{when: when, severity: tt.severity, text: "text"})
		want := strings.ReplaceAll(tt.want, "PID", fmt.Sprint(os.Getpid()))
		if diff := cmp.Diff(want, readPacket(t, conn)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_ = s.conn.Close()
	}
	_ = conn.Close()
}

// A logger that comes back gets the next line, not the one after it.
func TestSyslogRestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	s := newSyslog(path, "x", facilityDaemon)
	s.write(entry{text: "nobody is there"})
	if s.conn != nil || s.retry.IsZero() {
		t.Error("want no connection and a pause")
	}
	s.retry = time.Time{}
	for _, text := range []string{"first", "second"} {
		conn := listenSyslog(t, path)
		s.write(entry{text: text})
		if got := readPacket(t, conn); !strings.HasSuffix(got, ": "+text) {
			t.Errorf("got %q, want %q", got, text)
		}
		_ = conn.Close()
		_ = os.Remove(path)
	}
	_ = s.conn.Close()
}
