// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"vipward/internal/lab"

	"github.com/google/go-cmp/cmp"
)

// counted is n in every field, n plus its number.
func counted(n uint64) Counters {
	var c Counters
	for i, at := range c.fields() {
		*at = n + uint64(i)
	}
	return c
}

// stats adds counters as the kernel does: rates and numbers of packets have 32 bits in the
// old form, bytes have 64 in both.
func (m *message) stats(typ uint16, c Counters, wide bool) {
	at := m.nest(typ)
	defer m.close(at)
	for i, v := range c.fields() {
		if field := uint16(i + 1); wide || field == 4 || field == 5 {
			m.attr(field, binary.NativeEndian.AppendUint64(nil, *v)...)
		} else {
			m.u32(field, uint32(*v))
		}
	}
}

// statsListing adds attributes to what stands in a listing.
func statsListing(typ uint16, listing []byte, add func(m *message)) []byte {
	m := message{b: listing}
	add(&m)
	binary.NativeEndian.PutUint16(m.b[genlHeaderLen:], uint16(len(m.b)-genlHeaderLen))
	if got := u16(m.b[genlHeaderLen+2:]) & typeMask; got != typ {
		panic(fmt.Sprintf("a listing of %d", got))
	}
	return m.b
}

func TestDecodeServiceStats(t *testing.T) {
	t.Parallel()
	svc := service("10.9.0.1:80")
	const big = 1 << 40
	tests := []struct {
		name string
		add  func(m *message)
		want Counters
	}{
		{"none", func(*message) {}, Counters{}},
		{"old", func(m *message) { m.stats(svcStats, counted(7), false) }, counted(7)},
		{"both", func(m *message) {
			m.stats(svcStats, counted(big), false)
			m.stats(svcStats64, counted(big), true)
		}, counted(big)},
		{"both, the other order", func(m *message) {
			m.stats(svcStats64, counted(big), true)
			m.stats(svcStats, counted(big), false)
		}, counted(big)},
		{"cut", func(m *message) {
			at := m.nest(svcStats64)
			m.u32(1, 5)
			m.attr(2, 1, 2)
			m.close(at)
		}, Counters{Connections: 5}},
		{"of a newer kernel", func(m *message) {
			at := m.nest(svcStats64)
			m.u32(0, 5)
			m.u32(11, 5)
			m.u32(99, 5)
			m.close(at)
		}, Counters{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := decodeServiceStats(statsListing(attrService, serviceListing(svc), tt.add))
			if want := (ServiceStats{Key: svc.Key, Counters: tt.want}); !ok {
				t.Error("refused")
			} else if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeDestStats(t *testing.T) {
	t.Parallel()
	d := dest("127.0.0.11:80", 1)
	b := statsListing(attrDest, listing(d), func(m *message) {
		m.u32(destActive, 3)
		m.u32(destInactive, 4)
		m.u32(destPersistent, 5)
		m.stats(destStats, counted(1), false)
		m.stats(destStats64, counted(9), true)
	})
	want := DestStats{Server: d.Server(), Load: Load{Active: 3, Inactive: 4, Persistent: 5}, Counters: counted(9)}
	if got, ok := decodeDestStats(b); !ok || got != want {
		t.Errorf("decoded %+v, %t, want %+v", got, ok, want)
	}
}

func TestDecodeStatsRefuses(t *testing.T) {
	t.Parallel()
	dests := statsListing(attrDest, listing(dest("127.0.0.11:80", 1)), func(m *message) { m.stats(destStats64, counted(1), true) })
	services := statsListing(attrService, serviceListing(service("10.9.0.1:80")), func(m *message) { m.stats(svcStats64, counted(1), true) })
	for n := range len(dests) - 1 {
		if d, ok := decodeDestStats(dests[:n]); ok {
			t.Errorf("decoded %+v from the first %d of %d bytes", d, n, len(dests))
		}
	}
	for n := range len(services) - 1 {
		if s, ok := decodeServiceStats(services[:n]); ok {
			t.Errorf("decoded %+v from the first %d of %d bytes", s, n, len(services))
		}
	}
}

func TestCountersPlus(t *testing.T) {
	t.Parallel()
	var want Counters
	for i, at := range want.fields() {
		*at = 12 + 2*uint64(i)
	}
	if got := counted(10).Plus(counted(2)); got != want {
		t.Errorf("sum %+v, want %+v", got, want)
	}
}

func FuzzDecodeStats(f *testing.F) {
	f.Add(statsListing(attrDest, listing(dest("127.0.0.11:80", 1)), func(m *message) { m.stats(destStats64, counted(1), true) }))
	f.Add(statsListing(attrService, serviceListing(service("10.9.0.1:80")), func(m *message) { m.stats(svcStats, counted(1), false) }))
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, ok := decodeDestStats(b); ok != d.Server.Addr().IsValid() {
			t.Errorf("%+v is %t", d, ok)
		}
		decodeServiceStats(b)
	})
}

// testStats sends packets over a service and finds them in the counters.
func testStats(t *testing.T, h *lab.Host, k Kernel) {
	const packets = 5
	h.Run("ip", "addr", "add", "10.9.0.1/32", "dev", "lo")
	svc, six := service("10.9.0.1:53"), service("[fd00::9]:53")
	svc.Protocol = 17
	d := dest("127.0.0.11:53", 1)
	apply(t, k, Plan(nil, Table{{Service: svc, Dests: []Dest{d}}, {Service: six}})...)
	payload := []byte("0123456789")
	err := h.Do(func() error {
		server, err := net.ListenPacket("udp", "127.0.0.11:53")
		if err != nil {
			return err
		}
		defer server.Close()
		conn, err := net.Dial("udp", "10.9.0.1:53")
		if err != nil {
			return err
		}
		defer conn.Close()
		for range packets {
			if _, err := conn.Write(payload); err != nil {
				return err
			}
			if _, _, err := server.ReadFrom(make([]byte, 100)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Counters{Connections: 1, InPackets: packets, InBytes: uint64(packets * (20 + 8 + len(payload)))}
	var stats []ServiceStats
	// The kernel sums up every two seconds.
	lab.Wait(t, 20*time.Second, "counters", func() error {
		stats, err = k.Stats()
		if err == nil && !slices.ContainsFunc(stats, func(s ServiceStats) bool { return s.InPackets > 0 }) {
			err = errors.New("nothing is counted yet")
		}
		return err
	})
	for _, s := range stats {
		if s.Key != svc.Key {
			if s.Key != six.Key || s.Counters != (Counters{}) || s.Dests != nil {
				t.Errorf("another service: %+v", s)
			}
			continue
		}
		if len(s.Dests) != 1 || s.Dests[0].Server != d.Server() || s.Dests[0].Active+s.Dests[0].Inactive != 1 {
			t.Fatalf("destinations %+v", s.Dests)
		}
		for _, got := range []Counters{s.Counters, s.Dests[0].Counters} {
			// The rates are estimated over time.
			got.ConnectionRate, got.InPacketRate, got.InByteRate = 0, 0, 0
			if got != want {
				t.Errorf("counters %+v, want %+v", got, want)
			}
		}
	}
	if len(stats) != 2 {
		t.Errorf("%d services, want 2", len(stats))
	}
}
