// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
)

// TestDNSQuestion: the bytes of recording wire-dns, which begin with a random id.
func TestDNSQuestion(t *testing.T) {
	t.Parallel()
	const (
		head    = "12340100000100000000" + "0000"
		example = "076578616d706c6503636f6d00"
	)
	tests := []struct{ kind, name, want string }{
		{"A", "example.com", example + "00010001"},
		{"NS", "example.com", example + "00020001"},
		{"CNAME", "example.com", example + "00050001"},
		{"SOA", "example.com", example + "00060001"},
		{"MX", "example.com", example + "000f0001"},
		{"TXT", "example.com", example + "00100001"},
		{"AAAA", "example.com", example + "001c0001"},
		{"RRSIG", "example.com", example + "002e0001"},
		{"DNSKEY", "example.com", example + "00300001"},
		{"SOA", ".", "0000060001"},
		{"A", "example.com.", example + "00010001"},
	}
	for _, tt := range tests {
		got, err := dnsQuestion(&conf.DNSCheck{Type: tt.kind, Name: tt.name}, 0x1234)
		if err != nil {
			t.Errorf("%s %s: %v", tt.kind, tt.name, err)
		}
		if diff := cmp.Diff(head+tt.want, hex.EncodeToString(got)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.kind, tt.name, diff)
		}
	}
	for _, name := range []string{strings.Repeat("a", 64), strings.Repeat("a.", 128), "a..b"} {
		if got, err := dnsQuestion(&conf.DNSCheck{Type: "A", Name: name}, 1); err == nil {
			t.Errorf("%s: %x", name, got)
		}
	}
}

// TestDNSAnswers follows recording wire-dns, and a hostile server.
func TestDNSAnswers(t *testing.T) {
	t.Parallel()
	// answer is the question with its flags changed.
	answer := func(high, low byte) func([]byte) [][]byte {
		return func(q []byte) [][]byte {
			q[2], q[3] = high, low
			return [][]byte{q}
		}
	}
	tests := []struct {
		name  string
		reply func([]byte) [][]byte
		want  error // nil: passes
	}{
		{"good", answer(0x81, 0x80), nil},
		{"TC", answer(0x83, 0x80), nil},
		{"opcode 5", answer(0xa9, 0x80), nil},
		{"header only, counts 0", func(q []byte) [][]byte { return [][]byte{{q[0], q[1], 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0}} }, nil},
		{"counts without records", func(q []byte) [][]byte {
			return [][]byte{{q[0], q[1], 0x81, 0x80, 255, 255, 255, 255, 255, 255, 255, 255}}
		}, nil},
		{"a name that points to itself", func(q []byte) [][]byte {
			return [][]byte{{q[0], q[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1}}
		}, nil},
		{"64 kB", func(q []byte) [][]byte {
			q[2] |= 0x80
			return [][]byte{append(q, make([]byte, 60000)...)}
		}, nil},
		{"rcode 2", answer(0x81, 0x82), RcodeError(2)},
		{"rcode 3", answer(0x81, 0x83), RcodeError(3)},
		{"rcode 5", answer(0x81, 0x85), RcodeError(5)},
		{"QR clear", answer(0x01, 0x00), os.ErrDeadlineExceeded},
		{"wrong id", func(q []byte) [][]byte {
			q[0], q[2] = q[0]+1, 0x81
			return [][]byte{q}
		}, os.ErrDeadlineExceeded},
		{"3 bytes", func(q []byte) [][]byte { return [][]byte{q[:3]} }, os.ErrDeadlineExceeded},
		{"11 bytes", func(q []byte) [][]byte { q[2] |= 0x80; return [][]byte{q[:11]} }, os.ErrDeadlineExceeded},
		{"empty", func([]byte) [][]byte { return [][]byte{{}} }, os.ErrDeadlineExceeded},
		{"nothing", silence, os.ErrDeadlineExceeded},
		{"stray ones before", func(q []byte) [][]byte {
			good := append([]byte(nil), q...)
			good[2] |= 0x80
			return [][]byte{{}, q[:4], q, good}
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, _ := answerer(t, tt.reply)
			c.DNS = &conf.DNSCheck{Type: "SOA", Name: "example.com"}
			if errors.Is(tt.want, os.ErrDeadlineExceeded) {
				c.ConnectTimeout = 100 * time.Millisecond
			}
			r := dns{&c}.Run(t.Context())
			if tt.want == nil && (r.Outcome != Passed || r.Cause != nil) || tt.want != nil && (r.Outcome != Failed || !errors.Is(r.Cause, tt.want)) {
				t.Errorf("%+v, want %v", r, tt.want)
			}
		})
	}
}

func TestDNSTrouble(t *testing.T) {
	t.Parallel()
	c := closedPort(t)
	c.DNS = &conf.DNSCheck{Type: "SOA", Name: "."}
	if r := (dns{&c}).Run(t.Context()); r.Outcome != Failed || !errors.Is(r.Cause, syscall.ECONNREFUSED) {
		t.Errorf("closed port: %+v", r)
	}
	c.BindIf = "nosuchif"
	if r := (dns{&c}).Run(t.Context()); r.Outcome != Untold || !errors.Is(r.Cause, ErrBind) {
		t.Errorf("no such interface: %+v", r)
	}
	c.DNS.Name = "a..b"
	if r := (dns{&c}).Run(t.Context()); r.Outcome != Untold || r.Cause == nil {
		t.Errorf("bad name: %+v", r)
	}
	if got := RcodeError(3).Error(); got != "rcode 3" {
		t.Errorf("%q", got)
	}
}
