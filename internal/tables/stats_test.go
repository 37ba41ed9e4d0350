// SPDX-License-Identifier: Apache-2.0

package tables

import (
	"errors"
	"net"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// clients is how many come to each service.
const clients = 6

// visit sends clients from the host to its own services that translate addresses.
func (s *side) visit() error {
	s.host.Run("ip", "route", "replace", "local", "10.9.0.0/16", "dev", "lo")
	services := translating(s.host.Run("ipvsadm", "-Sn"))
	return s.host.Do(func() error {
		port := 20000 // schedulers go by it
		for _, at := range services {
			network, addr, _ := strings.Cut(at, " ")
			for range clients {
				port++
				conn, err := dialFrom(port, network, addr)
				if err != nil {
					continue // nobody listens there; the kernel has counted
				}
				_, err = conn.Write([]byte("hello"))
				_ = conn.Close() // the other side may have closed it
				// The kernel schedules no client of its own for ops, and nothing but SIP for its engine.
				if err != nil && network == "udp" && !errors.Is(err, syscall.EPERM) {
					return err
				}
			}
		}
		return nil
	})
}

// dialFrom connects from a port.
func dialFrom(port int, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: patient, LocalAddr: &net.TCPAddr{Port: port}}
	if network == "udp" {
		d.LocalAddr = &net.UDPAddr{Port: port}
	}
	return d.Dial(network, addr)
}

var serviceLine = regexp.MustCompile(`^-A -([tu]) (10\.\S+)`)

// translating are the services of IPv4 and a port in a table all of whose servers are behind NAT.
func translating(table string) []string {
	var out []string
	for line := range strings.Lines(table) {
		if m := serviceLine.FindStringSubmatch(line); m != nil {
			out = append(out, map[string]string{"t": "tcp ", "u": "udp "}[m[1]]+m[2])
		} else if _, at, ok := strings.Cut(line, "-a -"); ok && !strings.Contains(line, " -m ") {
			addr, _, _ := strings.Cut(at[2:], " ")
			out = slices.DeleteFunc(out, func(s string) bool { return s[4:] == addr })
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return strings.HasSuffix(s, ":0") })
}

// stats is what ipvsadm --stats shows, by pool. Of TCP only the connections are kept: which packets
// go together is chance.
func stats(text string) map[slot][]string {
	out := map[slot][]string{}
	var at slot
	tcp := false
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 7 || f[0] == "Prot" { // the head
			continue
		}
		switch tcp = tcp && f[0] == "->" || f[0] == "TCP"; f[0] {
		case "->": // of the service above
		case "FWM":
			at = slotOf("-A -f " + f[1])
		default:
			at = slotOf("-A -t " + f[1])
		}
		if tcp {
			f = f[:3]
		}
		out[at] = append(out[at], strings.Join(f, " "))
	}
	return out
}

// compareStats waits until the counters of both are the same in the pools that are equal so far. It is
// for the time before the reload, where keepalived makes services anew that vipward changes.
func (p *play) compareStats() {
	var have [2]map[slot][]string
	differ := func(i int, of pool) bool {
		return p.results[of.name] == "" && !p.past[of.name] && !slices.Equal(have[0][slot(i+1)], have[1][slot(i+1)])
	}
	_ = lab.Poll(p.t.Context(), patient, func() error { // what differs is told below
		for i, s := range p.sides {
			have[i] = stats(s.host.Run("ipvsadm", "-Ln", "--stats", "--exact"))
		}
		for i, of := range p.f.pools {
			if differ(i, of) {
				time.Sleep(500 * time.Millisecond)
				return errors.New("not equal")
			}
		}
		return nil
	})
	for i, of := range p.f.pools {
		if differ(i, of) {
			p.results[of.name] = "counters (-keepalived +vipward):\n" + cmp.Diff(have[0][slot(i+1)], have[1][slot(i+1)])
			p.logf("%s: %s: %s", p.f.name, of.name, p.results[of.name])
		}
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	got := stats("IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes\n" +
		"  -> RemoteAddress:Port\nTCP  10.9.1.1:80                         6       24       18     1200      900\n  -> 127.0.1.1:80                        6       24       18     1200      900\n" +
		"UDP  [fd00:2::1]:80                        6        6        6      198      180\n  -> [fd00::3]:80                       6        6        6      198      180\n" +
		"FWM  7301 IPv6                           0        0        0        0        0\n")
	want := map[slot][]string{
		1: {"TCP 10.9.1.1:80 6", "-> 127.0.1.1:80 6"},
		2: {"UDP [fd00:2::1]:80 6 6 6 198 180", "-> [fd00::3]:80 6 6 6 198 180"},
		3: {"FWM 7301 IPv6 0 0 0 0 0"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTranslating(t *testing.T) {
	t.Parallel()
	got := translating("-A -t 10.9.1.1:80 -s rr\n-a -t 10.9.1.1:80 -r 127.0.1.1:80 -m -w 1\n-A -u 10.9.2.1:53 -s rr\n" +
		"-A -t 10.9.3.1:80 -s rr\n-a -t 10.9.3.1:80 -r 127.0.3.1:80 -m -w 1\n-a -t 10.9.3.1:80 -r 127.0.3.2:80 -g -w 1\n" +
		"-A -t 10.9.4.1:0 -s rr -p 50\n-A -f 5 -s rr\n-A -t [fd00::1]:80 -s rr\n")
	if diff := cmp.Diff([]string{"tcp 10.9.1.1:80", "udp 10.9.2.1:53"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
