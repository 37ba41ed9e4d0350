// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// dumpMessages prints requests as text: the command, then the attributes with
// their values in hexadecimal.
func dumpMessages(b []byte) string {
	var out strings.Builder
	for len(b) >= headerLen {
		size := binary.NativeEndian.Uint32(b)
		fmt.Fprintf(&out, "type %d flags %#x seq %d cmd %d\n",
			u16(b[4:]), u16(b[6:]), binary.NativeEndian.Uint32(b[8:]), b[16])
		for typ, value := range attributes(b[headerLen:size]) {
			fmt.Fprintf(&out, "  %d:", typ)
			for t, v := range attributes(value) {
				fmt.Fprintf(&out, " %d=%s", t, hex.EncodeToString(v))
			}
			out.WriteString("\n")
		}
		b = b[size:]
	}
	fmt.Fprintf(&out, "%d bytes left\n", len(b))
	return out.String()
}

// The values are little-endian: the golden text is for such machines.
func TestMessage(t *testing.T) {
	t.Parallel()
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the expected text is for little-endian machines")
	}
	sticky := service("10.9.0.1:80")
	sticky.Timeout, sticky.Netmask, sticky.Flags = 600*time.Second, 0xffffff00, flagSched2
	d := dest("127.0.0.11:8080", 70000)
	d.Method, d.Upper, d.Lower = Route, 10, 5
	six := service("[fd00::1]:443")
	six.Protocol, six.Scheduler = 17, ""
	mark := Service{Key: Key{FWMark: 7, Addr: six.Addr}, Scheduler: "rr", Netmask: 128}

	engine := service("10.9.0.1:80")
	engine.Protocol, engine.Timeout, engine.Engine = 17, time.Minute, "sip"
	gue := dest("127.0.0.11:80", 1)
	gue.Method, gue.Tunnel = Tunnel, TunnelOptions{Type: GUE, Port: 6080, Flags: TunnelRemoteChecksum}

	tests := []struct {
		name string
		op   Op
		want string
	}{
		{"add service", Op{Verb: AddService, Service: &sticky}, `
type 33 flags 0x5 seq 9 cmd 1
  1: 1=0200 2=0600 3=0a090001 4=0050 6=727200 7=11000000ffffffff 8=58020000 9=ffffff00
`},
		{"edit IPv6 service without scheduler", Op{Verb: EditService, Service: &six}, `
type 33 flags 0x5 seq 9 cmd 2
  1: 1=0a00 2=1100 3=fd000000000000000000000000000001 4=01bb 6=6e6f6e6500 7=00000000ffffffff 8=00000000 9=80000000
`},
		{"delete service names only the key", Op{Verb: DelService, Service: &sticky}, `
type 33 flags 0x5 seq 9 cmd 3
  1: 1=0200 2=0600 3=0a090001 4=0050
`},
		{"add destination", Op{Verb: AddDest, Service: &sticky, Dest: &d}, `
type 33 flags 0x5 seq 9 cmd 5
  1: 1=0200 2=0600 3=0a090001 4=0050
  2: 11=0200 1=7f00000b 2=1f90 3=03000000 4=70110100 5=0a000000 6=05000000
`},
		{"IPv6 destination of an IPv4 service names its family", Op{Verb: EditDest, Service: &sticky, Dest: new(dest("[fd00::9]:80", 1))}, `
type 33 flags 0x5 seq 9 cmd 6
  1: 1=0200 2=0600 3=0a090001 4=0050
  2: 11=0a00 1=fd000000000000000000000000000009 2=0050 3=00000000 4=01000000 5=00000000 6=00000000
`},
		{"add service with a persistence engine", Op{Verb: AddService, Service: &engine}, `
type 33 flags 0x5 seq 9 cmd 1
  1: 1=0200 2=1100 3=0a090001 4=0050 6=727200 7=01000000ffffffff 8=3c000000 9=ffffffff 11=73697000
`},
		{"add tunnelled destination", Op{Verb: AddDest, Service: &mark, Dest: &gue}, `
type 33 flags 0x5 seq 9 cmd 5
  1: 1=0a00 5=07000000
  2: 11=0200 1=7f00000b 2=0050 3=02000000 4=01000000 5=00000000 6=00000000 13=01 14=17c0 15=0200
`},
		{"delete destination of a mark", Op{Verb: DelDest, Service: &mark, Dest: &d}, `
type 33 flags 0x5 seq 9 cmd 7
  1: 1=0a00 5=07000000
  2: 11=0200 1=7f00000b 2=1f90
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var m message
			m.op(33, 9, tt.op)
			want := strings.TrimPrefix(tt.want, "\n") + "0 bytes left\n"
			if diff := cmp.Diff(want, dumpMessages(m.b)); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMessagesFollowEachOther(t *testing.T) {
	t.Parallel()
	var m message
	m.op(33, 1, Op{Verb: AddService, Service: new(service("10.9.0.1:80"))})
	m.op(33, 2, Op{Verb: DelService, Service: new(service("10.9.0.1:80"))})
	m.dests(33, 3, tcp("10.9.0.1:80"))
	got := dumpMessages(m.b)
	for _, want := range []string{"seq 1 cmd 1", "seq 2 cmd 3", "flags 0x301 seq 3 cmd 8", "0 bytes left"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

// listing is how the kernel answers: like a request, with 16 bytes for each
// address.
func listing(d Dest) []byte {
	var m message
	m.b = make([]byte, genlHeaderLen)
	at := m.nest(attrDest)
	m.attr(destAddr, append(d.Addr.AsSlice(), make([]byte, 16-len(d.Addr.AsSlice()))...)...)
	m.attr(destPort, byte(d.Port>>8), byte(d.Port))
	m.u32(destMethod, uint32(d.Method)|0x100) // other connection flags are there too
	m.u32(destWeight, uint32(d.Weight))
	m.u32(destUpper, d.Upper)
	m.u32(destLower, d.Lower)
	m.u16(destFamily, familyOf(d.Addr))
	m.tunnel(d.Tunnel)
	m.close(at)
	return m.b
}

// serviceListing is the same for a service.
func serviceListing(s Service) []byte {
	var m message
	m.b = make([]byte, genlHeaderLen)
	at := m.nest(attrService)
	m.u16(svcFamily, familyOf(s.Addr))
	if s.FWMark != 0 {
		m.u32(svcFWMark, s.FWMark)
	} else {
		m.u16(svcProtocol, uint16(s.Protocol))
		m.attr(svcAddr, append(s.Addr.AsSlice(), make([]byte, 16-len(s.Addr.AsSlice()))...)...)
		m.attr(svcPort, byte(s.Port>>8), byte(s.Port))
	}
	m.settings(s)
	m.close(at)
	return m.b
}

func TestDecodeService(t *testing.T) {
	t.Parallel()
	sticky := service("10.9.0.1:80")
	sticky.Timeout, sticky.Netmask, sticky.Flags, sticky.Engine = time.Minute, 0xffffff00, flagSched1|flagOnePacket, "sip"
	none := service("[fd00::1]:443")
	none.Scheduler = ""
	mark := Service{Key: Key{FWMark: 7, Addr: netip.IPv6Unspecified()}, Scheduler: "rr", Netmask: 128}
	mark4 := Service{Key: Key{FWMark: 7, Addr: netip.IPv4Unspecified()}, Scheduler: "rr", Netmask: 0xffffffff}
	for _, want := range []Service{service("10.9.0.1:0"), sticky, none, mark, mark4} {
		got, ok := decodeService(serviceListing(want))
		if !ok || got != want {
			t.Errorf("decoded %+v, %t, want %+v", got, ok, want)
		}
	}
	whole := serviceListing(sticky)
	for n := range len(whole) - 1 {
		if s, ok := decodeService(whole[:n]); ok {
			t.Errorf("decoded %+v from the first %d of %d bytes", s, n, len(whole))
		}
	}
}

// The kernel keeps the options of a tunnel when the method changes.
func TestDecodeDestWithoutTunnel(t *testing.T) {
	t.Parallel()
	d := dest("127.0.0.11:80", 1)
	want := d
	d.Tunnel = TunnelOptions{Type: GRE, Flags: TunnelChecksum}
	if got, ok := decodeDest(listing(d)); !ok || got != want {
		t.Errorf("decoded %+v, %t, want %+v", got, ok, want)
	}
}

func TestDecodeDest(t *testing.T) {
	t.Parallel()
	heavy := dest("[fd00::11]:443", 2147483647)
	heavy.Method, heavy.Upper, heavy.Lower = Tunnel, 4000000000, 7
	heavy.Tunnel = TunnelOptions{Type: GUE, Port: 6080, Flags: TunnelChecksum}
	for _, want := range []Dest{dest("127.0.0.11:80", 1), dest("0.0.0.0:0", 0), heavy} {
		got, ok := decodeDest(listing(want))
		if !ok || got != want {
			t.Errorf("decoded %+v, %t, want %+v", got, ok, want)
		}
	}
}

func TestDecodeDestRefuses(t *testing.T) {
	t.Parallel()
	whole := listing(dest("127.0.0.11:80", 1))
	for n := range len(whole) - 1 {
		if d, ok := decodeDest(whole[:n]); ok {
			t.Errorf("decoded %+v from the first %d of %d bytes", d, n, len(whole))
		}
	}
}

func TestWireMask(t *testing.T) {
	t.Parallel()
	four, six := tcp("10.9.0.1:80").Addr, tcp("[fd00::1]:80").Addr
	for _, mask := range []uint32{0xffffffff, 0xffff0000, 0xfffffff0} {
		if got := wireMask(four, wireMask(four, mask)); got != mask {
			t.Errorf("there and back %#x is %#x", mask, got)
		}
	}
	if got := wireMask(six, 64); got != 64 {
		t.Errorf("IPv6 prefix length 64 is %d", got)
	}
}

func FuzzDecodeDest(f *testing.F) {
	f.Add(listing(dest("127.0.0.11:80", 1)))
	f.Add(listing(dest("[fd00::11]:443", 70000)))
	f.Add([]byte{0, 0, 0, 0, 6, 0, 2, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		d, ok := decodeDest(b)
		if !ok {
			return
		}
		again, ok := decodeDest(listing(d))
		if !ok || again != d {
			t.Errorf("%+v came back as %+v, %t", d, again, ok)
		}
	})
}

func FuzzDecodeService(f *testing.F) {
	f.Add(serviceListing(service("10.9.0.1:80")))
	f.Add(serviceListing(Service{Key: Key{FWMark: 7, Addr: netip.IPv6Unspecified()}, Engine: "sip"}))
	f.Add([]byte{0, 0, 0, 0, 6, 0, 1, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, ok := decodeService(b)
		if !ok {
			return
		}
		s.Timeout = 0 // one that is not set has no flag of its own in a request
		again, ok := decodeService(serviceListing(s))
		if !ok || again.Key != s.Key && s.FWMark == 0 {
			t.Errorf("%+v came back as %+v, %t", s, again, ok)
		}
	})
}

func BenchmarkMessage(b *testing.B) {
	svc, d := service("10.9.0.1:80"), dest("127.0.0.11:80", 1)
	var m message
	b.ReportAllocs()
	for b.Loop() {
		m.b = m.b[:0]
		m.op(33, 1, Op{Verb: AddDest, Service: &svc, Dest: &d})
	}
}
