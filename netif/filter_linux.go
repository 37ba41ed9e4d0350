// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// routeGroups are the groups that tell of routes and rules.
var routeGroups = [...]int{
	unix.RTNLGRP_IPV4_ROUTE, unix.RTNLGRP_IPV6_ROUTE, unix.RTNLGRP_IPV4_RULE, unix.RTNLGRP_IPV6_RULE,
}

// join makes the socket hear the groups of routes and rules, or no longer.
func (s *rtnl) join(on bool) error {
	option := unix.NETLINK_DROP_MEMBERSHIP
	if on {
		option = unix.NETLINK_ADD_MEMBERSHIP
	}
	var errs []error
	err := s.rc.Control(func(fd uintptr) {
		for _, g := range routeGroups {
			errs = append(errs, unix.SetsockoptInt(int(fd), unix.SOL_NETLINK, option, g))
		}
	})
	if err = errors.Join(append(errs, err)...); err != nil {
		return fmt.Errorf("watch routes and rules: %w", err)
	}
	return nil
}

// filter makes the kernel leave out what join would bring besides deletions of ours. Of a rule
// only attributes say whose it is, but rules change rarely.
func (s *rtnl) filter() error {
	prog := routeFilter()
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	var ferr error
	err := s.rc.Control(func(fd uintptr) {
		ferr = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &fprog)
	})
	if err = errors.Join(err, ferr); err != nil {
		return fmt.Errorf("filter netlink socket: %w", err)
	}
	return nil
}

// routeFilter is the program. A report of the kernel is one message, and begins the packet.
func routeFilter() []unix.SockFilter {
	const (
		typeAt     = 4
		protocolAt = sizeofHeader + 5 // of an rtmsg
		all        = ^uint32(0)
	)
	load := func(size uint16, at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | size | unix.BPF_ABS, K: at}
	}
	equal := func(k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: k, Jt: yes, Jf: no}
	}
	result := func(n uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: n} }
	return []unix.SockFilter{
		load(unix.BPF_H, typeAt),
		equal(bigEndian(unix.RTM_NEWROUTE), 5, 0),
		equal(bigEndian(unix.RTM_NEWRULE), 4, 0),
		equal(bigEndian(unix.RTM_DELROUTE), 0, 2),
		load(unix.BPF_B, protocolAt),
		equal(Protocol, 0, 1),
		result(all),
		result(0),
	}
}

// bigEndian is what the filter sees of a number of 16 bits, since it loads in that order.
func bigEndian(n uint16) uint32 {
	return uint32(binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, n)))
}
