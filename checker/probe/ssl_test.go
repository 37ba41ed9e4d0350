// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vipward/conf"

	"github.com/google/go-cmp/cmp"
)

// certificate makes a certificate of its own authority, which has expired.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, DNSNames: []string{"wrong.example"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// seen is what a TLS server saw of a client.
type seen struct {
	sni     string
	alpn    int
	client  int    // certificates
	request string // with the name of the host left out
}

// serveTLS gives a server with TLS that answers 200.
func serveTLS(t *testing.T, c *tls.Config) (netip.AddrPort, <-chan seen) {
	t.Helper()
	got := make(chan seen, 1)
	c.Certificates = []tls.Certificate{certificate(t)}
	return serve(t, func(conn net.Conn) {
		var s seen
		c := c.Clone()
		c.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			s.sni, s.alpn = h.ServerName, len(h.SupportedProtos)
			return nil, nil
		}
		secure := tls.Server(conn, c)
		s.request, _, _ = cutLine(readRequest(secure))
		_, _ = io.WriteString(secure, "HTTP/1.0 200 OK\r\n\r\nok")
		_ = secure.Close()
		s.client = len(secure.ConnectionState().PeerCertificates)
		got <- s
	}), got
}

func cutLine(s string) (line, rest string, ok bool) {
	for i := range len(s) {
		if s[i] == '\r' {
			return s[:i], s[i:], true
		}
	}
	return s, "", false
}

// getSecure is an SSL_GET.
func getSecure(at netip.AddrPort, ssl *conf.SSL, change func(*conf.URL)) *httpGet {
	g := getFrom(at, change)
	g.Kind, g.HTTP.TLS, g.HTTP.SSL = "SSL_GET", true, ssl
	return g
}

// TestSSL: a certificate that nobody should trust is good enough, with every
// version of TLS; a name is sent only when one is asked for.
func TestSSL(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		server *tls.Config
		sni    string
	}{
		"TLS 1.3":           {server: &tls.Config{}},
		"TLS 1.2":           {server: &tls.Config{MaxVersion: tls.VersionTLS12}},
		"old ciphers":       {server: &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256}}},
		"with a name":       {server: &tls.Config{}, sni: "sni.example"},
		"asks for a client": {server: &tls.Config{ClientAuth: tls.RequestClientCert}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, got := serveTLS(t, tt.server)
			r := getSecure(at, nil, func(u *conf.URL) { u.SNI = tt.sni }).Run(t.Context())
			if r.Outcome != Passed || r.Cause != nil {
				t.Errorf("%+v", r)
			}
			if diff := cmp.Diff(seen{sni: tt.sni, request: "GET / HTTP/1.0"}, <-got, cmp.AllowUnexported(seen{})); diff != "" {
				t.Errorf("what the server saw (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSSLEnd: the connection just ends, unless tls_compliant asks for a word.
func TestSSLEnd(t *testing.T) {
	t.Parallel()
	for name, notify := range map[string]bool{"plain": false, "tls_compliant": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cert, alerts := certificate(t), make(chan int, 1)
			at := serve(t, func(conn net.Conn) {
				count := &recordCounter{Conn: conn}
				secure := tls.Server(count, &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: tls.VersionTLS12})
				readRequest(secure)
				_, _ = io.WriteString(secure, "HTTP/1.0 200 OK\r\n\r\nok")
				_ = secure.CloseWrite()
				before := count.bytes
				_, _ = io.Copy(io.Discard, count)
				alerts <- count.bytes - before
			})
			if r := getSecure(at, nil, func(u *conf.URL) { u.CloseNotify = notify }).Run(t.Context()); r.Outcome != Passed {
				t.Errorf("%+v", r)
			}
			if got := <-alerts; got > 0 != notify {
				t.Errorf("%d bytes behind the request", got)
			}
		})
	}
}

// recordCounter counts what comes.
type recordCounter struct {
	net.Conn
	bytes int
}

func (c *recordCounter) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.bytes += n
	return n, err
}

func TestSSLHostile(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		server func(net.Conn)
		want   error
	}{
		"stall":        {func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }, os.ErrDeadlineExceeded},
		"not TLS":      {func(conn net.Conn) { _, _ = io.WriteString(conn, "HTTP/1.0 200 OK\r\n\r\n") }, ErrConnect},
		"ends at once": {func(net.Conn) {}, ErrConnect},
		"endless records": {func(conn net.Conn) {
			for _, err := conn.Write([]byte{22, 3, 3, 0, 1, 0}); err == nil; {
				_, err = conn.Write([]byte{22, 3, 3, 0, 1, 0})
			}
		}, ErrConnect},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := getSecure(serve(t, tt.server), nil, nil)
			g.ConnectTimeout = 300 * time.Millisecond
			if r := g.Run(t.Context()); r.Outcome != Failed || !errors.Is(r.Cause, tt.want) || !errors.Is(r.Cause, ErrConnect) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// writePEM writes a certificate and its key into one file, the key under a
// password if there is one.
func writePEM(t *testing.T, password string) string {
	t.Helper()
	c := certificate(t)
	der, err := x509.MarshalECPrivateKey(c.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	key := &pem.Block{Type: "EC PRIVATE KEY", Bytes: der}
	if password != "" {
		//nolint:staticcheck // the form that is read
		if key, err = x509.EncryptPEMBlock(rand.Reader, key.Type, der, []byte(password), x509.PEMCipherAES256); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "c.pem")
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}), pem.EncodeToMemory(key)...)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestClientCertificate: the SSL block is shown to a server that asks, and
// files that cannot be used are no failure of the server.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	plain, secret := writePEM(t, ""), writePEM(t, "word")
	for name, tt := range map[string]struct {
		ssl  *conf.SSL
		want Outcome
		sent int
	}{
		"none":             {nil, Passed, 0},
		"one file":         {&conf.SSL{Certificate: plain}, Passed, 1},
		"two files":        {&conf.SSL{Certificate: plain, Key: plain}, Passed, 1},
		"password":         {&conf.SSL{Certificate: secret, Password: "word"}, Passed, 1},
		"wrong password":   {&conf.SSL{Certificate: secret, Password: "x"}, Untold, 0},
		"no file":          {&conf.SSL{Certificate: "/nowhere"}, Untold, 0},
		"no key":           {&conf.SSL{Certificate: plain, Key: "/nowhere"}, Untold, 0},
		"key of another":   {&conf.SSL{Certificate: plain, Key: writePEM(t, "")}, Untold, 0},
		"only authorities": {&conf.SSL{CA: "/nowhere"}, Passed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, got := serveTLS(t, &tls.Config{ClientAuth: tls.RequestClientCert})
			r := getSecure(at, tt.ssl, nil).Run(t.Context())
			if r.Outcome != tt.want {
				t.Errorf("%+v", r)
			}
			if s := <-got; s.client != tt.sent {
				t.Errorf("%d certificates were sent, want %d", s.client, tt.sent)
			}
		})
	}
}
