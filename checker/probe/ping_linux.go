// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"

	"vipward/conf"
)

const (
	pingData   = 128  // bytes of an echo request
	pingBuffer = 1024 // as much of an answer as is read
)

// ping is PING_CHECK: an echo request is sent, and its reply must come.
type ping struct {
	*conf.Checker
	seq uint16 // of the last request
}

// Run implements Probe.
func (c *ping) Run(ctx context.Context) Result {
	conn, raw, err := dialICMP(c.Checker)
	if err != nil {
		return judge(err)
	}
	defer conn.Close()
	c.seq++
	e := echo{id: uint16(rand.N(1 << 16)), seq: c.seq, v6: c.ConnectIP.Is6(), raw: raw}
	request, err := e.request()
	if err != nil {
		return Result{Outcome: Untold, Cause: err}
	}
	_, err = ask(ctx, conn, c.Checker, request, make([]byte, pingBuffer), e.answered)
	switch {
	case errors.Is(err, errStrays):
		return Result{Outcome: Failed, Cause: err}
	case err != nil:
		return judge(err)
	}
	return Result{Outcome: Passed}
}

// echo is one request.
type echo struct {
	id, seq uint16
	v6      bool
	raw     bool // the socket is a raw one: it gets all of ICMP from the server
}

// request is the packet. The kernel puts in the checksum where the socket is not a raw
// one of IPv4, and its own id where it is not raw.
func (e echo) request() ([]byte, error) {
	m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: int(e.id), Seq: int(e.seq), Data: filler(pingData)}}
	if e.v6 {
		m.Type = ipv6.ICMPTypeEchoRequest
	}
	return m.Marshal(nil)
}

// answered says whether a packet is the reply.
func (e echo) answered(b []byte) bool {
	reply := byte(ipv4.ICMPTypeEchoReply)
	if e.v6 {
		reply = byte(ipv6.ICMPTypeEchoReply)
	} else if e.raw {
		b = b[min(headerLength(b), len(b)):]
	}
	const size = 8 // type, code, checksum, id and sequence, RFC 792
	return len(b) >= size && b[0] == reply && b[1] == 0 &&
		(!e.raw || binary.BigEndian.Uint16(b[4:]) == e.id) && binary.BigEndian.Uint16(b[6:]) == e.seq
}

// headerLength is that of the IPv4 header that a packet begins with.
func headerLength(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	return int(b[0]&0x0f) * 4
}

// dialICMP opens a socket for echo requests to the target of a check. Where the group
// of the daemon may not have the plain kind (net.ipv4.ping_group_range) it is a raw one.
func dialICMP(c *conf.Checker) (conn net.Conn, raw bool, err error) {
	family, proto := unix.AF_INET, unix.IPPROTO_ICMP
	if c.ConnectIP.Is6() {
		family, proto = unix.AF_INET6, unix.IPPROTO_ICMPV6
	}
	const flags = unix.SOCK_CLOEXEC | unix.SOCK_NONBLOCK
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|flags, proto)
	if raw = errors.Is(err, unix.EACCES); raw {
		fd, err = unix.Socket(family, unix.SOCK_RAW|flags, proto)
	}
	if err != nil {
		return nil, raw, os.NewSyscallError("socket", err)
	}
	f := os.NewFile(uintptr(fd), "icmp")
	defer f.Close() // the connection has a duplicate
	if err := connectICMP(fd, c); err != nil {
		return nil, raw, err
	}
	conn, err = net.FileConn(f)
	return conn, raw, err
}

// connectICMP sets the options of a check on a socket and connects it: it gets what
// comes from the target only.
func connectICMP(fd int, c *conf.Checker) error {
	plain := *c
	plain.BindPort = 0 // ICMP has none
	if err := setOptions(fd, &plain); err != nil {
		return err
	}
	if c.BindIP.IsValid() {
		if err := unix.Bind(fd, sockaddr(c.BindIP, c.BindIf)); err != nil {
			return os.NewSyscallError("bind", err)
		}
	}
	return os.NewSyscallError("connect", unix.Connect(fd, sockaddr(c.ConnectIP, c.BindIf)))
}

// sockaddr is an address without a port. The device counts for link-local ones.
func sockaddr(ip netip.Addr, device string) unix.Sockaddr {
	if ip.Is4() {
		return &unix.SockaddrInet4{Addr: ip.As4()}
	}
	sa := &unix.SockaddrInet6{Addr: ip.As16()}
	if !ip.IsLinkLocalUnicast() {
		return sa
	}
	// Without such an interface the kernel refuses the address.
	if ifi, err := net.InterfaceByName(device); err == nil {
		sa.ZoneId = uint32(ifi.Index)
	}
	return sa
}
