// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vipward/conf"
	"vipward/vrrp/packet"
)

// TestRecordedAdverts: every advert that keepalived was seen to send is made again from its
// configuration, byte for byte, and accepted without a remark. A case may have several
// configurations, one for each reload, and for each of two hosts.
func TestRecordedAdverts(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob("testdata/wire/*.frames")
	if err != nil || len(cases) < 80 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, path := range cases {
		name := strings.TrimSuffix(path, ".frames")
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			instances := recordedInstances(t, name)
			for line := range strings.Lines(string(b)) {
				recordedFrame(t, instances, strings.TrimSpace(line))
			}
		})
	}
}

// recordedInstances are those of all configurations of a case.
func recordedInstances(t *testing.T, name string) (all []*conf.Instance) {
	t.Helper()
	files, err := filepath.Glob(name + ".*.conf")
	if err != nil || len(files) == 0 {
		t.Fatalf("configurations: %d, %v", len(files), err)
	}
	for _, f := range files {
		if l := conf.Load(f); l.Config != nil {
			all = append(all, l.Config.Instances...)
		}
	}
	return all
}

// recordedFrame looks for an instance that sends just that frame.
func recordedFrame(t *testing.T, instances []*conf.Instance, digits string) {
	t.Helper()
	frame, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	p, datagram := recordedPacket(t, frame)
	var tried []string
	for _, c := range instances {
		if c.VRID != p.VRID() || (c.Family == conf.IPv6) != p.Src.Is6() {
			continue
		}
		got := resend(c, p)
		if !bytes.Equal(got, datagram) {
			tried = append(tried, fmt.Sprintf("%s: %x", c.Name, got))
			continue
		}
		receiver := packet.NewWire(wireOf(c, nil))
		ignores := c.Owner() && c.OwnerIgnoreAdverts
		if _, f := receiver.Check(p, time.Time{}); f != 0 && (!ignores || f.Verdict() != packet.DropIgnored) {
			t.Errorf("%x from %s: %v", datagram, c.Name, f.Verdict())
		}
		return
	}
	t.Errorf("no instance sends\n%x, but\n%s", datagram, strings.Join(tried, "\n"))
}

// recordedPacket is the packet of a frame, and what of it comes from the daemon.
func recordedPacket(t *testing.T, frame []byte) (packet.Packet, []byte) {
	t.Helper()
	b := frame[14:]
	if binary.BigEndian.Uint16(frame[12:]) != 0x86dd {
		b = b[:binary.BigEndian.Uint16(b[2:])]
		p, v := packet.ParseIPv4(b)
		if v != packet.Accept {
			t.Fatalf("%x: %v", b, v)
		}
		return p, b
	}
	p, v := packet.ParseIPv6(b[40:], netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40])), b[7])
	if v != packet.Accept {
		t.Fatalf("%x: %v", b, v)
	}
	return p, b[40:]
}

// resend makes as many adverts as the sender had made, whose identification and sequence
// number begin with 1.
func resend(c *conf.Instance, p packet.Packet) []byte {
	w := packet.NewWire(wireOf(c, nil))
	w.Source = p.Src
	for range recordedID(p) {
		w.Begin(p.Message[2], time.Time{})
	}
	return w.To(p.Dst)
}

func recordedID(p packet.Packet) uint16 {
	if p.Header == nil {
		return 1
	}
	return binary.BigEndian.Uint16(p.Header[4:])
}
