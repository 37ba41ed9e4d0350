// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"slices"
	"strings"
)

// Known gives what Reread needs of c. It costs little while the servers of c are in use.
func (c *Config) Known() *Config {
	return &Config{VirtualServers: c.VirtualServers, context: c.context}
}

// Outline gives what Options.Before needs of c, in little memory and without the text of the files.
// It takes c apart: nobody may use c any more.
func (c *Config) Outline() *Config {
	out := &Config{context: c.context}
	shared := map[ServerSettings]*ServerSettings{}
	for _, vs := range c.VirtualServers {
		reals := slices.DeleteFunc(vs.RealServers, func(rs *RealServer) bool {
			// Whether its scripts can be run is to be found out again, with their places.
			return rs.origin == 0 || rs.NotifyUp != nil || rs.NotifyDown != nil
		})
		for _, rs := range reals {
			rs.Checkers, rs.ServerSettings = nil, common(shared, rs.forwarding())
		}
		out.VirtualServers = append(out.VirtualServers, &VirtualServer{RealServers: reals, origin: vs.origin})
	}
	return out
}

// forwarding is what a virtual server must know of the settings of a real server.
func (s *ServerSettings) forwarding() ServerSettings {
	out := ServerSettings{Method: Method(strings.Clone(string(s.Method)))}
	if t := s.Tunnel; t != nil {
		out.Tunnel = &Tunnel{Type: strings.Clone(t.Type), Port: t.Port, Checksum: strings.Clone(t.Checksum)}
	}
	return out
}
