// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"vipward/internal/fake"
	"vipward/internal/lab"
)

const (
	// held is how long a check waits for a server that does not come to an end.
	held = "8"
	// floodBound is what a server can send at most: the longest body, and what is in the sockets.
	floodBound = 64<<20 + 16<<20
	// childBound is what the checker child may take at its worst, in bytes.
	childBound = 32 << 20
)

// enemy is a server that harms who checks it, and what is to become of the check.
type enemy struct {
	name   string
	talk   func(c net.Conn)
	check  string // "; " stands between lines
	cause  string // in what explain says; of a server that is up: ""
	holds  bool   // the check is at it until its time is over
	answer fake.Reply
}

// What explain says of them.
const (
	late   = "no answer in time"
	bigger = "the body is longer than can be looked at"
)

const (
	webCheck  = "HTTP_GET; url {; path /; digest 0123456789abcdef0123456789abcdef; }"
	web2Check = webCheck + "; http2"
	sslCheck  = "SSL_GET; url {; path /; status_code 200; }"
)

var (
	silence   = func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	http2Page = frame2(http2.FrameHeaders, http2.FlagHeadersEndHeaders, 1, status200())
)

func enemies() []enemy {
	const ok, chunked = "HTTP/1.1 200 OK\r\n", "Transfer-Encoding: chunked\r\n\r\n"
	full := make([]byte, 16<<10)
	return []enemy{
		{name: "silent, a connect is enough", talk: silence, check: "TCP_CHECK"},
		{name: "flood, a connect is enough", talk: floods("", "x"), check: "TCP_CHECK"},
		{name: "silent web", talk: silence, check: webCheck, cause: late, holds: true},
		{name: "silent web with HTTP/2", talk: silence, check: web2Check, cause: late, holds: true},
		{name: "silent gRPC", talk: silence, check: "GRPC_CHECK", cause: late, holds: true},
		{name: "silent mail", talk: silence, check: "SMTP_CHECK", cause: late, holds: true},
		{name: "header at a byte a second", talk: drips(ok), check: webCheck, cause: late, holds: true},
		{name: "greeting at a byte a second", talk: drips("220 x ESMTP"), check: "SMTP_CHECK", cause: late, holds: true},
		{name: "TLS that stalls", talk: stalls("\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"), check: sslCheck, cause: late, holds: true},
		{name: "HTTP/2 without an end", talk: func(c net.Conn) { _, _ = c.Write(http2Page); silence(c) }, check: web2Check, cause: late, holds: true},
		{name: "TLS that never finishes", talk: floods("", "\x16\x03\x03\x00\x01\x00"), check: sslCheck, cause: "tls: received unexpected handshake"},
		{name: "10 GB", talk: floods(ok+"Content-Length: 10000000000\r\n\r\n", "x"), check: webCheck, cause: bigger},
		{name: "endless header", talk: floods(ok, "X-A: b\r\n"), check: webCheck, cause: "the header is longer than 65536 bytes"},
		{name: "chunk bomb", talk: floods(ok+chunked, "1\r\nx\r\n"), check: webCheck, cause: bigger},
		{name: "one chunk of 2^63", talk: floods(ok+chunked+"7fffffffffffffff\r\n", "x"), check: webCheck, cause: bigger},
		{name: "gzip bomb", talk: says(ok + "Content-Encoding: gzip\r\n\r\n" + gzipBomb()), check: "HTTP_GET; url {; path /; regex \"aaaaaaaaaa\"; }", cause: "Regex: match false"},
		{name: "redirect to itself", talk: says("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"), check: "HTTP_GET; url {; path /; }", cause: "Status 302"},
		{name: "greeting without an end", talk: floods("", "220-x\r\n"), check: "SMTP_CHECK", cause: "Greeting: "},
		{name: "HELO answer without an end", talk: floods("220 x\r\n", "250-x\r\n"), check: "SMTP_CHECK", cause: "Answer to HELO: "},
		{name: "HTTP/2 settings without an end", talk: floods("", string(frame2(http2.FrameSettings, 0, 0, nil))), check: web2Check, cause: "more than 65536 frames"},
		{name: "HTTP/2 body of 10 GB", talk: floods(string(http2Page), string(frame2(http2.FrameData, 0, 1, full))), check: web2Check, cause: bigger},
		{name: "HPACK bomb", talk: says(string(frame2(http2.FrameHeaders, http2.FlagHeadersEndHeaders, 1, hpackBomb()))), check: web2Check, cause: "the header is longer than 65536 bytes"},
		{name: "gRPC pings without an end", talk: floods("", string(frame2(http2.FramePing, 0, 0, full[:8]))), check: "GRPC_CHECK", cause: "the answer does not end"},
		{name: "gRPC message of 10 GB", talk: floods(string(http2Page), string(frame2(http2.FrameData, 0, 1, full))), check: "GRPC_CHECK", cause: "the answer is longer than 65536 bytes"},
		{name: "silent names", answer: fake.Silent, check: "DNS_CHECK", cause: late, holds: true},
		{name: "names that point to themselves", answer: pointsToItself, check: "DNS_CHECK"},
		{name: "answers to other questions", answer: func(q []byte) []byte { return append([]byte{q[0], ^q[1], 0x81}, q[3:]...) }, check: "DNS_CHECK", cause: late, holds: true},
		{name: "64 kB, any answer is enough", answer: fake.Answer(strings.Repeat("x", 65507)), check: "UDP_CHECK; require_reply"},
		{name: "64 kB, an answer is to have a form", answer: fake.Answer(strings.Repeat("x", 65507)), check: "UDP_CHECK; require_reply 7878", cause: "The answer has 256 bytes or more"},
	}
}

// TestHostileServers runs a daemon with servers that harm it in every way, all at once, beside good
// ones. While it waits for the hostile ones the good ones are checked as often as ever, and what it
// takes stays bounded; then each has the verdict that it deserves, and the daemon can say why.
func TestHostileServers(t *testing.T) {
	t.Parallel()
	f, bad := newFront(t), enemies()
	var all []*visited
	var holding atomic.Int64 // connections of those that hold
	holders, down := int64(0), 0
	for _, e := range bad {
		s := &visited{name: e.name, addr: f.add(e.check + "; connect_timeout " + held)}
		all = append(all, s)
		if e.cause != "" {
			down++
		}
		switch {
		case e.talk == nil:
			f.udp(s, e.answer)
		case e.holds:
			holders++
			f.tcp(s, func(c net.Conn) {
				holding.Add(1)
				e.talk(c)
				holding.Add(-1)
			})
		default:
			f.tcp(s, e.talk)
		}
	}
	good := f.friends()
	f.start()
	child := f.daemon.RunningRole(lab.Checker, 0, patient)
	lab.Wait(t, patient, "a check at each server", func() error {
		for _, s := range append(all, good...) {
			if s.came.Load() == 0 {
				return fmt.Errorf("none came to %s", s.name)
			}
		}
		return nil
	})
	f.comeAgain(good, 8)
	if n := holding.Load(); n != holders {
		t.Errorf("the good servers were checked 8 times while %d hostile ones were held, want %d", n, holders)
	}
	fds := descriptors(t, child)
	for i, s := range all {
		f.verdict(s.addr, bad[i].cause)
		if n := s.sent.Load(); n > floodBound {
			t.Errorf("%s: the check took %d MB", s.name, n>>20)
		}
		if n := s.came.Load(); n != 1 {
			t.Errorf("%s: %d checks came, want 1", s.name, n)
		}
	}
	for _, s := range good {
		f.verdict(s.addr, "")
	}
	if n := f.daemon.Count(0, `Removing service`); n != down {
		t.Errorf("%d servers were taken out, want %d", n, down)
	}
	peak := peakMemory(t, child)
	t.Logf("the child took %d MB and %d descriptors", peak>>20, fds)
	if most := len(all) + len(good) + 32; fds > most || peak > childBound {
		t.Errorf("want at most %d MB and %d descriptors", childBound>>20, most)
	}
	if now := f.daemon.RolePID(lab.Checker); now != child {
		t.Errorf("the child is %d, it was %d", now, child)
	}
}

// friends opens good servers that are checked four times a second, and must be to be up.
func (f *front) friends() []*visited {
	var all []*visited
	add := func(check string) *visited {
		s := &visited{name: "good server of " + check, addr: f.add(check + "; delay_loop 0.25; alpha; connect_timeout " + held)}
		all = append(all, s)
		return s
	}
	f.tcp(add("TCP_CHECK"), silence)
	f.tcp(add("HTTP_GET; url {; path /; status_code 200; }"), says(fake.Page(200, "ok")))
	f.tcp(add("SMTP_CHECK"), func(c net.Conn) { fake.SMTP("220 x ESMTP\r\n", "250 x\r\n", "221 bye\r\n")(c) })
	f.udp(add("DNS_CHECK"), fake.DNS(0))
	f.udp(add("UDP_CHECK; require_reply 6f6b"), fake.Answer("ok"))
	return all
}

// comeAgain waits until so many more checks have come to each server.
func (f *front) comeAgain(all []*visited, more int64) {
	f.t.Helper()
	want := map[*visited]int64{}
	for _, s := range all {
		want[s] = s.came.Load() + more
	}
	lab.Wait(f.t, patient, fmt.Sprint(more, " more checks of each"), func() error {
		for s, n := range want {
			if have := s.came.Load(); have < n {
				return fmt.Errorf("%s: %d came, want %d", s.name, have, n)
			}
		}
		return nil
	})
}

// descriptors counts what a process has open.
func descriptors(t *testing.T, pid int) int {
	t.Helper()
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(fds)
}

// floods sends a text, and another one for as long as it is taken.
func floods(first, text string) func(net.Conn) {
	much := []byte(strings.Repeat(text, 64<<10/len(text)))
	return func(c net.Conn) {
		go silence(c) // what comes meanwhile is read
		_, err := io.WriteString(c, first)
		for err == nil {
			_, err = c.Write(much)
		}
	}
}

// drips sends a byte of a text each second, and goes silent.
func drips(text string) func(net.Conn) {
	return func(c net.Conn) {
		go func() {
			for i := range len(text) {
				if _, err := io.WriteString(c, text[i:i+1]); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		silence(c)
	}
}

func gzipBomb() string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	for range 64 {
		_, _ = w.Write(bytes.Repeat([]byte("a"), 1<<20)) // a buffer takes it
	}
	_ = w.Close()
	return b.String()
}

func frame2(kind http2.FrameType, flags http2.Flags, stream uint32, payload []byte) []byte {
	var b bytes.Buffer
	_ = http2.NewFramer(&b, nil).WriteRawFrame(kind, flags, stream, payload) // a buffer takes it
	return b.Bytes()
}

func status200() []byte { return fields2(":status", "200") }

// hpackBomb is a header of 14 kB that stands for 40 MB: one long field, over and over.
func hpackBomb() []byte {
	b := fields2(":status", "200", "x-a", strings.Repeat("x", 4000))
	return append(b, bytes.Repeat([]byte{0x80 | 62}, 10_000)...) // the newest of the table
}

func fields2(pairs ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(pairs); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]}) // a buffer takes it
	}
	return b.Bytes()
}

// pointsToItself answers with a name whose rest stands where it begins.
func pointsToItself(q []byte) []byte {
	return []byte{q[0], q[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 0xc0, 12, 0, 6, 0, 1, 0xc0, 18}
}
