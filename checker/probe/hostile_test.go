// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"vipward/conf"
)

// counted counts what a server could send: what the check takes, and what the sockets hold.
type counted struct {
	net.Conn
	sent *atomic.Int64
}

func (c counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.sent.Add(int64(n))
	return n, err
}

// kinds are the checks by TCP, of a server at an address.
func kinds(at netip.AddrPort, limit time.Duration) map[string]Probe {
	base := func(kind string) *conf.Checker {
		return &conf.Checker{ConnectIP: at.Addr(), ConnectPort: at.Port(), CheckSettings: &conf.CheckSettings{Kind: kind, ConnectTimeout: limit}}
	}
	web := func(kind, version string, secure bool) Probe {
		c := base(kind)
		c.HTTP = &conf.HTTPCheck{
			TLS: secure, Protocol: version,
			URLs: []conf.URL{{Path: "/", Status: []conf.StatusRange{{First: 200, Last: 299}}, Digest: strings.Repeat("0", 32)}},
		}
		return New(c)
	}
	health := func(secure bool) Probe {
		c := base("GRPC_CHECK")
		c.GRPC = &conf.GRPCCheck{TLS: secure}
		return New(c)
	}
	mail := base("SMTP_CHECK")
	mail.SMTP = &conf.SMTPCheck{HELO: "h"}
	return map[string]Probe{
		"HTTP_GET": web("HTTP_GET", "1.1", false), "HTTP_GET http2": web("HTTP_GET", conf.HTTP2, false),
		"SSL_GET": web("SSL_GET", "1.0", true), "SSL_GET http2": web("SSL_GET", conf.HTTP2, true),
		"SMTP_CHECK": New(mail), "GRPC_CHECK": health(false), "GRPC_CHECK tls": health(true),
	}
}

// endless sends a text for as long as it is taken.
func endless(first, text string) func(net.Conn) {
	much := []byte(strings.Repeat(text, max(64<<10/len(text), 1)))
	return func(conn net.Conn) {
		_, err := io.WriteString(conn, first)
		for err == nil {
			_, err = conn.Write(much)
		}
	}
}

// listenOnly keeps a connection without a word until the other side is gone.
func listenOnly(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// TestHostileServers: whatever a server does, a check of any kind ends within its time
// without success, and takes neither more bytes nor more memory than the limits say.
func TestHostileServers(t *testing.T) {
	const (
		short = 300 * time.Millisecond
		long  = time.Minute // the limits of bytes come first
		// sockets is what may be under way behind the limit of a body.
		sockets   = 16 << 20
		mostBytes = maxBody + sockets
		mostHeap  = 8 << 20
	)
	for name, tt := range map[string]struct {
		server func(net.Conn)
		limit  time.Duration
	}{
		"accepts and stays silent": {listenOnly, short},
		"a byte now and then":      {drip("", "\x00", 20*time.Millisecond), short},
		"ends at once":             {func(net.Conn) {}, short},
		"ends its own half":        {func(conn net.Conn) { _ = conn.(counted).Conn.(*net.TCPConn).CloseWrite(); listenOnly(conn) }, short},
		"resets":                   {func(conn net.Conn) { _ = conn.(counted).Conn.(*net.TCPConn).SetLinger(0) }, short},
		"endless zeros":            {endless("", "\x00"), long},
		"endless letters":          {endless("", "x"), long},
		"endless lines":            {endless("", "220-x\r\n"), long},
		"endless header":           {endless("HTTP/1.1 200 OK\r\n", "X-A: b\r\n"), long},
		"10 GB body":               {endless("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n", "x"), long},
		"endless chunks":           {endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"), long},
		"one chunk of 2^63":        {endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n", "x"), long},
		"endless TLS records":      {endless("", "\x16\x03\x03\x00\x01\x00"), long},
		"endless TLS alerts":       {endless("", "\x15\x03\x03\x00\x02\x01\x00"), long},
		"endless empty frames":     {endless("", "\x00\x00\x00\x04\x00\x00\x00\x00\x00"), long},
	} {
		var sent atomic.Int64
		at := serve(t, func(conn net.Conn) { tt.server(counted{conn, &sent}) })
		for kind, p := range kinds(at, tt.limit) {
			t.Run(name+"/"+kind, func(t *testing.T) {
				sent.Store(0)
				heap := allocated(func() {
					if r := p.Run(t.Context()); r.Outcome != Failed {
						t.Errorf("%+v", r)
					}
				})
				if n := sent.Load(); n > mostBytes {
					t.Errorf("the server could send %d bytes", n)
				}
				if heap > mostHeap {
					t.Errorf("%d bytes were allocated", heap)
				}
			})
		}
	}
}

// allocated is how much memory f asks for in all.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestGzipBomb: a small answer that would be a large one is not unpacked.
func TestGzipBomb(t *testing.T) {
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	letters := bytes.Repeat([]byte("a"), 1<<20)
	for range 64 {
		if _, err := w.Write(letters); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	at := serve(t, say("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"+bomb.String()))
	g := getFrom(at, regexURL(conf.Regex{Pattern: "a{100}"}))
	var r Result
	heap := allocated(func() { r = g.Run(t.Context()) })
	if r.Page.Bytes != int64(bomb.Len()) || r.Outcome != Failed || !errors.Is(r.Cause, ErrRegex) {
		t.Errorf("%+v, page %+v; the answer has %d bytes", r, r.Page, bomb.Len())
	}
	if heap > 8<<20 {
		t.Errorf("%d bytes were allocated for %d", heap, bomb.Len())
	}
}

// stalling is a connection that swallows what is written behind a number of bytes.
type stalling struct {
	net.Conn
	left int
}

func (s *stalling) Write(b []byte) (int, error) {
	n := min(len(b), s.left)
	s.left -= n
	if _, err := s.Conn.Write(b[:n]); err != nil {
		return 0, err
	}
	return len(b), nil
}

// TestTLSStalls: a server that stops in the middle of the handshake, at several places.
func TestTLSStalls(t *testing.T) {
	t.Parallel()
	cert := certificate(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, left := range []int{5, 100, 400} {
			at := serve(t, func(conn net.Conn) {
				secure := tls.Server(&stalling{conn, left}, &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: version})
				_ = secure.Handshake()
				listenOnly(conn)
			})
			for kind, p := range kinds(at, 100*time.Millisecond) {
				if strings.HasPrefix(kind, "SSL") || strings.HasSuffix(kind, "tls") {
					if r := p.Run(t.Context()); r.Outcome != Failed || !errors.Is(r.Cause, os.ErrDeadlineExceeded) {
						t.Errorf("%s, version %x, %d bytes: %+v", kind, version, left, r)
					}
				}
			}
		}
	}
}

// TestTLSLongChain: a server that shows more certificates than anybody has.
func TestTLSLongChain(t *testing.T) {
	cert := certificate(t)
	for range 2_000 {
		cert.Certificate = append(cert.Certificate, cert.Certificate[0])
	}
	at, _ := web(t, &cert, ok)
	for kind, p := range kinds(at, time.Minute) {
		if !strings.HasPrefix(kind, "SSL") {
			continue
		}
		heap := allocated(func() {
			if r := p.Run(t.Context()); r.Outcome != Failed || !errors.Is(r.Cause, ErrConnect) {
				t.Errorf("%s: %+v", kind, r)
			}
		})
		if heap > 32<<20 { // the server's own share is in it
			t.Errorf("%s: %d bytes were allocated", kind, heap)
		}
	}
}

// frames2 says frames after it has heard the request, and then those of again without end.
func frames2(again []frame2, first ...frame2) func(net.Conn) {
	var much []byte
	for len(again) > 0 && len(much) < 64<<10 {
		for _, f := range again {
			much = f.append(much)
		}
	}
	return func(conn net.Conn) {
		buf := make([]byte, 4096)
		_, err := conn.Read(buf)
		var start []byte
		for _, f := range first {
			start = f.append(start)
		}
		if err == nil {
			_, err = conn.Write(start)
		}
		done := make(chan struct{})
		go func() { // what comes meanwhile is read: acknowledgements do not hold us up
			defer close(done)
			listenOnly(conn)
		}()
		for err == nil && len(much) > 0 {
			_, err = conn.Write(much)
		}
		<-done
	}
}

// block2 is a header in the form of HTTP/2.
func block2(fields ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(fields); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return b.Bytes()
}

// hpackBomb is a header whose few bytes stand for many: one long field, over and over.
func hpackBomb() []byte {
	b := block2(":status", "200", "x-a", strings.Repeat("x", 4000))
	return append(b, bytes.Repeat([]byte{0x80 | 62}, 10_000)...) // the newest of the table
}

// TestHTTP2Hostile: what only HTTP/2 can do to us.
func TestHTTP2Hostile(t *testing.T) {
	const (
		long     = time.Minute
		short    = 300 * time.Millisecond
		mostHeap = 8 << 20
	)
	header := frame2{kind: http2.FrameHeaders, flags: http2.FlagHeadersEndHeaders, stream: 1, payload: block2(":status", "200")}
	full := make([]byte, maxFrame)
	for name, tt := range map[string]struct {
		server func(net.Conn)
		limit  time.Duration
		want   error
	}{
		"10 GB body":                 {frames2([]frame2{{kind: http2.FrameData, stream: 1, payload: full}}, header), long, ErrReply},
		"endless empty data":         {frames2([]frame2{{kind: http2.FrameData, stream: 1}}, header), long, ErrReply},
		"endless padding":            {frames2([]frame2{{kind: http2.FrameData, flags: http2.FlagDataPadded, stream: 1, payload: append([]byte{255}, full[:255]...)}}, header), long, ErrReply},
		"endless settings":           {frames2([]frame2{{kind: http2.FrameSettings}}), long, ErrReply},
		"endless pings":              {frames2([]frame2{{kind: http2.FramePing, payload: full[:8]}}), long, ErrReply},
		"endless continuation":       {frames2([]frame2{{kind: http2.FrameContinuation, stream: 1, payload: full}}, frame2{kind: http2.FrameHeaders, stream: 1}), long, ErrReply},
		"endless empty continuation": {frames2([]frame2{{kind: http2.FrameContinuation, stream: 1}}, frame2{kind: http2.FrameHeaders, stream: 1}), long, ErrReply},
		"endless interim answers":    {frames2([]frame2{{kind: http2.FrameHeaders, flags: http2.FlagHeadersEndHeaders, stream: 1, payload: block2(":status", "103")}}), long, ErrReply},
		"endless other streams":      {frames2([]frame2{{kind: http2.FrameData, stream: 3, payload: full}}), long, ErrReply},
		"endless unknown frames":     {frames2([]frame2{{kind: 0x77, payload: full}}), long, ErrReply},
		"header that unpacks to 40 MB": {
			frames2(nil, frame2{kind: http2.FrameHeaders, flags: http2.FlagHeadersEndHeaders | http2.FlagHeadersEndStream, stream: 1, payload: hpackBomb()}), long, ErrReply,
		},
		"header that is no HPACK":  {frames2(nil, frame2{kind: http2.FrameHeaders, flags: http2.FlagHeadersEndHeaders, stream: 1, payload: []byte{0xff, 0xff, 0xff}}), long, ErrReply},
		"header without a status":  {frames2(nil, frame2{kind: http2.FrameHeaders, flags: http2.FlagHeadersEndHeaders | http2.FlagHeadersEndStream, stream: 1}), long, ErrReply},
		"data before a header":     {frames2(nil, frame2{kind: http2.FrameData, stream: 1, payload: full[:1]}), long, ErrReply},
		"settings inside a header": {frames2(nil, frame2{kind: http2.FrameHeaders, stream: 1}, frame2{kind: http2.FrameSettings}), long, ErrReply},
		"more padding than bytes":  {frames2(nil, header, frame2{kind: http2.FrameData, flags: http2.FlagDataPadded, stream: 1, payload: []byte{9, 0}}), long, ErrReply},
		"a frame of 16 MB": {func(conn net.Conn) {
			_, _ = io.WriteString(conn, "\xff\xff\xff\x00\x00\x00\x00\x00\x01")
			listenOnly(conn)
		}, long, ErrReply},
		"reset":                {frames2(nil, frame2{kind: http2.FrameRSTStream, stream: 1, payload: full[:4]}), long, ErrReply},
		"goes away":            {frames2(nil, frame2{kind: http2.FrameGoAway, payload: full[:8]}), long, ErrReply},
		"goes away, cut short": {frames2(nil, frame2{kind: http2.FrameGoAway, payload: full[:3]}), long, ErrReply},
		"no end":               {frames2(nil, frame2{kind: http2.FrameSettings}, header), short, os.ErrDeadlineExceeded},
		"a byte now and then":  {drip2(header), short, os.ErrDeadlineExceeded},
	} {
		at := serve(t, tt.server)
		for kind, p := range kinds(at, tt.limit) {
			if kind != "HTTP_GET http2" && kind != "GRPC_CHECK" {
				continue
			}
			t.Run(name+"/"+kind, func(t *testing.T) {
				heap := allocated(func() {
					if r := p.Run(t.Context()); r.Outcome != Failed || !errors.Is(r.Cause, tt.want) {
						t.Errorf("%+v, want %v", r, tt.want)
					}
				})
				if heap > mostHeap {
					t.Errorf("%d bytes were allocated", heap)
				}
			})
		}
	}
}

// drip2 sends a frame a byte at a time, and then zeros.
func drip2(f frame2) func(net.Conn) {
	return func(conn net.Conn) {
		b := f.append(nil)
		for i := 0; ; i++ {
			next := []byte{0}
			if i < len(b) {
				next[0] = b[i]
			}
			if _, err := conn.Write(next); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

func FuzzStream(f *testing.F) {
	header := frame2{kind: http2.FrameHeaders, flags: http2.FlagHeadersEndHeaders, stream: 1, payload: block2(":status", "200")}.append(nil)
	f.Add(header)
	f.Add(frame2{kind: http2.FrameData, flags: http2.FlagDataEndStream, stream: 1, payload: []byte("ok")}.append(header))
	f.Add(frame2{kind: http2.FrameContinuation, flags: http2.FlagHeadersEndHeaders, stream: 1}.append(frame2{kind: http2.FrameHeaders, stream: 1}.append(nil)))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newStream(&played{Reader: bytes.NewReader(b)})
		if _, _, err := s.status(); err != nil {
			return
		}
		if n, err := io.Copy(io.Discard, s); n > int64(len(b)) {
			t.Errorf("%d bytes of %d, %v", n, len(b), err)
		}
	})
}

// played is a connection that a text comes from.
type played struct {
	net.Conn
	io.Reader
}

func (p *played) Read(b []byte) (int, error)  { return p.Reader.Read(b) }
func (p *played) Write(b []byte) (int, error) { return len(b), nil }
