// SPDX-License-Identifier: Apache-2.0

package control

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"vipward/watchdog"
)

// short makes limits that a test can wait for.
func short(s *Server) {
	s.limits.header, s.limits.body, s.limits.idle = 200*time.Millisecond, 300*time.Millisecond, 300*time.Millisecond
	s.limits.event = 300 * time.Millisecond
}

func (r *rig) dial() net.Conn {
	r.t.Helper()
	c, err := net.Dial("unix", r.path)
	must(r.t, err)
	r.t.Cleanup(func() { _ = c.Close() })
	return c
}

// served says whether a client is served now.
func (r *rig) served() error {
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Second)
	defer cancel()
	_, err := r.State(ctx)
	return err
}

// Thousands of connections that say nothing, or a little now and then, cost the memory of a
// few; when their time is over others are served.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	r := start(t, example(), short)
	must(t, r.served())
	before := memory()
	for i := range 3000 {
		c, err := net.Dial("unix", r.path)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer c.Close()
		// Those beyond the limit are closed already, so some of the writes fail.
		_, _ = fmt.Fprintf(c, "GET /v1/status HTTP/1.1\r\nHost: x\r\nX-%d: ", i)
	}
	if n := runtime.NumGoroutine(); n > 10*r.server.limits.conns {
		t.Errorf("%d goroutines", n)
	}
	if grown := memory() - before; grown > 64<<20 {
		t.Errorf("memory grew by %d bytes", grown)
	}
	eventually(t, r.served)
}

// memory is what is in use.
func memory() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// More connections than the limit are closed at once, and the first ones go on.
func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	r := start(t, example(), func(s *Server) { s.limits.conns = 3 })
	first := r.dial()
	_, err := fmt.Fprint(first, "GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n")
	must(t, err)
	reader := bufio.NewReader(first)
	resp, err := http.ReadResponse(reader, nil)
	must(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	must(t, err)
	r.dial()
	r.dial()
	eventually(t, func() error {
		c := r.dial()
		_ = c.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			return fmt.Errorf("one too many: %w, want the end", err)
		}
		return nil
	})
	_, err = fmt.Fprint(first, "GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n")
	must(t, err)
	if resp, err = http.ReadResponse(reader, nil); err != nil || resp.StatusCode != 200 {
		t.Errorf("the first connection: %v, %v", resp, err)
	}
	_ = resp.Body.Close()
}

// Headers and bodies without end are refused before they are read, and so is more than one
// value.
func TestGiants(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, head string
		body       io.Reader
		want       string
	}{
		{"header", "GET /v1 HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", nil, "431"},
		{"path", "GET /" + strings.Repeat("x", 1<<20) + " HTTP/1.1\r\nHost: x\r\n\r\n", nil, "431"},
		{"body", "PUT /v1/real-servers HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n", strings.NewReader(strings.Repeat(" ", 10<<20)), "413"},
		{"body in pieces", "PUT /v1/real-servers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", pieces(4096), "413"},
		{"deep body", "PUT /v1/real-servers HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n", strings.NewReader(strings.Repeat("[", 60000)), "400"},
		{"two values", "PUT /v1/instances/VI_1/maintenance HTTP/1.1\r\nHost: x\r\nContent-Length: 23\r\n\r\n", strings.NewReader(`{"on":true}{"on":false}`), "400"},
		{"rubbish behind", "PUT /v1/instances/VI_1/maintenance HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n", strings.NewReader(`{"on":true}]`), "400"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := example()
			r := start(t, d)
			c := r.dial()
			sent := make(chan struct{})
			go func() { // the server may answer, and stop reading, before all is sent
				defer close(sent)
				_, _ = io.WriteString(c, tt.head)
				if tt.body != nil {
					_, _ = io.Copy(c, tt.body)
				}
			}()
			must(t, c.SetReadDeadline(time.Now().Add(10*time.Second)))
			line, err := bufio.NewReader(c).ReadString('\n')
			must(t, err)
			if !strings.Contains(line, " "+tt.want+" ") {
				t.Errorf("%q, want %s", line, tt.want)
			}
			_ = c.Close()
			<-sent
			if len(d.heard()) > 0 {
				t.Errorf("orders %q", d.heard())
			}
			must(t, r.served())
		})
	}
}

// pieces is a chunked body without end, as far as a test goes.
func pieces(n int) io.Reader {
	return strings.NewReader(strings.Repeat("400\r\n"+strings.Repeat(" ", 0x400)+"\r\n", n))
}

// Large answers that nobody reads are few at a time; who waits for a turn in vain hears so, and
// is served when the others are gone.
func TestLargeAnswers(t *testing.T) {
	t.Parallel()
	const size = 8 << 20
	d := &talker{daemon: *example()}
	d.text = []byte(`"` + strings.Repeat("x", size) + `"`)
	r := start(t, d, func(s *Server) {
		s.large, s.limits.crowd, s.limits.write = make(turnstile, 2), 100*time.Millisecond, time.Hour
		s.checker.keep = 0 // each answer is another one
	})
	before := memory()
	var deaf []net.Conn
	ask := func(n int) {
		for range n {
			c := r.dial()
			_, err := fmt.Fprint(c, "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n")
			must(t, err)
			deaf = append(deaf, c)
		}
	}
	ask(2)
	eventually(t, func() error {
		if n := len(r.server.large); n != 2 {
			return fmt.Errorf("%d large answers are under way", n)
		}
		return nil
	})
	ask(28)
	eventually(t, func() error {
		if code, _ := r.do("GET", "/v1/virtual-servers", ""); code != http.StatusServiceUnavailable {
			return fmt.Errorf("code %d, want a crowd", code)
		}
		return nil
	})
	if grown := memory() - before; grown > 15*size { // others' tests run beside this one
		t.Errorf("memory grew by %d answers", grown/size)
	}
	if code, _ := r.do("GET", "/v1/trackers", ""); code != http.StatusOK {
		t.Errorf("a small answer: code %d", code)
	}
	for _, c := range deaf {
		must(t, c.Close())
	}
	eventually(t, func() error {
		if code, _ := r.do("GET", "/v1/status", ""); code != http.StatusOK {
			return fmt.Errorf("code %d", code)
		}
		return nil
	})
}

// talker is a daemon whose checker says something large.
type talker struct {
	daemon
	text []byte
}

func (d *talker) Ask(ctx context.Context, r watchdog.Role, question []byte) ([]byte, error) {
	if r == watchdog.Checker {
		return bytes.Clone(d.text), nil
	}
	return d.daemon.Ask(ctx, r, question)
}

// What a child said does not stay in memory.
func TestMemoDrops(t *testing.T) {
	t.Parallel()
	m := newMemo(time.Millisecond, func(context.Context) ([]byte, error) { return []byte("large"), nil })
	if v, err := m.get(t.Context()); err != nil || string(v) != "large" {
		t.Errorf("%q, %v", v, err)
	}
	eventually(t, func() error {
		<-m.turn
		defer func() { m.turn <- struct{}{} }()
		if m.value != nil {
			return errors.New("it is still there")
		}
		return nil
	})
}

// A listener that does not read is cut off; the others hear everything.
func TestListenerThatDoesNotRead(t *testing.T) {
	t.Parallel()
	r := start(t, example(), short)
	deaf := r.dial()
	must(t, deaf.(*net.UnixConn).SetReadBuffer(4096))
	_, err := fmt.Fprint(deaf, "GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
	must(t, err)
	eventually(t, func() error {
		if n := r.server.counts.listeners.Load(); n != 1 {
			return fmt.Errorf("%d listeners", n)
		}
		return nil
	})
	before := memory()
	big := bytes.Repeat([]byte("x"), 4000)
	eventually(t, func() error {
		for range 100 {
			r.server.publish("action", "", string(big))
		}
		if r.server.counts.dropped.Load() == 0 {
			return errors.New("it still listens")
		}
		return nil
	})
	if grown := memory() - before; grown > 64<<20 {
		t.Errorf("memory grew by %d bytes", grown)
	}
	eventually(t, func() error {
		if n := r.server.counts.listeners.Load(); n != 0 {
			return fmt.Errorf("%d listeners", n)
		}
		return nil
	})
}

func TestTooManyListeners(t *testing.T) {
	t.Parallel()
	r := start(t, example(), func(s *Server) { s.limits.listeners = 1 })
	r.server.Phase(watchdog.Running) // so that a second listener that is let in hears something
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { first <- r.Events(ctx, 0, func(Event) error { return nil }) }()
	eventually(t, func() error {
		if n := r.server.counts.listeners.Load(); n != 1 {
			return fmt.Errorf("%d listeners", n)
		}
		return nil
	})
	var refused *RefusedError
	err := r.Events(t.Context(), 0, func(Event) error { return errors.New("heard") })
	if !errors.As(err, &refused) || refused.Code != http.StatusServiceUnavailable {
		t.Errorf("second listener: %v", err)
	}
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the first listener ended with %v", err)
	}
}

// A supervisor that does not answer holds nobody up for ever, and costs one question.
func TestDaemonThatHangs(t *testing.T) {
	t.Parallel()
	d := &hanging{}
	r := start(t, d, func(s *Server) { s.limits.write = 300 * time.Millisecond })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := r.State(ctx); err == nil {
		t.Error("it answered")
	}
}

// hanging is a Daemon that never answers.
type hanging struct{ daemon }

func (h *hanging) Status(ctx context.Context) (watchdog.Status, error) {
	<-ctx.Done()
	return watchdog.Status{}, ctx.Err()
}
