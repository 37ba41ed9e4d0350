// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The lines are those that ipvsadm printed for the same tables.
func TestTableString(t *testing.T) {
	t.Parallel()
	svc := func(at string, change func(*Service)) Entry {
		e := Entry{Service: service(at)}
		change(&e.Service)
		return e
	}
	limited := dest("127.0.0.11:80", 1)
	limited.Upper, limited.Lower = 10, 5
	tunnel := dest("127.0.0.11:80", 1)
	tunnel.Method = Tunnel
	gue, gre, remote := tunnel, tunnel, tunnel
	gue.Tunnel = TunnelOptions{Type: GUE, Port: 6080, Flags: TunnelChecksum}
	gre.Tunnel = TunnelOptions{Type: GRE}
	remote.Tunnel = TunnelOptions{Type: GUE, Port: 6081, Flags: TunnelRemoteChecksum}
	direct := dest("127.0.0.11:80", 65536)
	direct.Method = Route

	tests := []struct {
		name  string
		entry Entry
		want  string
	}{
		{
			"plain", entry("10.9.0.1:80", dest("127.0.0.11:80", 1), dest("127.0.0.12:80", 0)),
			"-A -t 10.9.0.1:80 -s rr\n-a -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w 1\n-a -t 10.9.0.1:80 -r 127.0.0.12:80 -m -w 0\n",
		},
		{"persistent", svc("10.9.0.5:0", func(s *Service) { s.Timeout = 360 * time.Second }), "-A -t 10.9.0.5:0 -s rr -p 360\n"},
		{
			"granularity", svc("10.9.0.6:80", func(s *Service) { s.Timeout, s.Netmask = 360*time.Second, 0xffffff00 }),
			"-A -t 10.9.0.6:80 -s rr -p 360 -M 255.255.255.0\n",
		},
		{
			"granularity 6", svc("[fd00::2]:80", func(s *Service) { s.Timeout, s.Netmask = 360*time.Second, 64 }),
			"-A -t [fd00::2]:80 -s rr -p 360 -M 64\n",
		},
		{"udp, one packet", svc("10.9.0.4:80", func(s *Service) { s.Protocol, s.Flags = 17, 4 }), "-A -u 10.9.0.4:80 -s rr -o\n"},
		{"sctp", svc("10.9.0.19:80", func(s *Service) { s.Protocol = 132 }), "-A --sctp-service 10.9.0.19:80 -s rr\n"},
		{
			"flags of mh", svc("10.9.0.8:80", func(s *Service) { s.Scheduler, s.Flags = "mh", 0x18 }),
			"-A -t 10.9.0.8:80 -s mh -b mh-fallback,mh-port\n",
		},
		{"flags of sh", svc("10.9.0.9:80", func(s *Service) { s.Scheduler, s.Flags = "sh", 0x10 }), "-A -t 10.9.0.9:80 -s sh -b sh-port\n"},
		{
			"flags of wrr", svc("10.9.0.11:80", func(s *Service) { s.Scheduler, s.Flags = "wrr", 0x28 }),
			"-A -t 10.9.0.11:80 -s wrr -b flag-1,flag-3\n",
		},
		{"mark", Entry{Service: Service{
			Key:       Key{FWMark: 1, Addr: netip.IPv4Unspecified()},
			Scheduler: "rr", Netmask: 0xffffffff,
		}, Dests: []Dest{limited}}, "-A -f 1 -s rr\n-a -f 1 -r 127.0.0.11:80 -m -w 1\n"},
		{"mark 6", Entry{Service: Service{
			Key:       Key{FWMark: 2, Addr: netip.IPv6Unspecified()},
			Scheduler: "rr", Netmask: 128,
		}, Dests: []Dest{dest("[fd00::11]:80", 1)}}, "-A -f 2 -6 -s rr\n-a -f 2 -6 -r [fd00::11]:80 -m -w 1\n"},
		{"no scheduler", svc("10.9.0.1:80", func(s *Service) { s.Scheduler = "" }), "-A -t 10.9.0.1:80 -s none\n"},
		{
			"methods", entry("10.9.0.1:80", tunnel, direct),
			"-A -t 10.9.0.1:80 -s rr\n-a -t 10.9.0.1:80 -r 127.0.0.11:80 -i -w 1 --tun-type ipip\n-a -t 10.9.0.1:80 -r 127.0.0.11:80 -g -w 65536\n",
		},
	}
	tests = append(tests, []struct {
		name  string
		entry Entry
		want  string
	}{
		{
			"engine", svc("10.9.0.20:80", func(s *Service) { s.Protocol, s.Timeout, s.Engine = 17, time.Minute, "sip" }),
			"-A -u 10.9.0.20:80 -s rr -p 60 --pe sip\n",
		},
		{
			"tunnels", entry("10.9.0.1:80", gue, gre, remote),
			"-A -t 10.9.0.1:80 -s rr\n" +
				"-a -t 10.9.0.1:80 -r 127.0.0.11:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum\n" +
				"-a -t 10.9.0.1:80 -r 127.0.0.11:80 -i -w 1 --tun-type gre --tun-nocsum\n" +
				"-a -t 10.9.0.1:80 -r 127.0.0.11:80 -i -w 1 --tun-type gue --tun-port 6081 --tun-remcsum\n",
		},
	}...)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, Table{tt.entry}.String()); diff != "" {
				t.Errorf("dump (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpString(t *testing.T) {
	t.Parallel()
	d := dest("127.0.0.11:80", 5)
	d.Upper, d.Lower = 10, 3
	got := lines([]Op{
		{Verb: AddService, Service: new(service("10.9.0.1:80"))},
		{Verb: EditService, Service: new(service("10.9.0.1:80"))},
		{Verb: DelService, Service: new(service("10.9.0.1:80"))},
		{Verb: AddDest, Service: new(service("10.9.0.1:80")), Dest: &d},
		{Verb: EditDest, Service: new(service("10.9.0.1:80")), Dest: &d},
		{Verb: DelDest, Service: new(service("10.9.0.1:80")), Dest: &d},
	})
	want := []string{
		"-A -t 10.9.0.1:80 -s rr",
		"-E -t 10.9.0.1:80 -s rr",
		"-D -t 10.9.0.1:80",
		"-a -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w 5 -x 10 -y 3",
		"-e -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w 5 -x 10 -y 3",
		"-d -t 10.9.0.1:80 -r 127.0.0.11:80",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ops (-want +got):\n%s", diff)
	}
}
