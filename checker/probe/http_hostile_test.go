// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"vipward/conf"
)

// drip sends a text again and again, a byte at a time, until the other side
// is gone.
func drip(first, text string, pause time.Duration) func(net.Conn) {
	return func(conn net.Conn) {
		readRequest(conn)
		_, err := io.WriteString(conn, first)
		for i := 0; err == nil; i++ {
			time.Sleep(pause)
			_, err = io.WriteString(conn, text[i%len(text):i%len(text)+1])
		}
	}
}

// flood sends a text as fast as it goes until the other side is gone.
func flood(first, text string) func(net.Conn) {
	much := []byte(strings.Repeat(text, 64<<10/len(text)))
	return func(conn net.Conn) {
		readRequest(conn)
		_, err := io.WriteString(conn, first)
		for err == nil {
			_, err = conn.Write(much)
		}
	}
}

// TestHTTPHostile: whatever a server does, a run ends, within its time, as a
// failure.
func TestHTTPHostile(t *testing.T) {
	t.Parallel()
	const ok = "HTTP/1.0 200 OK\r\n\r\n"
	slow := 300 * time.Millisecond
	tests := []struct {
		name    string
		server  func(net.Conn)
		timeout time.Duration
		change  func(*conf.URL)
		want    error
	}{
		{"silence", func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }, slow, nil, os.ErrDeadlineExceeded},
		{"header byte by byte", drip("", ok, 20*time.Millisecond), slow, nil, os.ErrDeadlineExceeded},
		{"body byte by byte", drip(ok, "x", 20*time.Millisecond), slow, nil, os.ErrDeadlineExceeded},
		{"silence behind the header", drip(ok, "x", time.Second), slow, nil, os.ErrDeadlineExceeded},
		{"endless header", flood("HTTP/1.0 200 OK\r\n", "X-A: b\r\n"), time.Minute, nil, ErrReply},
		{"endless line", flood("HTTP/1.0 200 ", "x"), time.Minute, nil, ErrReply},
		{"endless body", flood(ok, "x"), time.Minute, nil, ErrReply},
		{"endless body with a digest", flood("HTTP/1.0 200 OK\r\nContent-Length: 10000000000\r\n\r\n", "x"), time.Minute, digestURL("0"), ErrReply},
		{"endless body with a regex", flood(ok, "x"), time.Minute, regexURL(conf.Regex{Pattern: "y"}), ErrReply},
		{"endless chunks", flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"), time.Minute, nil, ErrReply},
		{"length that is no number", say("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"), time.Minute, digestURL("0"), ErrDigest},
		{"reset", reset, time.Minute, nil, ErrRead},
		{"regex that blows up", say(ok + strings.Repeat("a", 50_000) + "!"), time.Minute, regexURL(conf.Regex{Pattern: "^(a+)+$"}), ErrRegex},
		{"the same without a match wanted", say(ok + strings.Repeat("a", 50_000) + "!"), time.Minute, regexURL(conf.Regex{Pattern: "^(a+)+$", NoMatch: true}), ErrRegex},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := getFrom(serve(t, tt.server), tt.change)
			g.ConnectTimeout = tt.timeout
			if r := g.Run(t.Context()); r.Outcome != Failed || !errors.Is(r.Cause, tt.want) {
				t.Errorf("outcome %d, cause %v; want a failure by %v", r.Outcome, r.Cause, tt.want)
			}
		})
	}
}

// reset ends a connection without an answer and without a FIN.
func reset(conn net.Conn) {
	readRequest(conn)
	_ = conn.(*net.TCPConn).SetLinger(0)
}

// TestHTTPBodyTakesNoMemory: an endless body costs the same as a short one.
func TestHTTPBodyTakesNoMemory(t *testing.T) {
	g := getFrom(serve(t, flood("HTTP/1.0 200 OK\r\n\r\n", "x")), digestURL("0"))
	g.ConnectTimeout = time.Minute
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := g.Run(t.Context())
	runtime.ReadMemStats(&after)
	if r.Page.Bytes < maxBody {
		t.Errorf("only %d bytes were read", r.Page.Bytes)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
		t.Errorf("%d bytes were allocated for a body of %d", took, r.Page.Bytes)
	}
}
