// SPDX-License-Identifier: Apache-2.0

package probe

import (
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
	if s := h.SSL; s != nil {
		fmt.Fprintf(&b, " cert %q key %q ca %q", s.Certificate, s.Key, s.CA)
	}
	for _, u := range h.URLs {
		fmt.Fprintf(&b, " url %q host %q sni %q digest %q status %v notify=%t", u.Path, u.Host, u.SNI, u.Digest, u.Status, u.CloseNotify)
		if u.Regex != nil {
			fmt.Fprintf(&b, " regex %+v", *u.Regex)
		}
	}
	return b.String()
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
	err = g.ask(ctx, conn, u, page)
	switch {
	case err == nil:
		return Result{Outcome: Passed, Page: page}
	case ctx.Err() != nil:
		return Result{Outcome: Untold, Cause: ctx.Err(), Page: page}
	case errors.Is(err, errLocal):
		return Result{Outcome: Untold, Cause: err, Page: page}
	default:
		return Result{Outcome: Failed, Cause: err, Page: page}
	}
}

// ask fetches a page by a connection and says what is wrong with it.
func (g *httpGet) ask(ctx context.Context, conn net.Conn, u *conf.URL, page *Page) error {
	if g.HTTP.TLS {
		secure, err := handshake(ctx, conn, g.HTTP.SSL, u.SNI)
		if err != nil {
			return errors.Join(ErrConnect, err)
		}
		conn = secure
		if u.CloseNotify {
			defer func() { _ = secure.CloseWrite() }()
		}
	}
	if _, err := conn.Write(request(g.HTTP.Protocol, u.Path, u.Host, netip.AddrPortFrom(g.ConnectIP, g.ConnectPort))); err != nil {
		return errors.Join(ErrRead, fmt.Errorf("send the request: %w", err))
	}
	return receive(conn, u, g.regexes[g.page], page)
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
