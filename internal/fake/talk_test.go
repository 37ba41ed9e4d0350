// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"encoding/hex"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// converse lets a client write its lines, each after an answer if there is one, and gives what
// the client read and what the server noted.
func converse(t *testing.T, talk Talk, greeted bool, lines ...string) (read, noted string) {
	t.Helper()
	server, client := net.Pipe()
	done := make(chan string)
	go func() {
		defer server.Close()
		done <- talk(server)
	}()
	buf := make([]byte, 4096)
	var heard strings.Builder
	take := func() {
		n, _ := client.Read(buf) // the server may have closed
		heard.Write(buf[:n])
	}
	if greeted {
		take()
	}
	for _, l := range lines {
		if _, err := io.WriteString(client, l); err != nil {
			t.Fatal(err)
		}
		take()
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	return heard.String(), <-done
}

func TestTalks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		talk        Talk
		greeted     bool
		lines       []string
		read, noted string
	}{
		{
			"page", HTTP("HTTP/1.0 200 OK\r\n\r\nhi"), false,
			[]string{"GET / HTTP/1.0\r\n\r\n"},
			"HTTP/1.0 200 OK\r\n\r\nhi", `request GET / HTTP/1.0\r\n\r\n`,
		},
		{
			"pages", Pages(func(path string) string { return "of " + path }), false,
			[]string{"GET /a b HTTP/1.0\r\n\r\n"},
			"of /a b", `request GET /a b HTTP/1.0\r\n\r\n`,
		},
		{
			"mail dialogue", SMTP("220 x\r\n", "250 y\r\n"), true,
			[]string{"HELO a\r\n"},
			"220 x\r\n250 y\r\n", `S: 220 x\r\n | C: HELO a\r\n | S: 250 y\r\n | C: <EOF>`,
		},
		{"refused", SMTP("554 no\r\n"), true, nil, "554 no\r\n", `S: 554 no\r\n | C: <EOF>`},
		{
			"a mail", Mail, true,
			[]string{"HELO a\r\n", "DATA\r\n", "text\r\n.\r\n", "QUIT\r\n"},
			"220 x ESMTP\r\n250 x\r\n354 x\r\n250 x\r\n221 x\r\n",
			`mail HELO a\r\nDATA\r\ntext\r\n.\r\nQUIT\r\n`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			read, noted := converse(t, tt.talk, tt.greeted, tt.lines...)
			if diff := cmp.Diff(tt.read, read); diff != "" {
				t.Errorf("the client read (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tt.noted, noted); diff != "" {
				t.Errorf("the server noted (-want +got)\n%s", diff)
			}
		})
	}
}

func TestEscape(t *testing.T) {
	t.Parallel()
	if got, want := Escape([]byte("a\r\n\t\"\\\x00\xff~")), `a\r\n\t\"\\\x00\xff~`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	if got, want := Page(404, "no\n"), "HTTP/1.1 404 X\r\nContent-Length: 3\r\n\r\nno\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestDNS(t *testing.T) {
	t.Parallel()
	query, err := hex.DecodeString("844a01000001000000000000")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := hex.EncodeToString(DNS(2)(query)), "844a81820001000000000000"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := DNS(0)(query[:5]); got != nil {
		t.Errorf("a short query was answered: %x", got)
	}
}

func TestSelfSigned(t *testing.T) {
	t.Parallel()
	if cert, err := SelfSigned(); err != nil || len(cert.Certificate) != 1 {
		t.Errorf("%d certificates, %v", len(cert.Certificate), err)
	}
}
