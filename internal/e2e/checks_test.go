// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// failing is a way for a check to fail: what its server does with each connection, and
// options of the check.
type failing struct {
	kind    string
	server  func(conn net.Conn) // nil: nobody listens
	options string              // "; " stands between lines
}

// says answers a request with a text and ends the connection.
func says(text string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, text)
	}
}

// stalls answers with a text and goes silent.
func stalls(text string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = io.WriteString(conn, text)
		_, _ = io.Copy(io.Discard, conn)
	}
}

// resets answers with a text that arrives and resets the connection.
func resets(text string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, text)
		if text != "" {
			time.Sleep(300 * time.Millisecond) // or it overtakes the text
		}
		_ = conn.(*net.TCPConn).SetLinger(0)
	}
}

// greets says a greeting and answers what comes then.
func greets(greeting, answer string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = io.WriteString(conn, greeting)
		says(answer)(conn)
	}
}

// closes ends the connection of a mail check before its greeting.
func closes(net.Conn) {}

const (
	whole = "HTTP/1.0 200 OK\r\n\r\nok"
	half  = "HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nok"
	// nobody is an address of the net that no host has, unreachable one that there is no
	// way to.
	nobody      = "connect_ip 192.0.2.99; "
	unreachable = "connect_ip 203.0.113.9; "
)

var failures = []failing{
	{"HTTP_GET", says(whole), "url {; path /; digest 0123456789abcdef0123456789abcdef; }"},
	{"HTTP_GET", says(whole), "url {; path /; regex \"zz\"; }"},
	{"HTTP_GET", says("HTTP/1.0 404 no\r\n\r\nok"), "url {; path /; }"},
	{"HTTP_GET", says(""), "url {; path /; }"},
	{"HTTP_GET", says("SSH-2.0\r\n\r\n"), "url {; path /; }"},
	{"HTTP_GET", says("HTTP/1.0 200 OK\r\nX: y\r\n"), "url {; path /; }"},
	{"HTTP_GET", says("HTTP/1.0 200 OK\n\nok"), "url {; path /; }"},
	{"HTTP_GET", stalls(""), "url {; path /; }"},
	{"HTTP_GET", stalls(half), "url {; path /; }"},
	{"HTTP_GET", resets(""), "url {; path /; }"},
	{"HTTP_GET", resets(half), "url {; path /; }"},
	{"HTTP_GET", nil, "url {; path /; }"},
	{"HTTP_GET", nil, nobody + "url {; path /; }"},
	{"HTTP_GET", nil, unreachable + "url {; path /; }"},
	// What a match in the header means.
	{"HTTP_GET", says("HTTP/1.0 200 OK\r\nX-A: b\r\n\r\nworld"), "url {; path /; regex \"X-A: c\"; }"},
	{"HTTP_GET", says("HTTP/1.0 200 OK\r\nX-A: world\r\n\r\nx"), "url {; path /; regex \"world\"; regex_no_match; }"},
	{"HTTP_GET", says("HTTP/1.0 200 OK\r\nX-A: world\r\n\r\nx"), "url {; path /; regex \"world\"; regex_max_offset 10; }"},
	{"HTTP_GET", says("HTTP/1.0 200 OK\r\nX-A: world\r\n\r\n"), "url {; path /; regex \"world\"; }"},
	{"SSL_GET", says(whole), "url {; path /; }"},
	{"SSL_GET", says(""), "url {; path /; }"},
	{"SSL_GET", stalls(""), "url {; path /; }"},
	// A reset within the handshake has one line or another in keepalived, as it comes.
	{"SSL_GET", nil, "url {; path /; }"},
	{"SSL_GET", nil, nobody + "url {; path /; }"},
	{"TCP_CHECK", nil, ""},
	{"TCP_CHECK", nil, nobody},
	{"TCP_CHECK", nil, unreachable},
	{"SMTP_CHECK", nil, ""},
	{"SMTP_CHECK", closes, ""},
	{"SMTP_CHECK", stalls(""), ""},
	{"SMTP_CHECK", stalls("554 no\r\n"), ""},
	{"SMTP_CHECK", greets("220 x\r\n", "250-y\r\n250 z\r\n"), ""},
	{"SMTP_CHECK", nil, nobody},
	{"SMTP_CHECK", nil, unreachable},
	{"DNS_CHECK", nil, ""},
	{"DNS_CHECK", nil, nobody},
	{"DNS_CHECK", nil, unreachable},
	{"UDP_CHECK", nil, ""},
	{"UDP_CHECK", nil, nobody + "require_reply"},
	{"UDP_CHECK", nil, unreachable},
	{"PING_CHECK", nil, nobody},
	{"PING_CHECK", nil, unreachable},
}

// failingConfig has a real server for each of failures.
func failingConfig() string {
	var b strings.Builder
	b.WriteString("virtual_server 10.9.0.1 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\ndelay_loop 2\n")
	for i, f := range failures {
		fmt.Fprintf(&b, "real_server %s 80 {\n%s {\nwarmup 0\nretry 1\ndelay_before_retry 1\nconnect_timeout 1\nlog_all_failures\n%s\n}\n}\n",
			failingAddr(i), f.kind, strings.ReplaceAll(f.options, "; ", "\n"))
	}
	return b.String() + "}\n"
}

func failingAddr(i int) string { return fmt.Sprintf("127.0.1.%d", i+1) }

// serveFailures starts the servers on a host.
func serveFailures(t *testing.T, h *lab.Host) {
	t.Helper()
	for i, f := range failures {
		if f.server == nil {
			continue
		}
		if err := h.Do(func() error {
			l, err := net.Listen("tcp", failingAddr(i)+":80")
			if err != nil {
				return err
			}
			t.Cleanup(func() { _ = l.Close() })
			go acceptAll(l, f.server)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// acceptAll hands each connection to serve, and closes it then.
func acceptAll(l net.Listener, serve func(net.Conn)) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			serve(conn)
			_ = conn.Close()
		}()
	}
}

// TestFailingChecks has every kind of check fail in every way, beside keepalived: the lines
// until each server is out are the same.
func TestFailingChecks(t *testing.T) {
	t.Parallel()
	if !needIPVS(t) {
		return
	}
	var said [2][]string
	for i, kind := range []lab.Kind{lab.Keepalived, lab.Vipward} {
		h := lab.NewNet(t).Host("lb", "192.0.2.11/24")
		serveFailures(t, h)
		d := lab.StartDaemon(h, kind, failingConfig(), "-C")
		for j := range failures {
			d.WaitLine(fmt.Sprintf(`Removing service \[%s\]:tcp:80`, failingAddr(j)), patient)
		}
		said[i] = untilRemoved(d.All())
		d.Stop()
	}
	for i, l := range said[0] { // 2.4.3 has the word, 2.2.7 has not
		for j, f := range failures {
			if f.kind == "SSL_GET" && strings.Contains(l, "["+failingAddr(j)+"]") {
				said[0][i] = strings.Replace(l, "HTTP_CHECK on", "SSL_CHECK on", 1)
			}
		}
	}
	if diff := cmp.Diff(said[0], said[1]); diff != "" {
		t.Errorf("lines (-keepalived +vipward):\n%s", diff)
	}
}

// untilRemoved gives the lines about each of failures up to its removal, server by server.
func untilRemoved(all []string) []string {
	var out []string
	for i := range failures {
		mine := "[" + failingAddr(i) + "]:"
		for _, l := range all {
			if _, text, ok := strings.Cut(l, ": "); ok && strings.Contains(l, mine) && !strings.Contains(l, "Activating") {
				out = append(out, text)
				if strings.Contains(l, "Removing") {
					break
				}
			}
		}
	}
	return out
}
