// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/binary"
	"encoding/hex"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

// floodFrame is an advert of 10 centiseconds for VRID 51 and 192.0.2.100, from 192.0.2.9, as
// an Ethernet frame. Its priority is 200 and its checksum wrong.
const floodFrame = "01005e000012" + "020000000009" + "0800" +
	"45c00020000100 00ff70 0000 c0000209 e0000012" + "3133c801000a ffff c0000264"

// TestFlood: while somebody sends adverts as fast as the machine can, the pair goes on: no
// adverts are missed, and nobody changes.
func TestFlood(t *testing.T) {
	t.Parallel()
	floods := map[string]func(frame []byte){
		"foreign virtual routers": func(b []byte) { b[35] = 52 },
		"wrong checksum":          func([]byte) {},
		"wrong TTL":               func(b []byte) { b[22] = 64 },
		"too long":                func(b []byte) { b[37] = 0 },
	}
	for name, edit := range floods {
		for _, unknown := range []bool{false, true} {
			if unknown && name != "foreign virtual routers" {
				continue
			}
			if unknown {
				name += ", logged"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				config := instance{version: 3, advert: "0.1"}
				if unknown {
					config.global = "log_unknown_vrids\n"
				}
				p := newPair(t)
				p.start(twoVipwards, both(config))
				before := p.nextAdvert()
				marks := [2]int{p.daemon[0].Mark(), p.daemon[1].Mark()}
				started := time.Now()
				sent := flood(t, p.client, edit)
				took := time.Since(started)
				p.nextAdvert()
				adverts := p.wire.Adverts()[before:]
				ours := 0
				for _, a := range adverts {
					if a.Src == nodeIP(0) {
						ours++
					}
				}
				t.Logf("%.0f packets a second for %v, %d adverts of the master", float64(sent)/took.Seconds(), took, ours)
				for i, mark := range marks {
					if n := p.daemon[i].Count(mark, `Entering`); n > 0 {
						t.Errorf("node %d changed its state %d times", i+1, n)
					}
				}
				if n := p.daemon[0].Count(0, `Unknown VRID\(52\) received on interface\(eth0\)`); (n > 0) != unknown || n > 15*int(took.Seconds()+2) {
					t.Errorf("%d lines about the unknown virtual router", n)
				}
			})
		}
	}
}

// flood sends a frame as often as it can for three seconds, and says how often that was.
func flood(t *testing.T, h *lab.Host, edit func(frame []byte)) (sent int) {
	t.Helper()
	frame := unhexFrame(t)
	edit(frame)
	fill(frame)
	fd := -1
	err := h.Do(func() (err error) {
		fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		ifi, err := net.InterfaceByName("eth0")
		if err != nil {
			return err
		}
		return unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: ifi.Index})
	})
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); sent++ {
		if _, err := unix.Write(fd, frame); err != nil {
			t.Fatal(err)
		}
	}
	return sent
}

func unhexFrame(t *testing.T) []byte {
	t.Helper()
	var digits []byte
	for _, c := range []byte(floodFrame) {
		if c != ' ' {
			digits = append(digits, c)
		}
	}
	b := make([]byte, hex.DecodedLen(len(digits)))
	if _, err := hex.Decode(b, digits); err != nil {
		t.Fatal(err)
	}
	return b
}

// fill computes the checksum of the IP header.
func fill(frame []byte) {
	h := frame[14:34]
	sum := uint32(0)
	for i := 0; i < len(h); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(h[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(h[10:], ^uint16(sum))
}
