// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"testing"
	"time"
)

// TestInheritance: checker, real server, virtual server, built-in value.
func TestInheritance(t *testing.T) {
	t.Parallel()
	base := Checker{CheckSettings: &CheckSettings{ConnectTimeout: 5 * time.Second, DelayLoop: time.Minute, Warmup: time.Minute, Retry: 1, RetryDelay: time.Second}}
	const vs = "connect_timeout 1\ndelay_loop 2\nwarmup 3\nretry 4\ndelay_before_retry 5\n"
	const rs = "connect_timeout 11\ndelay_loop 12\nwarmup 13\nretry 14\ndelay_before_retry 15\n"
	const own = "connect_timeout 21\ndelay_loop 22\nwarmup 23\nretry 24\ndelay_before_retry 25\n"
	timed := func(n int) Checker {
		sec := func(k int) time.Duration { return time.Duration(n+k) * time.Second }
		return Checker{CheckSettings: &CheckSettings{ConnectTimeout: sec(1), DelayLoop: sec(2), Warmup: sec(3), Retry: n + 4, RetryDelay: sec(5)}}
	}
	tests := []struct {
		name, vs, rs, own string
		want              Checker
	}{
		{name: "built-in", want: base},
		{name: "virtual server", vs: vs, want: timed(0)},
		{name: "real server", vs: vs, rs: rs, want: timed(10)},
		{name: "checker", vs: vs, rs: rs, own: own, want: timed(20)},
		{name: "real server alone", rs: rs, want: timed(10)},
		{
			name: "mixed", vs: "retry 4\n", rs: "delay_loop 12\n", own: "connect_timeout 21\n",
			want: Checker{CheckSettings: &CheckSettings{ConnectTimeout: 21 * time.Second, DelayLoop: 12 * time.Second, Warmup: 12 * time.Second, Retry: 4, RetryDelay: time.Second}},
		},
		{name: "zero is a value", vs: vs, own: "retry 0\nwarmup 0\ndelay_before_retry 0\n", want: Checker{CheckSettings: &CheckSettings{ConnectTimeout: time.Second, DelayLoop: 2 * time.Second}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// What is inherited may stand behind the block that inherits it.
			vs, codes := server(t, "TCP_CHECK {\n"+tt.own+"}\n"+tt.rs+"}\nreal_server 10.9.9.9 1 {\n}\n"+tt.vs+"weight 1\nreal_server 10.9.9.9 2 {")
			diff(t, "diagnostics", []string{}, codes)
			got := *vs.RealServers[0].Checkers[0]
			got.Pos, got.Kind, got.ConnectIP, got.ConnectPort = Pos{}, "", netip.Addr{}, 0
			diff(t, "checker", tt.want, got)
		})
	}
}

func TestTCPCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, lines string
		ip          string
		port        uint16
		bind        string
		codes       []string
	}{
		{name: "the real server", ip: "10.0.0.2", port: 80},
		{name: "elsewhere", lines: "connect_ip 10.0.0.7\nconnect_port 8080", ip: "10.0.0.7", port: 8080},
		{name: "other family", lines: "connect_ip fd00::7", ip: "fd00::7", port: 80},
		{name: "bind", lines: "bindto 10.0.0.1", ip: "10.0.0.2", port: 80, bind: "10.0.0.1"},
		{name: "bind of the other family", lines: "bindto fd00::1", ip: "10.0.0.2", port: 80, codes: []string{"8:8 error address-family"}},
		{name: "bad values", lines: "connect_ip x\nconnect_port 0\nbindto y", ip: "10.0.0.2", port: 80, codes: []string{"8:12 error address", "9:14 error number", "10:8 error address"}},
		{name: "source port, interface and mark", lines: "bind_port 5\nbind_if eth0\nfwmark 7\nlog_all_failures", ip: "10.0.0.2", port: 80},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vs, codes := server(t, "TCP_CHECK {\n"+tt.lines+"\n}")
			c := vs.RealServers[0].Checkers[0]
			diff(t, "address", tt.ip, c.ConnectIP.String())
			diff(t, "port", tt.port, c.ConnectPort)
			diff(t, "source", tt.bind, addrText(c.BindIP))
			diff(t, "diagnostics", tt.codes, codes)
		})
	}
}
