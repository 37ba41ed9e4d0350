// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vipward/conf"
)

// web serves pages by Go's own server with a certificate, by HTTP/1.1 or HTTP/2; without a
// certificate in clear. It gives the names that clients sent in TLS.
func web(t *testing.T, cert *tls.Certificate, pages http.Handler) (at netip.AddrPort, names <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sni := make(chan string, 64)
	s := &http.Server{Handler: pages, Protocols: new(http.Protocols), ErrorLog: quiet}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetHTTP2(true)
	s.Protocols.SetUnencryptedHTTP2(true)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if cert == nil {
			_ = s.Serve(l)
			return
		}
		s.TLSConfig = &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			sni <- h.ServerName
			return cert, nil
		}}
		_ = s.ServeTLS(l, "", "")
	}()
	t.Cleanup(func() {
		_ = s.Close()
		<-done
	})
	return netip.MustParseAddrPort(l.Addr().String()), sni
}

var ok = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })

// TestVerify: chain, dates and name decide, for SSL_GET by both versions of HTTP.
func TestVerify(t *testing.T) {
	t.Parallel()
	a, other := newAuthority(t), newAuthority(t)
	middle := a.between()
	soon := time.Now().Add(30 * time.Minute)
	selfSigned := certificate(t)
	none := filepath.Join(t.TempDir(), "none.pem")
	if err := os.WriteFile(none, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		cert  tls.Certificate
		trust conf.Trust
		sni   string // configured
		host  string
		want  error
		text  string // in the error
		sent  string // name in TLS
	}{
		{"not verified", selfSigned, conf.Trust{}, "", "", nil, "", ""},
		{"good by address", a.leaf(soon), conf.Trust{Verify: true, CAFile: a.file}, "", "", nil, "", ""},
		{"good by host", a.leaf(soon, "www.example"), conf.Trust{Verify: true, CAFile: a.file}, "", "www.example:8443", nil, "", ""},
		{"good by name in TLS", a.leaf(soon, "sni.example"), conf.Trust{Verify: true, CAFile: a.file}, "sni.example", "www.example", nil, "", "sni.example"},
		{
			"good by server_name", a.leaf(soon, "app.example"),
			conf.Trust{Verify: true, CAFile: a.file, Name: "app.example"},
			"sni.example", "www.example", nil, "",
			"app.example",
		},
		{"good by wildcard", a.leaf(soon, "*.example"), conf.Trust{Verify: true, CAFile: a.file, Name: "app.example"}, "", "", nil, "", "app.example"},
		{"with the authority between", withChain(middle.leaf(soon), middle), conf.Trust{Verify: true, CAFile: a.file}, "", "", nil, "", ""},
		{"without the authority between", middle.leaf(soon), conf.Trust{Verify: true, CAFile: a.file}, "", "", ErrCertificate, "unknown authority", ""},
		{"expired", a.leaf(time.Now().Add(-time.Minute)), conf.Trust{Verify: true, CAFile: a.file}, "", "", ErrCertificate, "expired", ""},
		{"not valid yet", a.leaf(time.Now().Add(91 * 24 * time.Hour)), conf.Trust{Verify: true, CAFile: a.file}, "", "", ErrCertificate, "not yet valid", ""},
		{"wrong name", a.leaf(soon, "www.example"), conf.Trust{Verify: true, CAFile: a.file, Name: "app.example"}, "", "", ErrCertificate, "not app.example", "app.example"},
		{"self-signed", selfSigned, conf.Trust{Verify: true, CAFile: a.file}, "", "", ErrCertificate, "expired", ""},
		{"another authority", a.leaf(soon), conf.Trust{Verify: true, CAFile: other.file}, "", "", ErrCertificate, "unknown authority", ""},
		{"authorities of the system", a.leaf(soon), conf.Trust{Verify: true}, "", "", ErrCertificate, "unknown authority", ""},
		{"no file of authorities", a.leaf(soon), conf.Trust{Verify: true, CAFile: none + "x"}, "", "", errLocal, "no such file", ""},
		{"no authority in the file", a.leaf(soon), conf.Trust{Verify: true, CAFile: none}, "", "", errLocal, "no certificate", ""},
	}
	for _, tt := range tests {
		for _, version := range []string{"1.1", conf.HTTP2} {
			t.Run(tt.name+" "+version, func(t *testing.T) {
				t.Parallel()
				at, names := web(t, &tt.cert, ok)
				g := getSecure(at, nil, func(u *conf.URL) { u.SNI, u.Host = tt.sni, tt.host })
				g.HTTP.Trust, g.HTTP.Protocol = tt.trust, version
				r := g.Run(t.Context())
				if !errors.Is(r.Cause, tt.want) || r.Cause != nil && (tt.want == nil || !strings.Contains(r.Cause.Error(), tt.text)) {
					t.Errorf("cause %v, want %v with %q", r.Cause, tt.want, tt.text)
				}
				want := map[error]Outcome{nil: Passed, ErrCertificate: Failed, errLocal: Untold}[tt.want]
				if r.Outcome != want {
					t.Errorf("outcome %d, want %d", r.Outcome, want)
				}
				if got := <-names; got != tt.sent {
					t.Errorf("name in TLS %q, want %q", got, tt.sent)
				}
			})
		}
	}
}

// TestVerifyReadsRenewedFile: other authorities count without a restart.
func TestVerifyReadsRenewedFile(t *testing.T) {
	t.Parallel()
	a, other := newAuthority(t), newAuthority(t)
	cert := a.leaf(time.Now().Add(time.Hour))
	at, _ := web(t, &cert, ok)
	g := getSecure(at, nil, nil)
	g.HTTP.Trust = conf.Trust{Verify: true, CAFile: other.file}
	if r := g.Run(t.Context()); r.Outcome != Failed {
		t.Errorf("another authority: %+v", r)
	}
	if err := os.Rename(a.file, other.file); err != nil {
		t.Fatal(err)
	}
	if r := g.Run(t.Context()); r.Outcome != Passed {
		t.Errorf("renewed: %+v", r)
	}
}

// TestExpires: the end of a certificate is told when it is asked for, of refused ones too.
func TestExpires(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	end := time.Now().Add(72 * time.Hour).Truncate(time.Second)
	cert := a.leaf(end)
	at, _ := web(t, &cert, ok)
	g := getSecure(at, nil, nil)
	for _, tt := range []struct {
		trust conf.Trust
		want  time.Time
	}{
		{conf.Trust{}, time.Time{}},
		{conf.Trust{Verify: true, CAFile: a.file}, time.Time{}},
		{conf.Trust{ExpiryWarning: time.Hour}, end},
		{conf.Trust{ExpiryWarning: time.Hour, Verify: true, Name: "wrong.example"}, end},
	} {
		g.HTTP.Trust = tt.trust
		if r := g.Run(t.Context()); !r.Expires.Equal(tt.want) {
			t.Errorf("%+v: %v, want %v", tt.trust, r.Expires, tt.want)
		}
	}
}

// TestTrustID: what changes the verdict makes another check; the warning does not.
func TestTrustID(t *testing.T) {
	t.Parallel()
	id := func(tr conf.Trust) string {
		c := &conf.Checker{CheckSettings: &conf.CheckSettings{Kind: "SSL_GET", HTTP: &conf.HTTPCheck{TLS: true, Trust: tr}}}
		return ID(c).String()
	}
	plain := id(conf.Trust{})
	for _, tr := range []conf.Trust{{Verify: true}, {Name: "n"}, {Verify: true, CAFile: "/f"}} {
		if id(tr) == plain {
			t.Errorf("%+v is no other check", tr)
		}
	}
	if id(conf.Trust{ExpiryWarning: time.Hour}) != plain {
		t.Error("a warning makes another check")
	}
}
