// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"vipward/conf"

	"github.com/google/go-cmp/cmp"
)

// mail is an SMTP_CHECK of a server.
func mail(at netip.AddrPort, timeout time.Duration) smtp {
	return smtp{&conf.Checker{
		ConnectIP: at.Addr(), ConnectPort: at.Port(), CheckSettings: &conf.CheckSettings{
			Kind: "SMTP_CHECK", ConnectTimeout: timeout,
			SMTP: &conf.SMTPCheck{HELO: "probe.example"},
		},
	}}
}

// dialogue says its answers in turn, the first one unasked; what it hears
// goes to heard at the end.
func dialogue(heard chan<- string, answers ...string) func(net.Conn) {
	return func(conn net.Conn) {
		in := bufio.NewReader(conn)
		var got strings.Builder
		for i, a := range answers {
			if i > 0 {
				line, _ := in.ReadString('\n')
				got.WriteString(line)
			}
			_, _ = io.WriteString(conn, a)
		}
		if len(answers) < 3 { // the check ends by itself
			rest, _ := io.ReadAll(in)
			got.Write(rest)
		}
		heard <- got.String()
	}
}

// TestSMTPDialogues: what is said and what is good, as with keepalived.
func TestSMTPDialogues(t *testing.T) {
	t.Parallel()
	const helo, quit = "HELO probe.example\r\n", "QUIT\r\n"
	tests := []struct {
		name    string
		answers []string
		heard   string
		want    error
	}{
		{"plain", []string{"220 x ESMTP\r\n", "250 x\r\n", "221 bye\r\n"}, helo + quit, nil},
		{"554", []string{"554 no\r\n"}, "", ErrBanner},
		{"greeting of several lines", []string{"220-x\r\n220 y\r\n"}, "", ErrBanner},
		{"HELO answer of several lines", []string{"220 x\r\n", "250-x\r\n250 y\r\n"}, helo, ErrHELO},
		{"code and CR", []string{"220\r\n"}, "", ErrBanner},
		{"HELO refused", []string{"220 x\r\n", "550 no\r\n"}, helo, ErrHELO},
		{"closes after QUIT", []string{"220 x\r\n", "250 x\r\n", ""}, helo + quit, ErrRead},
		{"QUIT refused", []string{"220 x\r\n", "250 x\r\n", "500 what\r\n"}, helo + quit, nil},
		{"LF only", []string{"220 x\n", "250 x\n", "221 b\n"}, helo + quit, nil},
		{"code and LF", []string{"220\n", "250\n", "221\n"}, helo + quit, nil},
		{"longer code", []string{"2200 x\r\n"}, "", ErrBanner},
		{"long line", []string{"220 " + strings.Repeat("x", 600) + "\r\n"}, "", ErrBanner},
		{"long line behind QUIT", []string{"220 x\r\n", "250 x\r\n", strings.Repeat("x", 600) + "\r\n"}, helo + quit, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			heard := make(chan string, 1)
			r := mail(serve(t, dialogue(heard, tt.answers...)), 5*time.Second).Run(t.Context())
			want := Passed
			if tt.want != nil {
				want = Failed
			}
			if r.Outcome != want || !errors.Is(r.Cause, tt.want) {
				t.Errorf("outcome %d, cause %v; want outcome %d, cause %v", r.Outcome, r.Cause, want, tt.want)
			}
			if diff := cmp.Diff(tt.heard, <-heard); diff != "" {
				t.Errorf("what the server heard (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSMTPHostile: whatever a server does, a run ends within its time.
func TestSMTPHostile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		server func(net.Conn)
		want   error
	}{
		{"silence", func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }, os.ErrDeadlineExceeded},
		{"byte by byte", func(conn net.Conn) {
			for _, err := io.WriteString(conn, "220 "); err == nil; _, err = io.WriteString(conn, "x") {
				time.Sleep(20 * time.Millisecond)
			}
		}, os.ErrDeadlineExceeded},
		{"endless line", func(conn net.Conn) {
			for _, err := io.WriteString(conn, "220 "); err == nil; {
				_, err = io.WriteString(conn, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
			}
		}, ErrBanner},
		{"endless lines", func(conn net.Conn) {
			for _, err := io.WriteString(conn, "220-x\r\n"); err == nil; {
				_, err = io.WriteString(conn, "220-x\r\n")
			}
		}, ErrBanner},
		{"silence behind QUIT", func(conn net.Conn) {
			_, _ = io.WriteString(conn, "220 x\r\n250 x\r\n")
			_, _ = io.Copy(io.Discard, conn)
		}, os.ErrDeadlineExceeded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := mail(serve(t, tt.server), 300*time.Millisecond).Run(t.Context())
			if r.Outcome != Failed || !errors.Is(r.Cause, tt.want) {
				t.Errorf("outcome %d, cause %v; want a failure by %v", r.Outcome, r.Cause, tt.want)
			}
		})
	}
}

func TestSMTPEndsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	at := serve(t, func(conn net.Conn) {
		cancel()
		_, _ = io.Copy(io.Discard, conn)
	})
	if r := mail(at, time.Minute).Run(ctx); r.Outcome != Untold || !errors.Is(r.Cause, context.Canceled) {
		t.Errorf("%+v", r)
	}
}

func TestSMTPID(t *testing.T) {
	t.Parallel()
	a, b := mail(netip.AddrPort{}, 0), mail(netip.AddrPort{}, 0)
	if b.SMTP.HELO = "other.example"; ID(a.Checker) == ID(b.Checker) {
		t.Error("another helo_name is the same check")
	}
}
