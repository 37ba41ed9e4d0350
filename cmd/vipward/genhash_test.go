// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pageServer answers every request with "hello world" and tells what it got.
func pageServer(t *testing.T) (port string, got <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	requests := make(chan string, 5)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			b := make([]byte, 4096)
			n, _ := conn.Read(b)
			requests <- string(b[:n])
			_, _ = io.WriteString(conn, "HTTP/1.1 200 X\r\nContent-Length: 12\r\n\r\nhello world\n")
			_ = conn.Close()
		}
	}()
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, requests
}

// TestGenhash: the digest of a page, by both ways to call it.
func TestGenhash(t *testing.T) {
	t.Parallel()
	port, got := pageServer(t)
	for _, call := range []string{"genhash", "vipward -T", "/usr/bin/genhash -P 1.0"} {
		var stdout, stderr bytes.Buffer
		args := append(strings.Fields(call), "-s", "127.0.0.1", "-p", port, "-u", "/x", "--use-virtualhost=v.example")
		if code := run(t.Context(), args, nil, nil, &stdout, &stderr); code != 0 || stderr.Len() > 0 {
			t.Errorf("%s: code %d, %s", call, code, &stderr)
		}
		if diff := cmp.Diff("6f5902ac237024bdd0c176cb93063dc4\n", stdout.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", call, diff)
		}
		if diff := cmp.Diff("GET /x HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: v.example\r\n\r\n", <-got); diff != "" {
			t.Errorf("%s: request (-want +got):\n%s", call, diff)
		}
	}
}

// TestGenhashVerbose: the dump, byte for byte but for the time.
func TestGenhashVerbose(t *testing.T) {
	t.Parallel()
	port, _ := pageServer(t)
	var stdout bytes.Buffer
	run(t.Context(), []string{"genhash", "-s", "127.0.0.1", "-p", port, "-u", "/x", "-v"}, nil, nil, &stdout, io.Discard)
	want := `-----------------------[    HTTP Header Buffer    ]-----------------------
0000  48 54 54 50 2f 31 2e 31 - 20 32 30 30 20 58 0d 0a   HTTP/1.1 200 X..
0016  43 6f 6e 74 65 6e 74 2d - 4c 65 6e 67 74 68 3a 20   Content-Length: 
0032  31 32 0d 0a 0d 0a       -                           12....          
-----------------------[ HTTP Header Ascii Buffer ]-----------------------
HTTP/1.1 200 X
Content-Length: 12


-----------------------[        HTML Buffer        ]-----------------------
0000  68 65 6c 6c 6f 20 77 6f - 72 6c 64 0a               hello world.    

-----------------------[    HTML hash resulting    ]-----------------------
0000  6f 59 02 ac 23 70 24 bd - d0 c1 76 cb 93 06 3d c4   oY..#p$...v...=.
-----------------------[ HTML hash final resulting ]-----------------------
6f5902ac237024bdd0c176cb93063dc4

Global response time for [/x] = N usecs
`
	got := regexp.MustCompile(`= \d+ usecs`).ReplaceAllString(strings.ReplaceAll(stdout.String(), "\r\n", "\n"), "= N usecs")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

func TestGenhashMistakes(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]struct {
		code int
		said string
	}{
		"-h":                                {1, genhashUsage},
		"":                                  {1, genhashUsage},
		"-s 127.0.0.1 -p 80 -u / -P 1":      {1, "invalid HTTP protocol version '1'\n" + genhashUsage},
		"-s 127.0.0.1 -p 1 -u /":            {0, "Connection failed\n"},
		"-s 127.0.0.1 -p 80 -u / -m x":      {1, "invalid argument of -m 'x'\n" + genhashUsage},
		"-s name.example -p 80 -u /":        {1, genhashUsage},
		"-s 127.0.0.1 -p 80":                {1, genhashUsage},
		"-s 127.0.0.1 --port 80000 --url /": {1, "invalid argument of --port '80000'\n" + genhashUsage},
	} {
		var stderr bytes.Buffer
		code := run(t.Context(), append([]string{"genhash"}, strings.Fields(args)...), nil, nil, io.Discard, &stderr)
		if diff := cmp.Diff(want.said, stderr.String()); diff != "" || code != want.code {
			t.Errorf("%q: code %d (-want +got):\n%s", args, code, diff)
		}
	}
}
