// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"vipward/conf"
)

// Why a page is not good.
var (
	ErrConnect = errors.New("connect")
	ErrRead    = errors.New("read")
	ErrReply   = errors.New("not an answer of HTTP")
	ErrStatus  = errors.New("status")
	ErrDigest  = errors.New("digest")
	ErrRegex   = errors.New("regex")
	// ErrHandshake is an ErrConnect of TLS, ErrShort an ErrReply that ends before its
	// header does, and ErrBody an ErrRead behind the header.
	ErrHandshake = errors.New("TLS")
	ErrShort     = errors.New("no whole header")
	ErrBody      = errors.New("body")
)

// Page is what is known of a page that was asked for.
type Page struct {
	Path   string
	Length int64 // that the header tells, -1: none
	Bytes  int64 // of the body that came
}

// httpGet is HTTP_GET and SSL_GET: each run asks for one page.
type httpGet struct {
	*conf.Checker
	regexes []*regex // by page; nil where none is asked for
	bad     []error  // by page: the regex cannot be used
	page    int
}

func newHTTP(c *conf.Checker) *httpGet {
	g := &httpGet{Checker: c, regexes: make([]*regex, len(c.HTTP.URLs)), bad: make([]error, len(c.HTTP.URLs))}
	for i, u := range c.HTTP.URLs {
		if u.Regex != nil {
			g.regexes[i], g.bad[i] = compile(u.Regex)
		}
	}
	return g
}

// httpID names what a check asks for and wants to see.
func httpID(h *conf.HTTPCheck) string {
	var b strings.Builder
	fmt.Fprintf(&b, " HTTP/%s fast=%t", h.Protocol, h.FastRecovery)
	b.WriteString(sslID(h.SSL) + trustID(&h.Trust))
	for _, u := range h.URLs {
		fmt.Fprintf(&b, " url %q host %q sni %q digest %q status %v notify=%t", u.Path, u.Host, u.SNI, u.Digest, u.Status, u.CloseNotify)
		if u.Regex != nil {
			fmt.Fprintf(&b, " regex %+v", *u.Regex)
		}
	}
	return b.String()
}

// sslID names what we show of ourselves in TLS.
func sslID(s *conf.SSL) string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf(" cert %q key %q ca %q", s.Certificate, s.Key, s.CA)
}

// Turn implements Pages.
func (g *httpGet) Turn(page int) { g.page = page }

// Run implements Probe.
func (g *httpGet) Run(ctx context.Context) Result {
	u := &g.HTTP.URLs[g.page]
	page := &Page{Path: u.Path, Length: -1}
	if err := g.bad[g.page]; err != nil {
		return Result{Outcome: Untold, Cause: err, Page: page}
	}
	conn, err := dial(ctx, g.Checker)
	if err != nil {
		r := judge(err)
		r.Cause, r.Page = errors.Join(ErrConnect, r.Cause), page
		return r
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	// One limit for all that follows: a server that sends a byte now and then
	// has not answered.
	_ = conn.SetDeadline(time.Now().Add(g.ConnectTimeout))
	seen := &trust{Trust: &g.HTTP.Trust, host: g.name(u)}
	err = g.ask(ctx, conn, u, page, seen)
	r := told(ctx, err)
	r.Page, r.Expires = page, seen.expires
	return r
}

// told is the result of a talk with a server that ended so.
func told(ctx context.Context, err error) Result {
	switch {
	case err == nil:
		return Result{Outcome: Passed}
	case ctx.Err() != nil:
		return Result{Outcome: Untold, Cause: ctx.Err()}
	case errors.Is(err, errLocal):
		return Result{Outcome: Untold, Cause: err}
	default:
		return Result{Outcome: Failed, Cause: err}
	}
}

// sni is the name that is sent in TLS for a page.
func (g *httpGet) sni(u *conf.URL) string { return cmp.Or(g.HTTP.Name, u.SNI) }

// name is that of the certificate for a page.
func (g *httpGet) name(u *conf.URL) string {
	return cmp.Or(g.sni(u), hostOnly(u.Host), g.ConnectIP.String())
}

// hostOnly is a host without its port.
func hostOnly(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// ask fetches a page by a connection and says what is wrong with it.
func (g *httpGet) ask(ctx context.Context, conn net.Conn, u *conf.URL, page *Page, seen *trust) error {
	version2 := g.HTTP.Protocol == conf.HTTP2
	if g.HTTP.TLS {
		c := client{ssl: g.HTTP.SSL, sni: g.sni(u), trust: seen}
		if version2 {
			c.protocol = alpn2
		}
		secure, err := c.handshake(ctx, conn)
		if err != nil {
			return errors.Join(ErrConnect, err)
		}
		conn = secure
		if u.CloseNotify {
			defer func() { _ = secure.CloseWrite() }()
		}
	}
	if version2 {
		return g.ask2(conn, u, page)
	}
	if _, err := conn.Write(request(g.HTTP.Protocol, u.Path, u.Host, netip.AddrPortFrom(g.ConnectIP, g.ConnectPort))); err != nil {
		return errors.Join(ErrRead, fmt.Errorf("send the request: %w", err))
	}
	return receive(conn, u, g.regexes[g.page], page)
}

// ask2 is ask by HTTP/2.
func (g *httpGet) ask2(conn net.Conn, u *conf.URL, page *Page) error {
	s := newStream(conn)
	if err := s.request(fields2("GET", g.HTTP.TLS, cmp.Or(u.Host, target(g.Checker).String()), u.Path), nil); err != nil {
		return err
	}
	status, length, err := s.status()
	if err != nil {
		return err
	}
	return answer{status: status, length: length, body: s}.examine(u, g.regexes[g.page], page)
}

// request gives the bytes that ask for a page, as keepalived sends them.
func request(protocol, path, host string, to netip.AddrPort) []byte {
	version, end := protocol, "Connection: close\r\n"
	switch protocol {
	case "1.0":
		end = ""
	case "1.0C":
		version = "1.0"
	}
	if host == "" {
		host = to.String()
	}
	return fmt.Appendf(nil, "GET %s HTTP/%s\r\nUser-Agent: KeepAliveClient\r\n%sHost: %s\r\n\r\n", path, version, end, host)
}
