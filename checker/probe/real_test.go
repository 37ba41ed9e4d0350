// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"crypto/ecdsa"
	"crypto/md5"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	miekg "github.com/miekg/dns"

	"vipward/conf"
	"vipward/internal/lab"
)

// nginx runs the real one with a server block for each of blocks, which gets its own port
// of 127.0.0.1 in the place of AT.
func nginx(t *testing.T, dir string, blocks ...string) []netip.AddrPort {
	t.Helper()
	var at []netip.AddrPort
	var servers strings.Builder
	for _, block := range blocks {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // until nginx takes the port
		at = append(at, netip.MustParseAddrPort(l.Addr().String()))
		fmt.Fprintf(&servers, "server { %s }\n", strings.NewReplacer("AT", l.Addr().String(), "DIR", dir).Replace(block))
		_ = l.Close()
	}
	file := filepath.Join(dir, "nginx.conf")
	text := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log stderr;
events { }
http {
  access_log off; root %[1]s; gzip on; gzip_types *; gzip_min_length 1;
  client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
%[2]s}
`, dir, servers.String())
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, lab.Nginx(t), "-e", "stderr", "-p", dir, "-c", file)
	said := &strings.Builder{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("nginx: %s", said)
		}
	})
	for _, a := range at {
		waitFor(t, a)
	}
	return at
}

// waitFor waits until somebody listens.
func waitFor(t *testing.T, at netip.AddrPort) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", at.String())
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// save writes a certificate and its key as nginx reads them.
func save(t *testing.T, dir, name string, c tls.Certificate) {
	t.Helper()
	var text []byte
	for _, der := range c.Certificate {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	der, err := x509.MarshalECPrivateKey(c.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})...)
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestNginx: every way to ask the real server, and every certificate that it can show.
func TestNginx(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := newAuthority(t)
	now := time.Now()
	middle := a.between()
	save(t, dir, "good.pem", withChain(middle.leaf(now.Add(40*time.Minute), "www.example"), middle))
	save(t, dir, "expired.pem", a.leaf(now.Add(-time.Minute), "www.example"))
	save(t, dir, "other.pem", a.leaf(now.Add(time.Hour), "other.example"))
	save(t, dir, "self.pem", certificate(t))
	page := strings.Repeat("It works!\n", 100_000)
	if err := os.WriteFile(filepath.Join(dir, "page"), []byte(page), 0o644); err != nil { //nolint:gosec // nginx may run as another user
		t.Fatal(err)
	}
	sum := md5.Sum([]byte(page))
	secure := func(cert, options string) string {
		return "listen AT ssl" + options + "; ssl_certificate DIR/" + cert + ".pem; ssl_certificate_key DIR/" + cert + ".pem;"
	}
	at := nginx(t, dir,
		"listen AT;", "listen AT http2;", secure("good", ""), secure("good", " http2"), secure("expired", ""), secure("other", ""), secure("self", ""),
		secure("good", "")+"ssl_verify_client on; ssl_client_certificate "+a.file+";", secure("good", "")+"ssl_protocols TLSv1.2;",
	)
	const plain, plain2, tls1, tls2, expired, other, self, asks, tls12 = 0, 1, 2, 3, 4, 5, 6, 7, 8
	verify := conf.Trust{Verify: true, CAFile: a.file, Name: "www.example", ExpiryWarning: time.Hour}
	mine := writePEM(t, "")
	save(t, dir, "client.pem", a.leaf(now.Add(time.Hour)))
	known := filepath.Join(dir, "client.pem")
	for _, tt := range []struct {
		name    string
		server  int
		version string
		path    string
		change  func(*conf.URL)
		trust   conf.Trust
		ssl     *conf.SSL
		want    error
	}{
		{name: "1.0", server: plain, version: "1.0"},
		{name: "1.0C", server: plain, version: "1.0C"},
		{name: "1.1", server: plain, version: "1.1"},
		{name: "2", server: plain2, version: conf.HTTP2},
		{name: "1.1 to a server of 2", server: plain2, version: "1.1", want: ErrReply},
		{name: "2 to a server of 1.1", server: plain, version: conf.HTTP2, want: ErrReply},
		{name: "no such page", server: plain, version: "1.1", path: "/no", want: ErrStatus},
		{name: "404 wanted", server: plain, version: "1.1", path: "/no", change: statusURL(conf.StatusRange{First: 404, Last: 404})},
		{name: "digest", server: plain, version: "1.1", change: digestURL(hex.EncodeToString(sum[:]))},
		{name: "digest by 2", server: plain2, version: conf.HTTP2, change: digestURL(hex.EncodeToString(sum[:]))},
		{name: "regex", server: plain, version: "1.0", change: regexURL(conf.Regex{Pattern: "works!\n$"})},
		{name: "TLS", server: tls1, version: "1.1"},
		{name: "TLS 1.2", server: tls12, version: "1.1", trust: verify},
		{name: "close_notify", server: tls1, version: "1.1", change: func(u *conf.URL) { u.CloseNotify = true }},
		{name: "verified", server: tls1, version: "1.1", trust: verify},
		{name: "verified, 2", server: tls2, version: conf.HTTP2, trust: verify},
		{name: "2 that TLS does not offer", server: tls1, version: conf.HTTP2, want: ErrConnect},
		{name: "expired", server: expired, version: "1.1", trust: verify, want: ErrCertificate},
		{name: "expired, not verified", server: expired, version: "1.1"},
		{name: "another name", server: other, version: "1.1", trust: verify, want: ErrCertificate},
		{name: "self-signed", server: self, version: "1.1", trust: verify, want: ErrCertificate},
		{name: "self-signed, not verified", server: self, version: "1.1"},
		{name: "asks for a certificate", server: asks, version: "1.1", want: ErrStatus},
		{name: "asks for another certificate", server: asks, version: "1.1", ssl: &conf.SSL{Certificate: mine}, want: ErrStatus},
		{name: "gets a certificate", server: asks, version: "1.1", ssl: &conf.SSL{Certificate: known}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := getFrom(at[tt.server], tt.change)
			if g.HTTP.TLS = tt.server >= tls1; g.HTTP.TLS {
				g.Kind = "SSL_GET"
			}
			g.ConnectTimeout, g.HTTP.Protocol, g.HTTP.Trust, g.HTTP.SSL = 20*time.Second, tt.version, tt.trust, tt.ssl
			if g.HTTP.URLs[0].Path = tt.path; tt.path == "" {
				g.HTTP.URLs[0].Path = "/page"
			}
			r := g.Run(t.Context())
			if !errors.Is(r.Cause, tt.want) || (tt.want == nil) != (r.Outcome == Passed) {
				t.Errorf("%+v, want %v", r, tt.want)
			}
			if tt.want == nil && tt.path == "" && r.Page.Bytes != int64(len(page)) {
				t.Errorf("%d bytes of %d", r.Page.Bytes, len(page))
			}
			if r.Expires.IsZero() != (tt.trust.ExpiryWarning == 0) {
				t.Errorf("expires %v", r.Expires)
			}
		})
	}
}

// mailbox takes no mail.
type mailbox struct{}

func (mailbox) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return mailbox{}, nil }
func (mailbox) Reset()                                          {}
func (mailbox) Logout() error                                   { return nil }
func (mailbox) Mail(string, *gosmtp.MailOptions) error          { return errors.New("no") }
func (mailbox) Rcpt(string, *gosmtp.RcptOptions) error          { return errors.New("no") }
func (mailbox) Data(io.Reader) error                            { return errors.New("no") }

// TestMailServer: a real server of SMTP.
func TestMailServer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := gosmtp.NewServer(mailbox{})
	s.Domain, s.ErrorLog = "mail.example", quiet
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l) // until it is closed
	}()
	check := mail(netip.MustParseAddrPort(l.Addr().String()), 20*time.Second)
	if r := check.Run(t.Context()); r.Outcome != Passed {
		t.Errorf("%+v", r)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-done
	if r := check.Run(t.Context()); r.Outcome != Failed || !errors.Is(r.Cause, ErrConnect) {
		t.Errorf("closed: %+v", r)
	}
}

// TestNameServer: a real name server, with every type of question.
func TestNameServer(t *testing.T) {
	t.Parallel()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan string, 100)
	zone := miekg.HandlerFunc(func(w miekg.ResponseWriter, q *miekg.Msg) {
		asked <- miekg.TypeToString[q.Question[0].Qtype] + " " + q.Question[0].Name
		a := new(miekg.Msg).SetReply(q)
		switch q.Question[0].Name {
		case "good.example.":
			rr, err := miekg.NewRR("good.example. 60 IN A 192.0.2.1")
			if err == nil {
				a.Answer = append(a.Answer, rr)
			}
		case "refused.example.":
			a.Rcode = miekg.RcodeRefused
		case "no.example.":
			a.Rcode = miekg.RcodeNameError
		}
		_ = w.WriteMsg(a)
	})
	s := &miekg.Server{PacketConn: conn, Handler: zone}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.ActivateAndServe() // until it is shut down
	}()
	at := netip.MustParseAddrPort(conn.LocalAddr().String())
	for _, tt := range []struct {
		kind, name string
		want       error
	}{
		{"A", "good.example", nil},
		{"NS", "good.example", nil},
		{"CNAME", "good.example", nil},
		{"SOA", ".", nil},
		{"MX", "good.example", nil},
		{"TXT", "good.example", nil},
		{"AAAA", "good.example", nil},
		{"RRSIG", "good.example", nil},
		{"DNSKEY", "good.example.", nil},
		{"A", "refused.example", RcodeError(5)},
		{"A", "no.example", RcodeError(3)},
	} {
		c := &conf.Checker{
			ConnectIP: at.Addr(), ConnectPort: at.Port(), CheckSettings: &conf.CheckSettings{
				Kind: "DNS_CHECK", ConnectTimeout: 20 * time.Second,
				DNS: &conf.DNSCheck{Type: tt.kind, Name: tt.name},
			},
		}
		r := New(c).Run(t.Context())
		if !errors.Is(r.Cause, tt.want) || (tt.want == nil) != (r.Outcome == Passed) {
			t.Errorf("%s %s: %+v, want %v", tt.kind, tt.name, r, tt.want)
		}
		if got, want := <-asked, tt.kind+" "+miekg.Fqdn(tt.name); got != want {
			t.Errorf("the server was asked for %q, want %q", got, want)
		}
	}
	if err := s.Shutdown(); err != nil {
		t.Error(err)
	}
	<-done
}
