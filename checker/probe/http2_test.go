// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"crypto/md5"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
)

var quiet = log.New(io.Discard, "", 0)

// get2 is a check by HTTP/2 of a server of package net/http, with TLS or without.
func get2(t *testing.T, secure bool, pages http.HandlerFunc, change func(*conf.URL)) *httpGet {
	t.Helper()
	if !secure {
		at, _ := web(t, nil, pages)
		g := getFrom(at, change)
		g.HTTP.Protocol = conf.HTTP2
		return g
	}
	cert := newAuthority(t).leaf(time.Now().Add(time.Hour))
	at, _ := web(t, &cert, pages)
	g := getSecure(at, nil, change)
	g.HTTP.Protocol = conf.HTTP2
	return g
}

// TestHTTP2 asks Go's own server, with TLS and by prior knowledge.
func TestHTTP2(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // of many windows
	sum := md5.Sum(long)
	tests := []struct {
		name   string
		page   http.HandlerFunc
		change func(*conf.URL)
		want   error
		bytes  int64
		length int64
	}{
		{name: "page", page: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }, bytes: 2, length: 2},
		{name: "no body", page: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, length: -1},
		{name: "status", page: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, want: ErrStatus, length: 0},
		{name: "redirect", page: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/other", http.StatusFound) }, want: ErrStatus, length: 29},
		{
			name: "interim answer", page: func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusEarlyHints)
				_, _ = io.WriteString(w, "ok")
			}, bytes: 2, length: 2,
		},
		{
			name: "long page", page: func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(long) }, change: digestURL(hex.EncodeToString(sum[:])),
			bytes: int64(len(long)), length: -1,
		},
		{name: "wrong digest", page: ok, change: digestURL("0"), want: ErrDigest, bytes: 2, length: 2},
		{name: "regex", page: ok, change: regexURL(conf.Regex{Pattern: "^o"}), bytes: 2, length: 2},
		{name: "no match", page: ok, change: regexURL(conf.Regex{Pattern: "^k"}), want: ErrRegex, bytes: 2, length: 2},
		{
			name: "trailer", page: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Trailer", "X-End")
				_, _ = io.WriteString(w, "ok")
				w.Header().Set("X-End", "1")
			}, bytes: 2, length: 2,
		},
		{
			name: "header in pieces", page: func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Long", strings.Repeat("x", 40<<10)) },
			length: 0,
		},
		{
			name: "header too long", page: func(w http.ResponseWriter, _ *http.Request) {
				for i := range 3 {
					w.Header().Set("X-Long"+string(rune('a'+i)), strings.Repeat("x", 40<<10))
				}
			}, want: ErrReply, length: -1,
		},
	}
	for _, tt := range tests {
		for _, secure := range []bool{true, false} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				r := get2(t, secure, tt.page, tt.change).Run(t.Context())
				if !errors.Is(r.Cause, tt.want) || (tt.want == nil) != (r.Cause == nil) {
					t.Errorf("cause %v, want %v", r.Cause, tt.want)
				}
				if diff := cmp.Diff(&Page{Path: "/", Bytes: tt.bytes, Length: tt.length}, r.Page); diff != "" {
					t.Errorf("page (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestHTTP2Request: what a server is asked.
func TestHTTP2Request(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		secure bool
		host   string
		want   string
	}{
		{"address", false, "", "GET HTTP/2.0 {at} /a?b KeepAliveClient"},
		{"host", true, "www.example", "GET HTTP/2.0 www.example /a?b KeepAliveClient"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := make(chan string, 1)
			g := get2(t, tt.secure, func(_ http.ResponseWriter, r *http.Request) {
				got <- strings.Join([]string{r.Method, r.Proto, r.Host, r.RequestURI, r.UserAgent()}, " ")
			}, func(u *conf.URL) { u.Path, u.Host = "/a?b", tt.host })
			if r := g.Run(t.Context()); r.Outcome != Passed {
				t.Errorf("%+v", r)
			}
			want := strings.Replace(tt.want, "{at}", target(g.Checker).String(), 1)
			if diff := cmp.Diff(want, <-got); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

// TestHTTP2Refused: servers that do not speak it.
func TestHTTP2Refused(t *testing.T) {
	t.Parallel()
	g := getFrom(serve(t, say("HTTP/1.1 400 Bad Request\r\n\r\n")), nil)
	g.HTTP.Protocol = conf.HTTP2
	if r := g.Run(t.Context()); r.Outcome != Failed || !errors.Is(r.Cause, ErrReply) {
		t.Errorf("HTTP/1: %+v", r)
	}
	at, _ := serveTLS(t, &tls.Config{})
	g = getSecure(at, nil, nil)
	g.HTTP.Protocol = conf.HTTP2
	if r := g.Run(t.Context()); r.Outcome != Failed || !errors.Is(r.Cause, errProtocol) {
		t.Errorf("no ALPN: %+v", r)
	}
}
