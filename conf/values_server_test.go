// SPDX-License-Identifier: Apache-2.0

package conf

import "testing"

func TestForwarding(t *testing.T) {
	t.Parallel()
	bare := forward{Method: TUN}
	tun := func(kind string, port uint16, sum string) forward {
		return forward{Method: TUN, Tunnel: &Tunnel{Type: kind, Port: port, Checksum: sum}}
	}
	checkValues(t, forwarding, []valueTest{
		{in: "NAT", want: forward{Method: NAT}},
		{in: "DR", want: forward{Method: DR}},
		{in: "TUN", want: bare},
		{in: "TUN type ipip", want: tun("ipip", 0, "")},
		{in: "TUN type ipip nocsum", want: tun("ipip", 0, "nocsum")},
		{in: "TUN nocsum", want: tun("ipip", 0, "nocsum")},
		{in: "TUN type gre csum", want: tun("gre", 0, "csum")},
		{in: "TUN type gue port 6080 remcsum", want: tun("gue", 6080, "remcsum")},
		{in: "TUN port 6080 type gue", want: tun("gue", 6080, "")},
		{in: "DR type ipip", want: forward{Method: DR}},
		// Bad options go as a whole, the method stays.
		{in: "TUN type gue", want: bare, codes: []string{"1:9 warning conflict"}},
		{in: "TUN type gue port 5 type gre", want: bare, codes: []string{"1:9 warning conflict"}},
		{in: "TUN port 5", want: bare, codes: []string{"1:9 warning conflict"}},
		{in: "TUN csum", want: bare, codes: []string{"1:9 warning conflict"}},
		{in: "TUN type ipip remcsum", want: bare, codes: []string{"1:9 warning conflict"}},
		{in: "TUN type gre remcsum", want: bare, codes: []string{"1:9 warning conflict"}},
		{in: "TUN type", want: bare, codes: []string{"1:9 error value"}},
		{in: "TUN type gue port", want: bare, codes: []string{"1:18 error value"}},
		{in: "TUN type vxlan", want: bare, codes: []string{"1:14 error value"}},
		{in: "TUN type gue port 0", want: bare, codes: []string{"1:23 error number"}},
		{in: "NAT foo", want: forward{Method: NAT}, codes: []string{"1:9 error value"}},
		{in: "nat", codes: []string{"1:5 error value"}},
		{in: "", codes: []string{"1:1 fatal missing-argument"}},
	})
}
