// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// addrs parses a list of addresses.
func addrs(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, a := range list {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func pass(password string) (data [8]byte) {
	copy(data[:], password)
	return data
}

// frame is an IPv4 datagram that keepalived sent, and what made it.
type frame struct {
	name     string
	wire     Wire
	priority uint8
	hex      string
}

// frames were captured from keepalived 2.2.7.
func frames() []frame {
	mcast := netip.MustParseAddr("224.0.0.18")
	return []frame{
		{
			"v2, four addresses",
			Wire{Version: 2, VRID: 51, AdvertInt: time.Second, Group: mcast, Addrs: addrs("10.0.0.100", "10.0.0.101", "10.0.0.103", "10.0.0.102")},
			255, "45c0003400010000ff70d0850a000001e00000122133ff040001b6300a0000640a0000650a0000670a0000660000000000000000",
		},
		{
			"v2, priority 0 with all addresses",
			Wire{Version: 2, VRID: 51, AdvertInt: time.Second, Group: mcast, Addrs: addrs("10.0.0.100", "10.0.0.101", "10.0.0.103", "10.0.0.102")},
			0, "45c0003400050000ff70d0810a000001e0000012213300040001b5310a0000640a0000650a0000670a0000660000000000000000",
		},
		{
			"v2, password of eight",
			Wire{Version: 2, VRID: 52, AdvertInt: time.Second, Group: mcast, Addrs: addrs("10.0.0.110"), AuthType: 1, AuthData: pass("secret12")},
			255, "45c0002800010000ff70d0910a000001e00000122134ff01010166dc0a00006e7365637265743132",
		},
		{
			"v2, short password, three seconds",
			Wire{Version: 2, VRID: 53, AdvertInt: 3 * time.Second, Group: mcast, Addrs: addrs("10.0.0.111", "10.0.0.112"), AuthType: 1, AuthData: pass("abc")},
			255, "45c0002c00010000ff70d08d0a000001e00000122135ff02010305830a00006f0a0000706162630000000000",
		},
		{
			"v2, another group",
			Wire{Version: 2, VRID: 52, AdvertInt: time.Second, Group: netip.MustParseAddr("224.0.0.88"), Addrs: addrs("10.0.0.101")},
			255, "45c0002800010000ff70cfff0a00004de00000582134ff010001d5630a0000650000000000000000",
		},
		{
			"v2, unicast, TTL 64",
			Wire{Version: 2, VRID: 51, AdvertInt: time.Second, Unicast: true, Addrs: addrs("10.0.0.100")},
			255, "45c0002800010000407065a20a0000010a0000032133ff010001d5650a0000640000000000000000",
		},
		{
			"v2, unicast, password",
			Wire{Version: 2, VRID: 52, AdvertInt: time.Second, Unicast: true, Addrs: addrs("10.0.0.101"), AuthType: 1, AuthData: pass("abcdefgh")},
			255, "45c0002800020000ff70a6a10a0000010a0000022134ff01010142ce0a0000656162636465666768",
		},
		{
			"v3, half a second, two addresses",
			Wire{Version: 3, VRID: 51, AdvertInt: 500 * time.Millisecond, Group: mcast, Addrs: addrs("10.0.0.100", "10.0.0.101")},
			255, "45c0002400010000ff70d0950a000001e00000123133ff020032d03a0a0000640a000065",
		},
		{
			"v3, longest interval",
			Wire{Version: 3, VRID: 52, AdvertInt: 40950 * time.Millisecond, Group: mcast, Addrs: addrs("10.0.0.102")},
			255, "45c0002000010000ff70d0990a000001e00000123134ff010fffcad40a000066",
		},
		{
			"v3, priority 0",
			Wire{Version: 3, VRID: 52, AdvertInt: 40950 * time.Millisecond, Group: mcast, Addrs: addrs("10.0.0.102")},
			0, "45c0002000020000ff70d0980a000001e0000012313400010fffc9d50a000066",
		},
		{
			"v3, 10 centiseconds, priority 1",
			Wire{Version: 3, VRID: 51, AdvertInt: 100 * time.Millisecond, Group: mcast, Addrs: addrs("10.0.0.100")},
			1, "45c0002000010000ff70d0990a000001e000001231330101000ad8cd0a000064",
		},
		{
			"v3, unicast",
			Wire{Version: 3, VRID: 51, AdvertInt: time.Second, Unicast: true, Addrs: addrs("10.0.0.100")},
			255, "45c0002000020000ff70a6a90a0000010a0000023133ff010064b0830a000064",
		},
	}
}

// TestAppendAsKeepalived compares our bodies with captured ones, byte for byte.
func TestAppendAsKeepalived(t *testing.T) {
	t.Parallel()
	for _, f := range frames() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			p, v := ParseIPv4(unhex(t, f.hex))
			if v != Accept {
				t.Fatalf("captured frame: %v", v)
			}
			got := f.wire.Append(nil, p.Src, p.Dst, f.priority)
			if diff := gocmp.Diff(hex.EncodeToString(p.Payload), hex.EncodeToString(got)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCheckOfKeepalived accepts what keepalived sends.
func TestCheckOfKeepalived(t *testing.T) {
	t.Parallel()
	for _, f := range frames() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			p, _ := ParseIPv4(unhex(t, f.hex))
			got, v := f.wire.Check(p)
			want := Advert{From: p.Src, Priority: f.priority, Interval: f.wire.AdvertInt}
			if v != Accept || got != want {
				t.Errorf("got %+v, %v; want %+v", got, v, want)
			}
		})
	}
}

// TestAppendAppends leaves what is in the buffer alone.
func TestAppendAppends(t *testing.T) {
	t.Parallel()
	w := twoVIPs(2)
	alone := w.Append(nil, ours, group, 100)
	got := w.Append([]byte("header"), ours, group, 100)
	if !bytes.Equal(got, append([]byte("header"), alone...)) {
		t.Errorf("got %x", got)
	}
}

func TestAppendWithoutAddresses(t *testing.T) {
	t.Parallel()
	w := Wire{Version: 2, VRID: 51, AdvertInt: time.Second}
	b := w.Append(nil, ours, group, 100)
	if len(b) != 16 || b[3] != 0 {
		t.Fatalf("body %x", b)
	}
	if _, v := w.Check(Packet{Src: lower, Dst: group, TTL: 255, Payload: b}); v != Accept {
		t.Errorf("verdict %v", v)
	}
}

// TestAppendIntervalFits keeps an interval that is too long for the field within it.
func TestAppendIntervalFits(t *testing.T) {
	t.Parallel()
	w := Wire{Version: 3, VRID: 1, AdvertInt: time.Minute}
	b := w.Append(nil, ours, group, 1)
	if got := (Packet{Payload: b}).interval(); got != 40950*time.Millisecond {
		t.Errorf("interval %v", got)
	}
}

func TestParseIPv4(t *testing.T) {
	t.Parallel()
	good := unhex(t, frames()[0].hex)
	withOptions := append(append([]byte{0x46}, good[1:20]...), append(make([]byte, 4), good[20:]...)...)
	withOptions[3] += 4
	tests := []struct {
		name    string
		bytes   []byte
		want    Verdict
		payload []byte
	}{
		{"whole", good, Accept, good[20:]},
		{"Ethernet padding behind it", append(bytes.Clone(good), 0, 0, 0), Accept, good[20:]},
		{"IP options", withOptions, Accept, good[20:]},
		{"empty", nil, DropIPHeader, nil},
		{"shorter than a header", good[:19], DropIPHeader, nil},
		{"cut off", good[:len(good)-1], DropIPHeader, nil},
		{"IPv6", changed(good, 0, 0x65), DropIPHeader, nil},
		{"header length below the least", changed(good, 0, 0x44), DropIPHeader, nil},
		{"total length below the header", changed(changed(good, 2, 0), 3, 19), DropIPHeader, nil},
		{"UDP", changed(good, 9, 17), DropProtocol, nil},
		{"AH", changed(good, 9, 51), DropProtocol, nil},
		{"header alone", changed(changed(good[:20], 2, 0), 3, 20), Accept, []byte{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, v := ParseIPv4(tt.bytes)
			if v != tt.want || !bytes.Equal(p.Payload, tt.payload) {
				t.Errorf("got %v, %x; want %v, %x", v, p.Payload, tt.want, tt.payload)
			}
			if v == Accept && (p.Src != netip.MustParseAddr("10.0.0.1") || p.Dst != group || p.TTL != 255) {
				t.Errorf("header %v %v %d", p.Src, p.Dst, p.TTL)
			}
		})
	}
}

// changed returns a copy of b with one byte replaced.
func changed(b []byte, at int, value byte) []byte {
	c := bytes.Clone(b)
	c[at] = value
	return c
}

func TestPacketVRID(t *testing.T) {
	t.Parallel()
	w := twoVIPs(2)
	b := w.Append(nil, ours, group, 100)
	if got := (Packet{Payload: b}).VRID(); got != 51 {
		t.Errorf("VRID %d", got)
	}
	if got := (Packet{Payload: b[:7]}).VRID(); got != 0 {
		t.Errorf("VRID of a short packet %d", got)
	}
}

// TestChecksumOddLength: such a body is never an advert, but must not read past its end.
func TestChecksumOddLength(t *testing.T) {
	t.Parallel()
	if got, want := bodyChecksum([]byte{0x12, 0x34, 0x56}, 2, ours, group), ^uint16(0x1234+0x5600); got != want {
		t.Errorf("checksum %#x, want %#x", got, want)
	}
}
