// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"testing"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// request is a request as programs write it: a header, a service, a destination.
func request(service, dest []*nl.RtAttr) []byte {
	b := []byte{5, 1, 0, 0}
	for kind, list := range [][]*nl.RtAttr{service, dest} {
		if list == nil {
			continue
		}
		outer := nl.NewRtAttr(kind+1|unix.NLA_F_NESTED, nil)
		for _, a := range list {
			outer.AddChild(a)
		}
		b = append(b, outer.Serialize()...)
	}
	return b
}

func TestIPVSText(t *testing.T) {
	t.Parallel()
	attr := func(kind int, data ...byte) *nl.RtAttr { return nl.NewRtAttr(kind, data) }
	u16 := func(kind int, n uint16) *nl.RtAttr { return nl.NewRtAttr(kind, nl.Uint16Attr(n)) }
	u32 := func(kind int, n uint32) *nl.RtAttr { return nl.NewRtAttr(kind, nl.Uint32Attr(n)) }
	vs := []*nl.RtAttr{
		u16(svcFamily, unix.AF_INET), u16(svcProtocol, unix.IPPROTO_TCP),
		attr(svcAddr, 10, 9, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), attr(svcPort, 0, 80),
	}
	rs := []*nl.RtAttr{attr(destAddr, 127, 0, 0, 11), attr(destPort, 0, 81), u32(destForward, 3), u32(destWeight, 7)}
	six := append([]*nl.RtAttr{
		attr(destAddr, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9), u16(destFamily, unix.AF_INET6),
	}, rs[1:]...)
	mark := []*nl.RtAttr{u16(svcFamily, unix.AF_INET6), u32(svcMark, 5)}
	for _, tt := range []struct {
		name          string
		service, dest []*nl.RtAttr
		want          string
	}{
		{"new service", vs, nil, "NEW_SERVICE tcp [10.9.0.1]:80"},
		{"new dest", vs, rs, "NEW_DEST tcp [10.9.0.1]:80 dest [127.0.0.11]:81 fwd 3 weight 7"},
		{"del dest", vs, rs, "DEL_DEST tcp [10.9.0.1]:80 dest [127.0.0.11]:81"},
		{"set dest", vs, six, "SET_DEST tcp [10.9.0.1]:80 dest [fd00::9]:81 fwd 3 weight 7"},
		{"del service", mark, nil, "DEL_SERVICE fwmark 5 af10"},
		{"flush", nil, nil, "FLUSH"},
	} {
		if got := ipvsText(tt.name, request(tt.service, tt.dest)); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	whole := request(vs, rs)
	for n := range whole {
		_ = ipvsText("new dest", whole[:n]) // cut anywhere, it does not panic
	}
}
