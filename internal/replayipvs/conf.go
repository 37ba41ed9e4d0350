// SPDX-License-Identifier: Apache-2.0

package replayipvs

import (
	"net"
	"regexp"
	"strings"
)

// Target is what a checker of a configuration asks.
type Target struct {
	Server string // name of the real server: "[127.0.0.11]:tcp:80"
	Addr   string // where the check connects to: "127.0.0.11:80"
	Kind   string // "TCP_CHECK"
}

var (
	serverLine = regexp.MustCompile(`^\s*real_server (\S+) (\d+)`)
	checkLine  = regexp.MustCompile(`^\s*(\w+_(?:CHECK|GET)) \{`)
	toLine     = regexp.MustCompile(`^\s*connect_(ip|port) (\S+)`)
	protoLine  = regexp.MustCompile(`^\s*protocol (\S+)`)
)

// Targets lists the servers that a configuration's checks ask. It reads no more of the
// language than the recordings have.
func Targets(config string) []Target {
	var out []Target
	var ip, port, proto, name string
	for line := range strings.Lines(config) {
		if m := protoLine.FindStringSubmatch(line); m != nil {
			proto = strings.ToLower(m[1])
		}
		if m := serverLine.FindStringSubmatch(line); m != nil {
			ip, port = m[1], m[2]
			name = "[" + ip + "]:" + proto + ":" + port
		}
		if m := checkLine.FindStringSubmatch(line); m != nil {
			out = append(out, Target{name, net.JoinHostPort(ip, port), m[1]})
		}
		if m := toLine.FindStringSubmatch(line); m != nil && len(out) > 0 {
			last := &out[len(out)-1]
			host, p, _ := net.SplitHostPort(last.Addr) // made by JoinHostPort
			if m[1] == "ip" {
				host = m[2]
			} else {
				p = m[2]
			}
			last.Addr = net.JoinHostPort(host, p)
		}
	}
	return out
}
