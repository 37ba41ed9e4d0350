// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/miekg/dns"

	"vipward/internal/fake"
)

// kind is a check and the server that it asks.
type kind struct {
	check  string
	server func(addr string) (set func(good bool)) // starts it; set breaks and repairs it
	cause  string                                  // what explain says of a broken one
}

// TestKindsOfChecks runs a daemon with a check of each kind, beside servers that others have made
// where there are such: each is up, is down for the right cause while its server is broken, and
// comes back with it.
func TestKindsOfChecks(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	dir := t.TempDir()
	all := append(f.webKinds(dir), f.otherKinds(dir)...)
	addr, set := make([]string, len(all)), make([]func(bool), len(all))
	for i, k := range all {
		addr[i] = f.add(k.check)
		set[i] = k.server(addr[i])
		set[i](true)
	}
	f.start()
	for _, good := range []bool{true, false, true} {
		for i := range all {
			set[i](good)
		}
		for i, k := range all {
			if good {
				k.cause = ""
			}
			f.verdict(addr[i], k.cause)
		}
	}
}

const quickCheck = "; alpha; delay_loop 0.25; delay_before_retry 0.25; connect_timeout 10"

// webKinds are the checks of web servers.
func (f *front) webKinds(dir string) []kind {
	const name = "www.example"
	const status, no = quickCheck + "; url {; path /; status_code 200; }", "Status 503"
	good, other, expired := f.certificate(24*time.Hour, name), f.certificate(24*time.Hour, "other.example"), f.certificate(-time.Hour, name)
	known := filepath.Join(dir, "known.pem") // all of them: what is wrong with one is not its issuer
	var text []byte
	for _, c := range []*tls.Certificate{good, other, expired} {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})...)
	}
	f.must(os.WriteFile(known, text, 0o600))
	verified := "; verify; server_name " + name + "; ca_file " + known + status
	return []kind{
		{"HTTP_GET" + status, f.web(nil, nil), no},
		{"HTTP_GET; http2" + status, f.web(nil, nil), no},
		{"SSL_GET" + status, f.web(expired, other), no}, // nobody asks for the certificate
		{"SSL_GET" + verified, f.web(good, good), no},
		{"SSL_GET" + verified, f.web(good, expired), "expired"},
		{"SSL_GET" + verified, f.web(good, other), "not " + name},
		{"SSL_GET; http2" + verified, f.web(good, expired), "expired"},
		{"GRPC_CHECK" + quickCheck, f.health, "NOT_SERVING"},
	}
}

// otherKinds are the other checks.
func (f *front) otherKinds(dir string) []kind {
	const pinged = "192.0.2.50"
	script, file, flag := filepath.Join(dir, "script"), filepath.Join(dir, "file"), filepath.Join(dir, "flag")
	f.must(os.WriteFile(script, []byte("#!/bin/sh\ntest -e \"$1\"\n"), 0o700)) //nolint:gosec // a script
	f.head.WriteString("track_file health {\nfile " + file + "\n}\n")
	return []kind{
		{"TCP_CHECK" + quickCheck, f.port, "Connection refused"},
		{"SMTP_CHECK" + quickCheck, f.mail, "Answer to HELO: .421 "},
		{"DNS_CHECK; type A; name www.example" + quickCheck, f.names, "Rcode 2"},
		{"UDP_CHECK; require_reply 6f6b" + quickCheck, f.datagrams, "Byte 0 of the answer"},
		{"PING_CHECK; connect_ip " + pinged + quickCheck, func(string) func(bool) { return f.address(pinged + "/32") }, "Network is unreachable"},
		{"MISC_CHECK; misc_path \"" + script + " " + flag + "\"; alpha; delay_loop 0.25", func(string) func(bool) { return f.file(flag, "") }, "Exited with status 1"},
		{"FILE_CHECK; track_file health; weight 0", func(string) func(bool) { return f.file(file, "1") }, "Tracked file health: 1"},
	}
}

// certificate is one for a name that ends after a while.
func (f *front) certificate(left time.Duration, name string) *tls.Certificate {
	f.t.Helper()
	c, err := fake.Certificate(time.Now().Add(left), name)
	f.must(err)
	return &c
}

// listen opens a TCP port of the host until the test ends.
func (f *front) listen(addr string) (l net.Listener) {
	f.t.Helper()
	f.must(f.lb.Do(func() (err error) {
		l, err = net.Listen("tcp", addr)
		return err
	}))
	f.t.Cleanup(func() { _ = l.Close() })
	return l
}

// serve runs a server until the test ends.
func (f *front) serve(run func() error, end func() error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = run() // ends with an error
	}()
	f.t.Cleanup(func() {
		_ = end()
		<-done
	})
}

// web is Go's server. The broken one shows another certificate; if that is none or good it answers 503.
func (f *front) web(cert, broken *tls.Certificate) func(string) func(bool) {
	return func(addr string) func(bool) {
		var bad atomic.Bool
		return f.handler(addr, cert, broken, &bad, func(w http.ResponseWriter, _ *http.Request) {
			if bad.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		})
	}
}

func (f *front) handler(addr string, cert, broken *tls.Certificate, bad *atomic.Bool, page http.HandlerFunc) func(bool) {
	l := f.listen(addr)
	s := &http.Server{Handler: page, Protocols: new(http.Protocols), ReadHeaderTimeout: patient, ErrorLog: log.New(io.Discard, "", 0)}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetHTTP2(true)
	s.Protocols.SetUnencryptedHTTP2(true)
	if cert == nil {
		f.serve(func() error { return s.Serve(l) }, s.Close)
	} else {
		s.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if bad.Load() {
				return broken, nil
			}
			return cert, nil
		}}
		f.serve(func() error { return s.ServeTLS(l, "", "") }, s.Close)
	}
	return func(good bool) { bad.Store(!good) }
}

// health is the health service of gRPC.
func (f *front) health(addr string) func(bool) {
	var bad atomic.Bool
	return f.handler(addr, nil, nil, &bad, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Trailer", "Grpc-Status")
		state := byte(1)
		if bad.Load() {
			state = 2
		}
		_, _ = w.Write([]byte{0, 0, 0, 0, 2, 8, state})
		w.Header().Set("Grpc-Status", "0")
	})
}

// port is a TCP port that closes.
func (f *front) port(addr string) func(bool) {
	s := fake.NewTCP(f.t, f.lb, addr, fake.Listen)
	return func(good bool) {
		if s.Close(); good {
			f.must(s.Open())
		}
	}
}

// mail is the server of package go-smtp; the broken one turns clients away.
func (f *front) mail(addr string) func(bool) {
	m := &mailServer{}
	l, s := f.listen(addr), gosmtp.NewServer(m)
	s.Domain = "mail.example"
	f.serve(func() error { return s.Serve(l) }, s.Close)
	return func(good bool) { m.bad.Store(!good) }
}

type mailServer struct{ bad atomic.Bool }

func (m *mailServer) NewSession(*gosmtp.Conn) (gosmtp.Session, error) {
	if m.bad.Load() {
		return nil, &gosmtp.SMTPError{Code: 421, Message: "later"}
	}
	return noMail{}, nil
}

type noMail struct{}

func (noMail) Reset()                                 {}
func (noMail) Logout() error                          { return nil }
func (noMail) Mail(string, *gosmtp.MailOptions) error { return errors.New("no") }
func (noMail) Rcpt(string, *gosmtp.RcptOptions) error { return errors.New("no") }
func (noMail) Data(io.Reader) error                   { return errors.New("no") }

// names is the name server of package dns; the broken one fails.
func (f *front) names(addr string) func(bool) {
	var conn net.PacketConn
	f.must(f.lb.Do(func() (err error) {
		conn, err = net.ListenPacket("udp", addr)
		return err
	}))
	f.t.Cleanup(func() { _ = conn.Close() })
	var bad atomic.Bool
	s := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		a := new(dns.Msg).SetReply(q)
		if bad.Load() {
			a.Rcode = dns.RcodeServerFailure
		}
		_ = w.WriteMsg(a) // the client may have gone
	})}
	f.serve(s.ActivateAndServe, s.Shutdown)
	return func(good bool) { bad.Store(!good) }
}

// datagrams answers; the broken one answers otherwise.
func (f *front) datagrams(addr string) func(bool) {
	s := fake.NewUDP(f.t, f.lb, addr, nil)
	return func(good bool) {
		if s.Set(fake.Answer("no")); good {
			s.Set(fake.Answer("ok"))
		}
		f.must(s.Open())
	}
}

// address is one that goes and comes.
func (f *front) address(addr string) func(bool) {
	return func(good bool) {
		if good {
			f.lb.SetAddrs("lo", addr)
		} else {
			f.lb.DelAddr("lo", addr)
		}
	}
}

// file is one that is there while all is well; with a text it is there otherwise.
func (f *front) file(path, text string) func(bool) {
	return func(good bool) {
		if good == (text == "") {
			f.must(os.WriteFile(path, []byte(text+"\n"), 0o600))
			return
		}
		if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
			f.must(err)
		}
	}
}
