// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
)

// pingAt is the PING_CHECK of an address.
func pingAt(ip string, limit time.Duration) *ping {
	return &ping{Checker: &conf.Checker{ConnectIP: netip.MustParseAddr(ip), CheckSettings: &conf.CheckSettings{Kind: "PING_CHECK", ConnectTimeout: limit}}}
}

func privileged(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("ICMP sockets need CAP_NET_RAW")
	}
}

func TestPing(t *testing.T) {
	t.Parallel()
	privileged(t)
	for _, ip := range []string{"127.0.0.1", "127.0.0.33", "::1"} {
		c := pingAt(ip, 5*time.Second)
		for range 3 {
			if r := c.Run(t.Context()); r.Outcome != Passed || r.Cause != nil {
				t.Errorf("%s: %+v", ip, r)
			}
		}
		if c.seq != 3 {
			t.Errorf("%s: sequence %d after three runs", ip, c.seq)
		}
	}
}

func TestPingOptions(t *testing.T) {
	t.Parallel()
	privileged(t)
	c := pingAt("127.0.0.1", 5*time.Second)
	c.BindIP, c.BindIf, c.FWMark, c.BindPort = netip.MustParseAddr("127.0.0.77"), "lo", 7, 9
	if r := c.Run(t.Context()); r.Outcome != Passed {
		t.Errorf("%+v", r)
	}
	c.BindIP = netip.MustParseAddr("192.0.2.1")
	if r := c.Run(t.Context()); r.Outcome != Untold || !errors.Is(r.Cause, ErrBind) || !errors.Is(r.Cause, syscall.EADDRNOTAVAIL) {
		t.Errorf("address that is not here: %+v", r)
	}
	c.BindIf = "nosuchif"
	if r := c.Run(t.Context()); r.Outcome != Untold || !errors.Is(r.Cause, ErrBind) {
		t.Errorf("interface that is not here: %+v", r)
	}
	if r := pingAt("fe80::1", time.Second).Run(t.Context()); r.Outcome == Passed {
		t.Errorf("link-local address without an interface: %+v", r)
	}
}

// TestEchoRequest: the bytes of recording wire-ping.
func TestEchoRequest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		echo echo
		head []byte
	}{
		{echo{id: 0x1234, seq: 1}, []byte{8, 0}},
		{echo{id: 0x1234, seq: 1, v6: true}, []byte{128, 0}},
	} {
		got, err := tt.echo.request()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.head, got[:2]); diff != "" {
			t.Errorf("type and code (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]byte{0x12, 0x34, 0, 1}, got[4:8]); diff != "" {
			t.Errorf("id and sequence (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(filler(128), got[8:]); diff != "" {
			t.Errorf("data (-want +got):\n%s", diff)
		}
	}
}

func TestEchoAnswered(t *testing.T) {
	t.Parallel()
	reply := func(kind, code byte, id, seq uint16) []byte {
		b := []byte{kind, code, 0, 0}
		return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, id), seq)
	}
	head := append([]byte{0x46}, make([]byte, 23)...) // an IPv4 header with an option
	v4, v6, raw := echo{id: 7, seq: 9}, echo{id: 7, seq: 9, v6: true}, echo{id: 7, seq: 9, raw: true}
	tests := []struct {
		name string
		echo echo
		b    []byte
		want bool
	}{
		{"IPv4", v4, reply(0, 0, 8, 9), true}, // the kernel has looked at the id
		{"IPv6", v6, reply(129, 0, 8, 9), true},
		{"raw", raw, append(head, reply(0, 0, 7, 9)...), true},
		{"raw IPv6", echo{id: 7, seq: 9, v6: true, raw: true}, reply(129, 0, 7, 9), true},
		{"raw, of another", raw, append(head, reply(0, 0, 8, 9)...), false},
		{"an earlier one", v4, reply(0, 0, 7, 8), false},
		{"the request itself", v4, reply(8, 0, 7, 9), false},
		{"unreachable", v4, reply(3, 0, 7, 9), false},
		{"IPv6 reply type for IPv4", v4, reply(129, 0, 7, 9), false},
		{"another code", v4, reply(0, 1, 7, 9), false},
		{"short", v4, reply(0, 0, 7, 9)[:7], false},
		{"empty", v4, nil, false},
		{"raw, empty", raw, nil, false},
		{"raw, header only", raw, head, false},
		{"raw, a header that is longer than all", raw, []byte{0x4f, 0, 0}, false},
	}
	for _, tt := range tests {
		if got := tt.echo.answered(tt.b); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}
