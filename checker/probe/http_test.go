// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"vipward/conf"

	"github.com/google/go-cmp/cmp"
)

// serve gives the address of a server that hands each connection to answer,
// and closes it then.
func serve(t *testing.T, answer func(conn net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			answer(conn)
			_ = conn.Close()
		}
	}()
	return netip.MustParseAddrPort(l.Addr().String())
}

// readRequest reads to the empty line.
func readRequest(conn io.Reader) string {
	var got []byte
	buf := make([]byte, 1)
	for !strings.HasSuffix(string(got), "\r\n\r\n") {
		if _, err := conn.Read(buf); err != nil {
			break
		}
		got = append(got, buf[0])
	}
	return string(got)
}

// say answers each request with a text.
func say(text string) func(net.Conn) {
	return func(conn net.Conn) {
		readRequest(conn)
		_, _ = io.WriteString(conn, text)
	}
}

// getFrom is an HTTP_GET of a server, "/" with status 200-299 unless change
// says otherwise.
func getFrom(at netip.AddrPort, change func(*conf.URL)) *httpGet {
	u := conf.URL{Path: "/", Status: []conf.StatusRange{{First: 200, Last: 299}}}
	if change != nil {
		change(&u)
	}
	return newHTTP(&conf.Checker{
		ConnectIP: at.Addr(), ConnectPort: at.Port(), CheckSettings: &conf.CheckSettings{
			Kind: "HTTP_GET", ConnectTimeout: 5 * time.Second,
			HTTP: &conf.HTTPCheck{Protocol: "1.0", URLs: []conf.URL{u}},
		},
	})
}

func regexURL(r conf.Regex) func(*conf.URL) { return func(u *conf.URL) { u.Regex = &r } }

func digestURL(sum string) func(*conf.URL) { return func(u *conf.URL) { u.Digest = sum } }

func statusURL(s ...conf.StatusRange) func(*conf.URL) { return func(u *conf.URL) { u.Status = s } }

// TestHTTPResults: which answers are good, as keepalived takes them.
func TestHTTPResults(t *testing.T) {
	t.Parallel()
	const hello = "6f5902ac237024bdd0c176cb93063dc4" // of "hello world\n"
	ok := func(body string) string { return "HTTP/1.1 200 X\r\n\r\n" + body }
	world := conf.Regex{Pattern: "world"}
	tests := []struct {
		name, answer string
		change       func(*conf.URL)
		want         error // nil: passes
	}{
		{"200", "HTTP/1.1 200 X\r\nContent-Length: 3\r\n\r\nok\n", nil, nil},
		{"404", "HTTP/1.1 404 X\r\nContent-Length: 3\r\n\r\nok\n", nil, ErrStatus},
		{"redirect", "HTTP/1.1 302 X\r\nLocation: /\r\n\r\n", nil, ErrStatus},
		{"404 wanted", "HTTP/1.1 404 X\r\n\r\nok\n", statusURL(conf.StatusRange{First: 404, Last: 404}), nil},
		{"second range", "HTTP/1.1 503 X\r\n\r\n", statusURL(conf.StatusRange{First: 200, Last: 299}, conf.StatusRange{First: 500, Last: 510}), nil},
		{"digest", ok("hello world\n"), digestURL(hello), nil},
		{"another digest", ok("hello world\nx"), digestURL(hello), ErrDigest},
		{"digest of what the length says", "HTTP/1.0 200 OK\r\nContent-Length: 12\r\n\r\nhello world\nmore", digestURL(hello), nil},
		{"digest, but status 500", "HTTP/1.1 500 X\r\n\r\nhello world\n", digestURL(hello), ErrStatus},
		{"chunks are not put together", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\nhello world\n\r\n0\r\n\r\n", digestURL(hello), ErrDigest},
		{"digest before the regex", ok("world"), func(u *conf.URL) { u.Digest, u.Regex = hello, &conf.Regex{Pattern: "x"} }, ErrDigest},
		{"regex", ok("hello world\n"), regexURL(conf.Regex{Pattern: "wor[l]d"}), nil},
		{"regex in the header", "HTTP/1.1 200 X\r\nX-A: world\r\n\r\nx", regexURL(world), nil},
		{"regex of the status line", ok("x"), regexURL(conf.Regex{Pattern: "^HTTP"}), nil},
		{"regex in the header, not wanted", "HTTP/1.1 200 X\r\nX-A: world\r\n\r\nx", regexURL(conf.Regex{Pattern: "world", NoMatch: true}), ErrRegex},
		{"regex in the header, max_offset of it", "HTTP/1.1 200 X\r\nX-A: world\r\n\r\nx", regexURL(conf.Regex{Pattern: "world", MaxOffset: 100}), nil},
		{"regex in the header, smaller max_offset", "HTTP/1.1 200 X\r\nX-A: world\r\n\r\nx", regexURL(conf.Regex{Pattern: "world", MaxOffset: 10}), ErrRegex},
		{"regex in the header, no body", "HTTP/1.1 200 X\r\nX-A: world\r\n\r\n", regexURL(world), ErrRegex},
		{"regex at the start of the body", ok("world"), regexURL(conf.Regex{Pattern: "^world$"}), nil},
		{"regex that is not there", ok("nothing"), regexURL(world), ErrRegex},
		{"regex_no_match, there", ok("hello world\n"), regexURL(conf.Regex{Pattern: "world", NoMatch: true}), ErrRegex},
		{"regex_no_match, not there", ok("nothing\n"), regexURL(conf.Regex{Pattern: "world", NoMatch: true}), nil},
		{"no bytes", "", nil, ErrReply},
		{"not HTTP", "SSH-2.0-x\r\n\r\n", nil, ErrReply},
		{"lines without CR", "HTTP/1.0 200 OK\nContent-Length: 2\n\nok", nil, ErrReply},
		{"header without end", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n", nil, ErrReply},
		{"shorter than its length", "HTTP/1.0 200 OK\r\nContent-Length: 20\r\n\r\nok", nil, nil},
		{"HTTP/2", "HTTP/2 204 \r\n\r\n", nil, nil},
		{"100 comes first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nok", nil, ErrStatus},
		{"204", "HTTP/1.1 204 No\r\n\r\n", nil, nil},
		{"status without a text", "HTTP/1.1 200\r\n\r\n", nil, nil},
		{"status of two digits", "HTTP/1.1 20 OK\r\n\r\n", nil, ErrReply},
		{"regex at the end of 200 kB", ok(strings.Repeat("z", 200_000) + "world"), regexURL(world), nil},
		{"compressed", ok("\x1f\x8b\x08\x00world"), regexURL(world), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := getFrom(serve(t, say(tt.answer)), tt.change).Run(t.Context())
			want := Passed
			if tt.want != nil {
				want = Failed
			}
			if r.Outcome != want || !errors.Is(r.Cause, tt.want) {
				t.Errorf("outcome %d, cause %v; want outcome %d, cause %v", r.Outcome, r.Cause, want, tt.want)
			}
		})
	}
}

// TestHTTPRequest: every byte that is sent.
func TestHTTPRequest(t *testing.T) {
	t.Parallel()
	v4, v6 := netip.MustParseAddrPort("127.0.0.11:80"), netip.MustParseAddrPort("[::1]:8080")
	tests := []struct {
		protocol, path, host string
		to                   netip.AddrPort
		want                 string
	}{
		{"1.0", "/", "", v4, "GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 127.0.0.11:80\r\n\r\n"},
		{"1.0C", "/", "", v4, "GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: 127.0.0.11:80\r\n\r\n"},
		{"1.1", "/", "", v6, "GET / HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: [::1]:8080\r\n\r\n"},
		{"1.0", "/two words", "url.example", v4, "GET /two words HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: url.example\r\n\r\n"},
		{"1.0", "/x?a=b&c=%20d", "chk.example", v4, "GET /x?a=b&c=%20d HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: chk.example\r\n\r\n"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, string(request(tt.protocol, tt.path, tt.host, tt.to))); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.protocol, tt.path, diff)
		}
	}
	got := make(chan string, 1)
	at := serve(t, func(conn net.Conn) {
		got <- readRequest(conn)
		_, _ = io.WriteString(conn, "HTTP/1.0 200 OK\r\n\r\n")
	})
	if r := getFrom(at, nil).Run(t.Context()); r.Outcome != Passed {
		t.Errorf("%+v", r)
	}
	if diff := cmp.Diff("GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: "+at.String()+"\r\n\r\n", <-got); diff != "" {
		t.Errorf("on the wire (-want +got):\n%s", diff)
	}
}

// TestHTTPPages: each run asks for the page that it was told, and says which.
func TestHTTPPages(t *testing.T) {
	t.Parallel()
	got := make(chan string, 3)
	g := getFrom(serve(t, func(conn net.Conn) {
		path := strings.Fields(readRequest(conn))[1]
		got <- path
		_, _ = io.WriteString(conn, "HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n"+path)
	}), nil)
	second := g.HTTP.URLs[0]
	second.Path = "/bb"
	g = newHTTP(&conf.Checker{
		ConnectIP: g.ConnectIP, ConnectPort: g.ConnectPort, CheckSettings: &conf.CheckSettings{
			ConnectTimeout: g.ConnectTimeout,
			HTTP:           &conf.HTTPCheck{Protocol: "1.0", URLs: append(g.HTTP.URLs, second)},
		},
	})
	for _, want := range []Page{{"/", 9, 1}, {"/bb", 9, 3}, {"/", 9, 1}} {
		r := g.Run(t.Context())
		if diff := cmp.Diff(&want, r.Page); diff != "" || r.Outcome != Passed {
			t.Errorf("outcome %d, page (-want +got):\n%s", r.Outcome, diff)
		}
		if diff := cmp.Diff(want.Path, <-got); diff != "" {
			t.Errorf("asked for (-want +got):\n%s", diff)
		}
		g.Turn(1 - g.page)
	}
}

func TestHTTPRefused(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	r := getFrom(at, nil).Run(t.Context())
	if r.Outcome != Failed || !errors.Is(r.Cause, ErrConnect) || !errors.Is(r.Cause, syscall.ECONNREFUSED) || r.Page == nil {
		t.Errorf("%+v", r)
	}
}

// A pattern that cannot be used is no failure of the server.
func TestHTTPBadRegex(t *testing.T) {
	t.Parallel()
	r := getFrom(netip.MustParseAddrPort("127.0.0.1:1"), regexURL(conf.Regex{Pattern: "(?R)("})).Run(t.Context())
	if r.Outcome != Untold || !errors.Is(r.Cause, ErrRegex) {
		t.Errorf("%+v", r)
	}
}

func TestHTTPEndsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	at := serve(t, func(conn net.Conn) {
		readRequest(conn)
		cancel()
		_, _ = io.Copy(io.Discard, conn)
	})
	if r := getFrom(at, nil).Run(ctx); r.Outcome != Untold || !errors.Is(r.Cause, context.Canceled) {
		t.Errorf("%+v", r)
	}
}

func TestHTTPID(t *testing.T) {
	t.Parallel()
	c := func(change func(h *conf.HTTPCheck)) string {
		h := &conf.HTTPCheck{Protocol: "1.0", SSL: &conf.SSL{Certificate: "c", Key: "k", Password: "secret"}, URLs: []conf.URL{
			{Path: "/", Status: []conf.StatusRange{{First: 200, Last: 299}}, Regex: &conf.Regex{Pattern: "a"}},
		}}
		change(h)
		return ID(&conf.Checker{CheckSettings: &conf.CheckSettings{Kind: "SSL_GET", HTTP: h}}).String()
	}
	same := c(func(*conf.HTTPCheck) {})
	if strings.Contains(same, "secret") {
		t.Errorf("the password is in %q", same)
	}
	if moved := c(func(h *conf.HTTPCheck) { h.URLs[0].Pos.Line, h.SSL.Pos.Line = 7, 8 }); moved != same {
		t.Error("another place in the file makes another check")
	}
	for name, change := range map[string]func(*conf.HTTPCheck){
		"protocol":      func(h *conf.HTTPCheck) { h.Protocol = "1.1" },
		"fast_recovery": func(h *conf.HTTPCheck) { h.FastRecovery = true },
		"certificate":   func(h *conf.HTTPCheck) { h.SSL.Certificate = "" },
		"path":          func(h *conf.HTTPCheck) { h.URLs[0].Path = "/a" },
		"host":          func(h *conf.HTTPCheck) { h.URLs[0].Host = "a" },
		"name in TLS":   func(h *conf.HTTPCheck) { h.URLs[0].SNI = "a" },
		"digest":        func(h *conf.HTTPCheck) { h.URLs[0].Digest = "a" },
		"status":        func(h *conf.HTTPCheck) { h.URLs[0].Status = nil },
		"regex":         func(h *conf.HTTPCheck) { h.URLs[0].Regex.NoMatch = true },
		"no regex":      func(h *conf.HTTPCheck) { h.URLs[0].Regex = nil },
		"close_notify":  func(h *conf.HTTPCheck) { h.URLs[0].CloseNotify = true },
		"pages":         func(h *conf.HTTPCheck) { h.URLs = append(h.URLs, conf.URL{}) },
	} {
		if c(change) == same {
			t.Errorf("another %s is the same check", name)
		}
	}
}
