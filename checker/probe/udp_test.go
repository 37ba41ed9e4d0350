// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
)

// TestUDPReplies follows recording wire-udp.
func TestUDPReplies(t *testing.T) {
	t.Parallel()
	pattern := func(reply, mask string) conf.UDPCheck {
		return conf.UDPCheck{RequireReply: true, Reply: []byte(reply), Mask: []byte(mask), MaxLength: 255}
	}
	ok := pattern("ok", "\xff\xff")
	long := ok
	long.MinLength = 4
	tests := []struct {
		name  string
		check conf.UDPCheck
		reply string
		want  Outcome
	}{
		{"any answer", conf.UDPCheck{MaxLength: 255}, "x", Passed},
		{"an empty one", conf.UDPCheck{RequireReply: true, MaxLength: 255}, "", Passed},
		{"the right one", ok, "ok", Passed},
		{"another", ok, "no", Failed},
		{"the right start", ok, "okay", Passed},
		{"any digits", pattern("o\x00", "\xff\x00"), "ox", Passed},
		{"half a byte", pattern("\x60", "\xf0"), "o", Passed},
		{"the other half", pattern("\x60", "\x0f"), "o", Failed},
		{"shorter than the pattern", pattern("okk", "\xff\xff\xff"), "ok", Passed},
		{"empty against a pattern", ok, "", Passed},
		{"too short", long, "ok", Failed},
		{"long enough", long, "okay", Passed},
		{"too long", ok, "ok" + string(make([]byte, 254)), Failed},
		{"as long as may be", ok, "ok" + string(make([]byte, 253)), Passed},
		{"too long, but not looked at", conf.UDPCheck{RequireReply: true, MaxLength: 255}, string(make([]byte, 1000)), Passed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, _ := answerer(t, func([]byte) [][]byte { return [][]byte{[]byte(tt.reply)} })
			c.UDP = &tt.check
			if r := (udp{&c}).Run(t.Context()); r.Outcome != tt.want || (r.Cause == nil) != (tt.want == Passed) {
				t.Errorf("%+v, want outcome %d", r, tt.want)
			}
		})
	}
}

func TestUDPPayload(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ payload, want []byte }{
		{nil, []byte("keepalived check - keepalived ch")},
		{[]byte{0, 0xff, 0x10}, []byte{0, 0xff, 0x10}},
	} {
		c, got := answerer(t, func(q []byte) [][]byte { return [][]byte{q} })
		c.UDP = &conf.UDPCheck{Payload: tt.payload, MaxLength: 255}
		if r := (udp{&c}).Run(t.Context()); r.Outcome != Passed {
			t.Errorf("%+v", r)
		}
		if diff := cmp.Diff(tt.want, <-got); diff != "" {
			t.Errorf("datagram (-want +got):\n%s", diff)
		}
	}
}

// TestUDPSilence: silence is good, and takes all of the time, unless an answer is
// required.
func TestUDPSilence(t *testing.T) {
	t.Parallel()
	c, _ := answerer(t, silence)
	c.ConnectTimeout = 50 * time.Millisecond
	c.UDP = &conf.UDPCheck{MaxLength: 255}
	begin := time.Now()
	if r := (udp{&c}).Run(t.Context()); r.Outcome != Passed || r.Cause != nil {
		t.Errorf("%+v", r)
	}
	if took := time.Since(begin); took < c.ConnectTimeout {
		t.Errorf("was content after %v", took)
	}
	c.UDP = &conf.UDPCheck{RequireReply: true, MaxLength: 255}
	if r := (udp{&c}).Run(t.Context()); r.Outcome != Failed || !errors.Is(r.Cause, os.ErrDeadlineExceeded) {
		t.Errorf("required: %+v", r)
	}
}

func TestUDPClosedPort(t *testing.T) {
	t.Parallel()
	c := closedPort(t)
	c.UDP = &conf.UDPCheck{MaxLength: 255}
	if r := (udp{&c}).Run(t.Context()); r.Outcome != Failed || !errors.Is(r.Cause, syscall.ECONNREFUSED) {
		t.Errorf("%+v", r)
	}
}

func TestFiller(t *testing.T) {
	t.Parallel()
	want := bytes.Repeat([]byte("keepalived check - "), 7)[:128]
	if diff := cmp.Diff(want, filler(128)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
